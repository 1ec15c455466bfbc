-- One row per response, of named and anonymous customers, up to as_of_date.
--
-- A3 is repurchase_index, A4 recommend_index and recommend_group, A5
-- recommend_weighted = weight x score x 100 / scale max. A6 is the attitude
-- composite: attitude_raw = sum over answered items of weight x score x
-- dimension weight x 100 / scale max; attitude_index = 100 x weighted mean of
-- (score - min) / (max - min), with item weight x dimension weight as weights.
-- The composite is NULL unless the answered items have at least
-- $min_answered_weight_share of the weight.
--
-- Other indices are the mean of (score - min) / (max - min) over the answered
-- items of the construct, reversed items inverted. switching_index is the mean
-- of the answered costs (money, mind, time) of leaving the own brand, and
-- rival_switching_index that of leaving the usual rival for it. A8
-- battery_index (Zeithaml, Berry and Parasuraman 1996) is the mean of the
-- indices of recommend, encourage, repurchase, price_tolerance, complaint
-- (reversed) and competitor (reversed), if at least $min_battery_constructs of
-- these six were answered.
--
-- is_latest marks the response that counts for its customer: the latest of the
-- $survey_max_age_days whole days that end with as_of_date, ties by response.
with

answered_items as (
    select * from answered_items
),

questionnaire_items as (
    select * from questionnaire_items
),

all_weight as (
    select sum(weight * dimension_weight) as all_weight
    from questionnaire_items
),

items as (
    select
        *,
        (score - scale_min) / nullif(scale_max - scale_min, 0) as score_share,
        case when score is not null then weight * dimension_weight end
            as answered_weight
    from answered_items
),

responses as (
    select
        response_id,
        min(customer_id) as customer_id,
        max(answered_at) as responded_at,
        min(wave) as wave,
        min(channel) as channel,
        coalesce(max(response_weight), 1.0) as response_weight,
        avg(case when construct = 'recommend' then score end)
            as recommend_score,
        100 * avg(case when construct = 'recommend' then score_share end)
            as recommend_index,
        sum(
            case when construct = 'recommend'
                then weight * score * 100 / nullif(scale_max, 0) end
        ) as recommend_weighted,
        100 * avg(case when construct = 'repurchase' then score_share end)
            as repurchase_index,
        100 * avg(case when construct = 'encourage' then score_share end)
            as encourage_index,
        100 * avg(case when construct = 'cross_buy' then score_share end)
            as cross_buy_index,
        100 * avg(case when construct = 'tolerance' then score_share end)
            as tolerance_index,
        100 * avg(case when construct = 'price_tolerance' then score_share end)
            as price_tolerance_index,
        100 * avg(
            case when construct = 'promotion_immunity' then score_share end
        ) as promotion_immunity_index,
        100 * avg(case when construct = 'competitor' then score_share end)
            as competitor_index,
        100 * avg(case when construct = 'complaint' then score_share end)
            as complaint_index,
        100 * avg(case when construct = 'satisfaction' then score_share end)
            as satisfaction_index,
        100 * avg(case when construct = 'switching_money' then score_share end)
            as switching_money_index,
        100 * avg(case when construct = 'switching_mind' then score_share end)
            as switching_mind_index,
        100 * avg(case when construct = 'switching_time' then score_share end)
            as switching_time_index,
        100 * avg(
            case when construct = 'rival_switching_money' then score_share end
        ) as rival_switching_money_index,
        100 * avg(
            case when construct = 'rival_switching_mind' then score_share end
        ) as rival_switching_mind_index,
        100 * avg(
            case when construct = 'rival_switching_time' then score_share end
        ) as rival_switching_time_index,
        sum(answered_weight) as answered_weight,
        sum(answered_weight * score * 100 / nullif(scale_max, 0))
            as weighted_scores,
        sum(answered_weight * (score / nullif(scale_max, 0)))
            as weighted_portions,
        sum(answered_weight * score_share) as weighted_shares
    from items
    group by response_id
),

measured as (
    select
        responses.*,
        coalesce(responses.answered_weight, 0)
            / nullif(all_weight.all_weight, 0) as answered_weight_share,
        responded_at >= $as_of_date - ($survey_max_age_days - 1)
            as is_in_window
    from responses
    cross join all_weight
),

-- 1e-7 compensates for binary rounding of a share equal to the minimum.
completed as (
    select
        *,
        (case when recommend_index is null then 0 else 1 end)
        + (case when encourage_index is null then 0 else 1 end)
        + (case when repurchase_index is null then 0 else 1 end)
        + (case when price_tolerance_index is null then 0 else 1 end)
        + (case when complaint_index is null then 0 else 1 end)
        + (case when competitor_index is null then 0 else 1 end)
            as battery_constructs_count,
        (case when switching_money_index is null then 0 else 1 end)
        + (case when switching_mind_index is null then 0 else 1 end)
        + (case when switching_time_index is null then 0 else 1 end)
            as switching_constructs_count,
        (case when rival_switching_money_index is null then 0 else 1 end)
        + (case when rival_switching_mind_index is null then 0 else 1 end)
        + (case when rival_switching_time_index is null then 0 else 1 end)
            as rival_switching_constructs_count,
        coalesce(
            answered_weight > 0
            and answered_weight_share
                >= cast($min_answered_weight_share as double) - 1e-7,
            false
        ) as is_complete
    from measured
),

ranked as (
    select
        *,
        -- Each anonymous response is a partition of its own, so nothing is
        -- sorted.
        row_number() over (
            partition by
                customer_id,
                case when customer_id is null then response_id end,
                is_in_window
            order by responded_at desc nulls last, response_id desc nulls last
        ) as recency_rank
    from completed
),

final as (
    select
        response_id,
        customer_id,
        responded_at,
        wave,
        channel,
        response_weight,
        recommend_score,
        recommend_index,
        case
            when recommend_score >= $promoter_from then 'promoter'
            when recommend_score >= $passive_from then 'passive'
            when recommend_score is not null then 'detractor'
        end as recommend_group,
        recommend_weighted,
        repurchase_index,
        encourage_index,
        cross_buy_index,
        tolerance_index,
        price_tolerance_index,
        promotion_immunity_index,
        satisfaction_index,
        (
            coalesce(switching_money_index, 0)
            + coalesce(switching_mind_index, 0)
            + coalesce(switching_time_index, 0)
        ) / nullif(cast(switching_constructs_count as double), 0)
            as switching_index,
        (
            coalesce(rival_switching_money_index, 0)
            + coalesce(rival_switching_mind_index, 0)
            + coalesce(rival_switching_time_index, 0)
        ) / nullif(cast(rival_switching_constructs_count as double), 0)
            as rival_switching_index,
        case when battery_constructs_count >= $min_battery_constructs
            then (
                coalesce(recommend_index, 0)
                + coalesce(encourage_index, 0)
                + coalesce(repurchase_index, 0)
                + coalesce(price_tolerance_index, 0)
                + coalesce(complaint_index, 0)
                + coalesce(competitor_index, 0)
            ) / cast(battery_constructs_count as double) end
            as battery_index,
        answered_weight_share,
        case when is_complete then weighted_scores end as attitude_raw,
        -- Division comes first, so that equal sums give exactly 1 and exactly
        -- 100.
        case when is_complete
            then weighted_portions / nullif(answered_weight, 0) end
            as attitude_raw_share,
        case when is_complete
            then 100 * (weighted_shares / nullif(answered_weight, 0)) end
            as attitude_index,
        is_in_window,
        customer_id is not null and is_in_window and recency_rank = 1
            as is_latest
    from ranked
)

select * from final
