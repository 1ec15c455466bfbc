-- One row per group of survey_groups and construct of the questionnaire: the
-- mean index and shares with their intervals, and the reliability of the items.
-- Groups of fewer than $min_cell responses are suppressed, and so are measures
-- known for fewer.
--
-- A response's index is the mean of its answered items of the construct
-- (response_constructs). Construct `attitude` is the composite A6. Means and
-- shares are weighted. Intervals use n_eff = (sum w)^2 / sum w^2 (Kish 1965):
-- mean +- z x s / sqrt(n_eff), where s^2 is the weighted variance x n_eff /
-- (n_eff - 1), and Wilson (1927) for shares. Without weights, n_eff = n.
--
-- top_two_box_share is the share of answers in the top two boxes, which is the
-- CSAT for construct satisfaction. A response with several items of a construct
-- contributes its share of items, because a mean of several items reaches the
-- top two boxes much less often; the Wilson interval is then slightly too wide.
-- ces_* is the Customer Effort Score 2.0 (CEB 2013) on ease items of 1 to 7:
-- the share of 5 to 7, and the mean. Ease on other scales, and effort, are
-- constructs of their own. Indices of costs and effort increase with the
-- burden. Cronbach's alpha comes from construct_reliability. Constructs that
-- describe the customer (first need, values, consumption setting) have no row.
with

response_constructs as (
    select * from response_constructs
    where construct not in (
        'need_first', 'personal_values', 'consumption_setting'
    )
),

survey_responses as (
    select * from survey_responses
),

survey_groups as (
    select * from survey_groups
),

construct_reliability as (
    select * from construct_reliability
),

scores as (
    select
        response_id,
        construct,
        construct_index,
        construct_score,
        scale_min,
        scale_max,
        top_two_share,
        ces_score
    from response_constructs
    union all
    select
        response_id,
        'attitude' as construct,
        attitude_index as construct_index,
        cast(null as double) as construct_score,
        cast(null as double) as scale_min,
        cast(null as double) as scale_max,
        cast(null as double) as top_two_share,
        cast(null as double) as ces_score
    from survey_responses
    where attitude_index is not null
),

-- Indices as shares, 0-1. 1e-7 compensates for binary rounding of a mean of 5.
weighed as (
    select
        groups.dimension,
        groups.dimension_value,
        scores.construct,
        groups.weight,
        scores.construct_index / 100 as score_share,
        scores.construct_score,
        scores.scale_min,
        scores.scale_max,
        case when scores.top_two_share is not null then groups.weight end
            as boxes_weight,
        coalesce(scores.top_two_share, 0e0) as top_two,
        scores.ces_score,
        case when scores.ces_score is not null then groups.weight end
            as ces_weight,
        case when scores.ces_score >= 5 - 1e-7 then 1e0 else 0e0 end as easy
    from scores
    inner join survey_groups as groups
        on scores.response_id = groups.response_id
),

sums as (
    select
        dimension,
        dimension_value,
        construct,
        count(*) as n,
        sum(weight) as weight,
        sum(weight * weight) as squared_weight,
        sum(weight * score_share) as total,
        sum(weight * score_share * score_share) as squares,
        sum(weight * construct_score) as score_total,
        count(scale_min) = count(*)
        and min(scale_min) = max(scale_min)
        and min(scale_max) = max(scale_max) as has_one_scale,
        min(scale_min) as scale_min,
        max(scale_max) as scale_max,
        count(boxes_weight) as boxes_n,
        sum(boxes_weight) as boxes_weight,
        sum(boxes_weight * boxes_weight) as boxes_squared_weight,
        sum(boxes_weight * top_two) as top_two_weight,
        count(ces_weight) as ces_n,
        sum(ces_weight) as ces_weight,
        sum(ces_weight * ces_weight) as ces_squared_weight,
        sum(ces_weight * easy) as easy_weight,
        sum(ces_weight * ces_score) as ces_total
    from weighed
    group by dimension, dimension_value, construct
),

means as (
    select
        *,
        cast($interval_z as double) as z,
        weight * weight / nullif(squared_weight, 0) as n_eff,
        total / nullif(weight, 0) as mean,
        squares / nullif(weight, 0) as mean_square,
        case when boxes_n >= $min_cell
            then top_two_weight / nullif(boxes_weight, 0) end
            as top_two_box_share,
        boxes_weight * boxes_weight / nullif(boxes_squared_weight, 0)
            as boxes_n_eff,
        case when ces_n >= $min_cell
            then easy_weight / nullif(ces_weight, 0) end as ces_share,
        ces_weight * ces_weight / nullif(ces_squared_weight, 0) as ces_n_eff
    from sums
),

-- A variance below 1e-12 is rounding error and counts as 0.
margins as (
    select
        *,
        case when n > 1 and n_eff > 1 then z * sqrt(
            case when mean_square - mean * mean > 1e-12
                then mean_square - mean * mean else 0e0 end / (n_eff - 1)
        ) end as margin,
        wilson_low(top_two_box_share * boxes_n_eff, boxes_n_eff, z)
            as top_two_box_share_low,
        wilson_high(top_two_box_share * boxes_n_eff, boxes_n_eff, z)
            as top_two_box_share_high,
        wilson_low(ces_share * ces_n_eff, ces_n_eff, z) as ces_share_low,
        wilson_high(ces_share * ces_n_eff, ces_n_eff, z) as ces_share_high
    from means
),

judged as (
    select
        margins.*,
        margins.n >= $min_cell as is_shown,
        coalesce(reliability.items_count, 1) as items_count,
        reliability.complete_responses_count >= $min_cell
            as is_reliability_shown,
        reliability.complete_responses_count,
        reliability.cronbach_alpha,
        reliability.cronbach_alpha_standardised
    from margins
    left join construct_reliability as reliability
        on margins.dimension = reliability.dimension
        and margins.dimension_value = reliability.dimension_value
        and margins.construct = reliability.construct
),

-- greatest() and least() ignore NULL.
final as (
    select
        dimension,
        dimension_value,
        construct,
        items_count,
        not is_shown as is_suppressed,
        case when is_shown then n end as n,
        case when is_shown then n_eff end as n_eff,
        case when is_shown then 100 * mean end as mean_index,
        case when is_shown and margin is not null
            then greatest(100 * (mean - margin), 0e0) end as mean_index_low,
        case when is_shown and margin is not null
            then least(100 * (mean + margin), 1e2) end as mean_index_high,
        case when has_one_scale then scale_min end as scale_min,
        case when has_one_scale then scale_max end as scale_max,
        case when is_shown and has_one_scale
            then score_total / nullif(weight, 0) end as mean_score,
        case when boxes_n >= $min_cell then boxes_n end as top_two_box_n,
        top_two_box_share,
        top_two_box_share_low,
        top_two_box_share_high,
        case when ces_n >= $min_cell then ces_n end as ces_n,
        ces_share,
        ces_share_low,
        ces_share_high,
        case when ces_n >= $min_cell then ces_total / nullif(ces_weight, 0) end
            as ces_mean_score,
        case when is_reliability_shown then complete_responses_count end
            as complete_responses_count,
        case when is_reliability_shown then cronbach_alpha end
            as cronbach_alpha,
        case when is_reliability_shown then cronbach_alpha_standardised end
            as cronbach_alpha_standardised
    from judged
)

select * from final
