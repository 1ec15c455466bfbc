-- One row per set of responses (all current ones, or those of a wave): how far
-- the weights were adjusted to meet the population margins, the loss of
-- precision, or the reason why there are no weights. Sets of fewer than
-- $min_cell responses are suppressed.
--
-- design_effect = n x sum of squared weights / squared sum of weights (Kish
-- 1992): the ratio of the variance of a mean to that without weights. n_eff = n
-- / design_effect. smallest_weight and largest_weight are ratios to the mean
-- weight. trimmed_count is the number of responses limited to $largest_weight
-- times the mean.
with

raked_weights as (
    select * from raked_weights
),

sets as (
    select
        dimension,
        dimension_value,
        count(*) as responses_count,
        max(margins_count) as margins_count,
        sum(case when margins_count > 0 and stratum is null then 1 else 0 end)
            as unknown_count,
        bool_and(is_weighted) as is_weighted,
        max(not_weighted_because) as not_weighted_because,
        max(rounds_count) as rounds_count,
        max(design_effect) as design_effect,
        max(n_eff) as n_eff,
        max(weight) as largest,
        avg(weight) as mean,
        min(case when weight > 0 then weight end) as smallest
    from raked_weights
    group by dimension, dimension_value
),

trimmed as (
    select
        weights.dimension,
        weights.dimension_value,
        sum(
            case when weights.weight
                >= cast($largest_weight as double) * sets.mean * (1 - 1e-7)
                then 1 else 0 end
        ) as trimmed_count
    from raked_weights as weights
    inner join sets
        on weights.dimension = sets.dimension
        and weights.dimension_value = sets.dimension_value
    where $largest_weight > 0 and weights.margins_count > 0
    group by weights.dimension, weights.dimension_value
),

final as (
    select
        sets.dimension,
        sets.dimension_value,
        sets.responses_count < $min_cell as is_suppressed,
        case when sets.responses_count >= $min_cell
            then sets.responses_count end as responses_count,
        sets.margins_count,
        case when sets.responses_count >= $min_cell
            then sets.unknown_count end as unknown_count,
        sets.is_weighted,
        sets.not_weighted_because,
        case when sets.margins_count > 0 then sets.rounds_count end
            as rounds_count,
        case when sets.responses_count >= $min_cell
            then sets.smallest / nullif(sets.mean, 0) end as smallest_weight,
        case when sets.responses_count >= $min_cell
            then sets.largest / nullif(sets.mean, 0) end as largest_weight,
        case when sets.responses_count >= $min_cell and sets.is_weighted
            then coalesce(trimmed.trimmed_count, 0) end as trimmed_count,
        case when sets.responses_count >= $min_cell
            then sets.design_effect end as design_effect,
        case when sets.responses_count >= $min_cell then sets.n_eff end
            as n_eff
    from sets
    left join trimmed
        on sets.dimension = trimmed.dimension
        and sets.dimension_value = trimmed.dimension_value
)

select * from final
