-- One row per dimension and value: the Net Promoter Score (A7). Groups of fewer
-- than $min_cell responses are suppressed. If only one group of a dimension
-- other than wave is that small, the next smallest is suppressed too.
--
-- Groups and weights come from survey_groups: waves hold all their responses,
-- all other dimensions the current ones. The score by segment is circular,
-- because recommendation is part of attitude. NPS = P - D, the shares of
-- promoters and detractors, from -1 to 1. The Wald margin is z x sqrt((P + D -
-- (P - D)^2) / n). The adjusted Wald interval adds 0.75 promoters, 1.5 passives
-- and 0.75 detractors (Rocks 2016). The weighted NPS uses n_eff = (sum w)^2 /
-- sum w^2 (Kish 1965). The amount-weighted NPS uses the customers' own amount
-- in the window.
--
-- A wave is compared with the previous one (survey_waves): difference, standard
-- error sqrt(V / n + V' / n' - 2 C / (n n')), z and the two-sided p_value of
-- the normal distribution. V is the variance within a wave. C is the sum of
-- cross products about their means over customers who answered in both waves
-- (Kish 1965).
with

survey_groups as (
    select * from survey_groups
    where dimension not in ('competition', 'situation')
),

survey_waves as (
    select * from survey_waves
),

valid_responses as (
    select
        response_id,
        customer_id,
        wave,
        case when recommend_group = 'promoter' then 1 else 0 end as promoter,
        case when recommend_group = 'passive' then 1 else 0 end as passive,
        case when recommend_group = 'detractor' then 1 else 0 end as detractor
    from survey_responses
    where recommend_group is not null
),

grouped_responses as (
    select
        groups.dimension,
        groups.dimension_value,
        responses.promoter,
        responses.passive,
        responses.detractor,
        groups.weight,
        cast(groups.own_amount as decimal(28, 2)) as amount
    from survey_groups as groups
    inner join valid_responses as responses
        on groups.response_id = responses.response_id
    union all
    -- This row keeps the total if nobody answered.
    select
        'total' as dimension,
        'all' as dimension_value,
        0 as promoter,
        0 as passive,
        0 as detractor,
        0.0 as weight,
        cast(0 as decimal(28, 2)) as amount
),

counts as (
    select
        dimension,
        dimension_value,
        sum(promoter + passive + detractor) as n,
        sum(promoter) as promoters_count,
        sum(passive) as passives_count,
        sum(detractor) as detractors_count,
        sum(weight) as weight,
        sum(weight * weight) as squared_weight,
        sum(weight * promoter) as promoters_weight,
        sum(weight * detractor) as detractors_weight,
        -- A negative amount has no weight.
        sum(case when amount > 0 then amount end) as amount,
        sum(case when amount > 0 then amount * (promoter - detractor) end)
            as net_promoters_amount
    from grouped_responses
    group by dimension, dimension_value
),

shares as (
    select
        *,
        weight * weight / nullif(squared_weight, 0) as n_eff,
        cast(promoters_count as double) / nullif(n, 0) as promoters,
        cast(detractors_count as double) / nullif(n, 0) as detractors,
        case when n > 0 then (promoters_count + 0.75) / (n + 3e0) end
            as adjusted_promoters,
        case when n > 0 then (detractors_count + 0.75) / (n + 3e0) end
            as adjusted_detractors,
        promoters_weight / nullif(weight, 0) as weighted_promoters,
        detractors_weight / nullif(weight, 0) as weighted_detractors,
        cast(net_promoters_amount as double)
            / nullif(cast(amount as double), 0) as amount_weighted_nps
    from counts
),

scores as (
    select
        *,
        promoters - detractors as nps,
        adjusted_promoters - adjusted_detractors as adjusted_nps,
        weighted_promoters - weighted_detractors as weighted_nps
    from shares
),

-- The variance of +1, 0 and -1; greatest() because rounding may fall below 0.
margins as (
    select
        *,
        greatest(promoters + detractors - nps * nps, 0e0) as variance,
        cast($interval_z as double) * sqrt(
            greatest(promoters + detractors - nps * nps, 0e0) / n
        ) as margin,
        cast($interval_z as double) * sqrt(
            greatest(
                adjusted_promoters + adjusted_detractors
                - adjusted_nps * adjusted_nps,
                0e0
            ) / (n + 3)
        ) as adjusted_margin,
        cast($interval_z as double) * sqrt(
            greatest(
                weighted_promoters + weighted_detractors
                - weighted_nps * weighted_nps,
                0e0
            ) / n_eff
        ) as weighted_margin
    from scores
),

-- Answers of customers who answered in a wave and in the previous one.
repeated_answers as (
    select
        waves.wave,
        later.promoter - later.detractor as later_score,
        earlier.promoter - earlier.detractor as earlier_score
    from survey_waves as waves
    inner join valid_responses as later
        on waves.wave = later.wave
    inner join valid_responses as earlier
        on waves.previous_wave = earlier.wave
        and later.customer_id = earlier.customer_id
),

cross_products as (
    select
        wave,
        cast(sum(later_score * earlier_score) as double)
        - cast(sum(later_score) as double)
            * cast(sum(earlier_score) as double) / count(*) as cross_product
    from repeated_answers
    group by wave
),

differences as (
    select
        waves.wave,
        waves.previous_wave,
        later.nps - earlier.nps as difference,
        later.variance / later.n
        + earlier.variance / earlier.n
        - 2 * coalesce(cross_products.cross_product, 0)
            / (cast(later.n as double) * earlier.n) as variance
    from survey_waves as waves
    inner join margins as later
        on waves.wave = later.dimension_value
        and later.dimension = 'wave'
    inner join margins as earlier
        on waves.previous_wave = earlier.dimension_value
        and earlier.dimension = 'wave'
    left join cross_products
        on waves.wave = cross_products.wave
),

-- A variance below 1e-12 is rounding error and counts as 0.
tests as (
    select
        *,
        case when variance > 1e-12 then sqrt(variance) else 0e0 end
            as standard_error,
        case when variance > 1e-12 then difference / sqrt(variance) end as z
    from differences
),

joined as (
    select
        margins.*,
        tests.previous_wave,
        tests.difference,
        tests.standard_error as difference_standard_error,
        tests.z as difference_z,
        2 * normal_cdf(-abs(tests.z)) as p_value,
        margins.n between 1 and $min_cell - 1 as is_small
    from margins
    left join tests
        on margins.dimension = 'wave'
        and margins.dimension_value = tests.wave
),

-- A single small group could be derived as the total minus all others.
marked as (
    select
        *,
        is_small
        or n > 0
            and dimension not in ('total', 'wave')
            and sum(case when is_small then 1 else 0 end) over (
                partition by dimension
            ) = 1
            and row_number() over (
                partition by dimension, is_small or n = 0
                order by n nulls last, dimension_value nulls last
            ) = 1
            as is_suppressed
    from joined
),

-- The difference to a suppressed wave would disclose that wave.
shown as (
    select
        waves.*,
        not waves.is_suppressed
        and not coalesce(before.is_suppressed, false) as is_difference_shown
    from marked as waves
    left join marked as before
        on waves.previous_wave = before.dimension_value
        and before.dimension = 'wave'
),

final as (
    select
        dimension,
        dimension_value,
        is_suppressed,
        case when not is_suppressed then n end as n,
        case when not is_suppressed then n_eff end as n_eff,
        case when not is_suppressed then promoters_count end
            as promoters_count,
        case when not is_suppressed then passives_count end as passives_count,
        case when not is_suppressed then detractors_count end
            as detractors_count,
        case when not is_suppressed then nps end as nps,
        case when not is_suppressed and n > 0 then margin end as margin,
        -- greatest() and least() ignore NULL.
        case when not is_suppressed and n > 0
            then greatest(adjusted_nps - adjusted_margin, -1e0) end
            as adjusted_low,
        case when not is_suppressed and n > 0
            then least(adjusted_nps + adjusted_margin, 1e0) end
            as adjusted_high,
        case when not is_suppressed then weighted_nps end as weighted_nps,
        case when not is_suppressed and n_eff > 0 then weighted_margin end
            as weighted_margin,
        case when not is_suppressed then amount_weighted_nps end
            as amount_weighted_nps,
        previous_wave,
        case when is_difference_shown then difference end as difference,
        case when is_difference_shown then difference_standard_error end
            as difference_standard_error,
        case when is_difference_shown then difference_z end as z,
        case when is_difference_shown then p_value end as p_value
    from shown
)

select * from final
