-- One row per set of responses and response: the weight that makes the
-- responses of the set represent the population margins (population_margin).
--
-- The sets are all current responses (the latest of each customer and recent
-- anonymous ones; dimension total) and each wave. Weights are raked (Deming and
-- Stephan 1940): adjusted to one margin after the other until all are met. With
-- one margin this is post-stratification (Holt and Smith 1979): weight x (share
-- of the group in the margin / share of the group in the weight of the
-- responses). A group without responses cannot be represented, so its share is
-- spread over the others. A response of unknown group keeps its weight in that
-- margin. With $largest_weight, no weight exceeds that multiple of the mean
-- weight.
--
-- Without margins, every response keeps its weight. Weights that cannot be
-- computed are NULL, and not_weighted_because gives the reason.
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

margins as (
    select count(distinct dimension) as margins_count from population_margin
),

responses as (
    select
        responses.response_id,
        responses.response_weight,
        coalesce(responses.wave, 'unknown') as wave,
        responses.is_latest
        or (responses.customer_id is null and responses.is_in_window)
            as is_current,
        nullif(
            concat_ws(
                ' / ', types.value, sizes.value, regions.value, ages.value
            ),
            ''
        ) as stratum,
        make_array(
            cast(types.group_number as double),
            cast(sizes.group_number as double),
            cast(regions.group_number as double),
            cast(ages.group_number as double)
        ) as group_numbers,
        make_array(types.share, sizes.share, regions.share, ages.share)
            as shares
    from survey_responses as responses
    left join customer_profile as profile
        on responses.customer_id = profile.customer_id
    left join population_margin as types
        on types.dimension = 'customer_type'
        and profile.customer_type = types.value
    left join population_margin as sizes
        on sizes.dimension = 'size' and profile.size = sizes.value
    left join population_margin as regions
        on regions.dimension = 'region' and profile.region = regions.value
    left join population_margin as ages
        on ages.dimension = 'age_group' and profile.age_group = ages.value
),

placed as (
    select 'total' as dimension, 'all' as dimension_value, *
    from responses
    where is_current
    union all
    select 'wave' as dimension, wave as dimension_value, *
    from responses
),

fitted as (
    select
        dimension,
        dimension_value,
        rake(
            cast(response_id as varchar),
            response_weight,
            group_numbers,
            shares,
            case when $largest_weight = 0 then 1e300
                else cast($largest_weight as double) end
        ) as fit
    from placed
    group by dimension, dimension_value
),

found as (
    select
        dimension,
        dimension_value,
        unnest(fit['weights']) as member
    from fitted
),

-- Without the list of weights, which the join would copy to every response.
outcomes as (
    select
        dimension,
        dimension_value,
        fit['rounds_count'] as rounds_count,
        fit['design_effect'] as design_effect,
        fit['n_eff'] as n_eff,
        fit['is_converged'] as is_converged,
        fit['reason'] as reason
    from fitted
),

weights as (
    select
        dimension,
        dimension_value,
        member['key'] as response_key,
        member['weight'] as weight
    from found
),

final as (
    select
        placed.dimension,
        placed.dimension_value,
        placed.response_id,
        placed.stratum,
        placed.response_weight,
        case when margins.margins_count = 0 then placed.response_weight
            else weights.weight end as weight,
        margins.margins_count,
        outcomes.rounds_count,
        outcomes.design_effect,
        outcomes.n_eff,
        margins.margins_count = 0 or outcomes.is_converged as is_weighted,
        case when margins.margins_count > 0 then outcomes.reason end
            as not_weighted_because
    from placed
    cross join margins
    inner join outcomes
        on placed.dimension = outcomes.dimension
        and placed.dimension_value = outcomes.dimension_value
    left join weights
        on placed.dimension = weights.dimension
        and placed.dimension_value = weights.dimension_value
        and cast(placed.response_id as varchar) = weights.response_key
)

select * from final
