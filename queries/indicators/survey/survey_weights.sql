-- One row per response: its weight after post-stratification to the population
-- margin (Holt and Smith 1979), so that the groups of the margin weigh what
-- their share of all customers says.
--
-- weight x (share of the group in the margin / share of the group among the
-- responses' weight), once among the current responses (the latest of each
-- customer and recent anonymous ones) and once within each wave. Groups that
-- nobody answered for cannot be represented: the others share what is theirs.
-- A response whose group is unknown keeps its weight. Without a margin every
-- response keeps its weight.
with

survey_responses as (
    select * from survey_responses
),

customer_profile as (
    select * from customer_profile
),

population_margin as (
    select * from population_margin
),

responses as (
    select
        responses.response_id,
        responses.response_weight,
        coalesce(responses.wave, 'unknown') as wave,
        responses.is_latest
        or (responses.customer_id is null and responses.is_in_window)
            as is_current,
        margin.value as stratum,
        margin.share
    from survey_responses as responses
    left join customer_profile as profile
        on responses.customer_id = profile.customer_id
    left join population_margin as margin
        on margin.value = case margin.dimension
            when 'customer_type' then profile.customer_type
            when 'size' then profile.size
            when 'region' then profile.region
            when 'age_group' then profile.age_group
        end
),

strata as (
    select
        wave,
        is_current,
        stratum,
        min(share) as share,
        sum(response_weight) as weight
    from responses
    where stratum is not null
    group by wave, is_current, stratum
),

current_strata as (
    select stratum, min(share) as share, sum(weight) as weight
    from strata
    where is_current
    group by stratum
    having sum(weight) > 0
),

current_totals as (
    select sum(share) as share, sum(weight) as weight
    from current_strata
),

current_factors as (
    select
        strata.stratum,
        strata.share / totals.share / (strata.weight / totals.weight) as factor
    from current_strata as strata
    cross join current_totals as totals
),

wave_strata as (
    select wave, stratum, min(share) as share, sum(weight) as weight
    from strata
    group by wave, stratum
    having sum(weight) > 0
),

wave_totals as (
    select wave, sum(share) as share, sum(weight) as weight
    from wave_strata
    group by wave
),

wave_factors as (
    select
        strata.wave,
        strata.stratum,
        strata.share / totals.share / (strata.weight / totals.weight) as factor
    from wave_strata as strata
    inner join wave_totals as totals
        on strata.wave = totals.wave
),

final as (
    select
        responses.response_id,
        responses.is_current,
        responses.stratum,
        case when responses.is_current
            then responses.response_weight
                * coalesce(current_factors.factor, 1) end
            as post_stratified_weight,
        responses.response_weight * coalesce(wave_factors.factor, 1)
            as wave_weight
    from responses
    left join current_factors
        on responses.stratum = current_factors.stratum
    left join wave_factors
        on responses.stratum = wave_factors.stratum
        and responses.wave = wave_factors.wave
)

select * from final
