-- One row per group of survey_groups and construct with several items: the
-- reliability of the items as one scale, Cronbach's alpha (1951).
--
-- The attitude composite counts as one more scale, construct `attitude`: all
-- items with a weight, each with equal weight, because the attitude index adds
-- them up. k is the number of items that anybody in the group answered, so a
-- wave with fewer items has an alpha of its own. Only responses with all k
-- items count (listwise deletion), without response weights, because alpha
-- describes the scale.
--
-- alpha = k / (k - 1) x (1 - sum of the items' variances / variance of the
-- response's sum), on (score - min) / (max - min). Items with the same scale
-- give the alpha of their scores. The standardised alpha divides each item by
-- its standard deviation first; it equals k r / (1 + (k - 1) r) for the mean
-- correlation r. Alpha is NULL with fewer than two items or responses, or if
-- the sum (standardised: an item) does not vary.
with

answered_items as (
    select
        response_id,
        item_id,
        construct,
        weight,
        (score - scale_min) / nullif(scale_max - scale_min, 0) as score_share
    from answered_items
    where
        score is not null
        and construct not in (
            'brand_rank', 'wallet_declared', 'need_first', 'personal_values',
            'consumption_setting'
        )
),

survey_groups as (
    select * from survey_groups
),

scale_items as (
    select response_id, item_id, construct, score_share
    from answered_items
    union all
    select response_id, item_id, 'attitude' as construct, score_share
    from answered_items
    where weight is not null
),

items as (
    select construct, item_id
    from scale_items
    group by construct, item_id
),

scales as (
    select construct
    from items
    group by construct
    having count(*) >= 2
),

group_answers as (
    select
        groups.dimension,
        groups.dimension_value,
        scale_items.construct,
        scale_items.response_id,
        scale_items.item_id,
        scale_items.score_share
    from scale_items
    inner join scales
        on scale_items.construct = scales.construct
    inner join survey_groups as groups
        on scale_items.response_id = groups.response_id
),

group_items as (
    select dimension, dimension_value, construct, item_id
    from group_answers
    group by dimension, dimension_value, construct, item_id
),

group_scales as (
    select dimension, dimension_value, construct, count(*) as items_count
    from group_items
    group by dimension, dimension_value, construct
),

responses as (
    select
        dimension,
        dimension_value,
        construct,
        response_id,
        count(*) as answers_count
    from group_answers
    group by dimension, dimension_value, construct, response_id
),

complete_responses as (
    select
        responses.dimension,
        responses.dimension_value,
        responses.construct,
        responses.response_id
    from responses
    inner join group_scales as scales
        on responses.dimension = scales.dimension
        and responses.dimension_value = scales.dimension_value
        and responses.construct = scales.construct
    where
        responses.answers_count = scales.items_count
        and scales.items_count >= 2
),

complete_answers as (
    select answers.*
    from group_answers as answers
    inner join complete_responses as complete
        on answers.dimension = complete.dimension
        and answers.dimension_value = complete.dimension_value
        and answers.construct = complete.construct
        and answers.response_id = complete.response_id
),

item_sums as (
    select
        dimension,
        dimension_value,
        construct,
        item_id,
        cast(count(*) as double) as n,
        sum(score_share) as total,
        sum(score_share * score_share) as squares
    from complete_answers
    group by dimension, dimension_value, construct, item_id
),

-- A variance below 1e-12 is rounding error and counts as 0.
item_variances as (
    select
        dimension,
        dimension_value,
        construct,
        item_id,
        case
            when squares - total * (total / n) > 1e-12 * n
                then (squares - total * (total / n)) / nullif(n - 1, 0)
            when n > 1 then 0e0
        end as variance
    from item_sums
),

scale_variances as (
    select
        dimension,
        dimension_value,
        construct,
        sum(variance) as items_variance,
        min(variance) as least_variance
    from item_variances
    group by dimension, dimension_value, construct
),

response_totals as (
    select
        answers.dimension,
        answers.dimension_value,
        answers.construct,
        answers.response_id,
        sum(answers.score_share) as total,
        sum(
            case when variances.variance > 0
                then answers.score_share / sqrt(variances.variance) end
        ) as standardised_total
    from complete_answers as answers
    inner join item_variances as variances
        on answers.dimension = variances.dimension
        and answers.dimension_value = variances.dimension_value
        and answers.construct = variances.construct
        and answers.item_id = variances.item_id
    group by
        answers.dimension,
        answers.dimension_value,
        answers.construct,
        answers.response_id
),

total_sums as (
    select
        dimension,
        dimension_value,
        construct,
        count(*) as complete_responses_count,
        cast(count(*) as double) as n,
        sum(total) as total,
        sum(total * total) as squares,
        sum(standardised_total) as standardised_total,
        sum(standardised_total * standardised_total) as standardised_squares
    from response_totals
    group by dimension, dimension_value, construct
),

measured as (
    select
        scales.dimension,
        scales.dimension_value,
        scales.construct,
        scales.items_count,
        cast(scales.items_count as double) as k,
        coalesce(sums.complete_responses_count, 0) as complete_responses_count,
        variances.items_variance,
        variances.least_variance,
        (sums.squares - sums.total * (sums.total / sums.n))
            / nullif(sums.n - 1, 0) as total_variance,
        (
            sums.standardised_squares
            - sums.standardised_total * (sums.standardised_total / sums.n)
        ) / nullif(sums.n - 1, 0) as standardised_variance
    from group_scales as scales
    left join scale_variances as variances
        on scales.dimension = variances.dimension
        and scales.dimension_value = variances.dimension_value
        and scales.construct = variances.construct
    left join total_sums as sums
        on scales.dimension = sums.dimension
        and scales.dimension_value = sums.dimension_value
        and scales.construct = sums.construct
),

final as (
    select
        dimension,
        dimension_value,
        construct,
        items_count,
        complete_responses_count,
        case when total_variance > 1e-12
            then k / (k - 1) * (1 - items_variance / total_variance) end
            as cronbach_alpha,
        case when least_variance > 0 and standardised_variance > 1e-9
            then k / (k - 1) * (1 - k / standardised_variance) end
            as cronbach_alpha_standardised
    from measured
)

select * from final
