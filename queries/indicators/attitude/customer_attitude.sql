-- One row per customer: attitudinal loyalty from the response that counts
-- (survey_responses.is_latest). If that response is incomplete, an older
-- complete one does not replace it.
--
-- A2 relative_attitude comes from relative_attitudes. Its change is measured
-- against the customer's latest earlier response of another wave that compares
-- brands, of any age. A10 attitude_state is high if attitude_index is at least
-- $attitude_cut, or, with $attitude_axis relative (Dick and Basu 1994), if
-- relative_attitude is at least $relative_attitude_cut (both within 1e-7). It
-- is unmeasured without that measure.
with

customer_base as (
    select * from customer_base
),

survey_responses as (
    select * from survey_responses
),

relative_attitudes as (
    select * from relative_attitudes
),

survey_weights as (
    select * from survey_weights
),

latest_responses as (
    select * from survey_responses where is_latest
),

surveys as (
    select count(*) > 0 as are_on_file from survey_responses
),

-- Only responses that rate a rival, which are usually few.
comparing_responses as (
    select
        responses.response_id,
        responses.customer_id,
        responses.responded_at,
        responses.wave,
        relative_attitudes.relative_attitude
    from relative_attitudes
    inner join survey_responses as responses
        on relative_attitudes.response_id = responses.response_id
),

earlier_responses as (
    select
        earlier.customer_id,
        earlier.relative_attitude,
        row_number() over (
            partition by earlier.customer_id
            order by
                earlier.responded_at desc nulls last,
                earlier.response_id desc nulls last
        ) as recency_rank
    from comparing_responses as earlier
    inner join latest_responses as latest
        on earlier.customer_id = latest.customer_id
    where
        earlier.response_id <> latest.response_id
        and earlier.responded_at <= latest.responded_at
        and earlier.wave is distinct from latest.wave
),

reason_words as (
    select code, en from catalogue_codes
    where column_name = 'attitude_unmeasured_because_code'
),

customers as (
    select
        customers.customer_id,
        latest.response_id,
        latest.responded_at,
        latest.wave,
        latest.channel,
        latest.response_weight,
        weights.post_stratified_weight,
        latest.repurchase_index,
        latest.recommend_index,
        latest.recommend_group,
        latest.recommend_weighted,
        latest.encourage_index,
        latest.cross_buy_index,
        latest.tolerance_index,
        latest.price_tolerance_index,
        latest.promotion_immunity_index,
        latest.satisfaction_index,
        latest.switching_index,
        latest.rival_switching_index,
        latest.battery_index,
        relative.relative_attitude,
        relative.relative_attitude - earlier.relative_attitude
            as relative_attitude_change,
        latest.attitude_raw,
        latest.attitude_raw_share,
        latest.attitude_index,
        latest.answered_weight_share,
        case when $attitude_axis = 'relative'
            then relative.relative_attitude
            else latest.attitude_index end
            as attitude_measure,
        cast(
            case when $attitude_axis = 'relative'
                then $relative_attitude_cut
                else $attitude_cut end
            as double
        ) as measure_cut
    from customer_base as customers
    left join latest_responses as latest
        on customers.customer_id = latest.customer_id
    left join relative_attitudes as relative
        on latest.response_id = relative.response_id
    left join earlier_responses as earlier
        on customers.customer_id = earlier.customer_id
        and earlier.recency_rank = 1
    left join survey_weights as weights
        on latest.response_id = weights.response_id
),

judged as (
    select
        customer_id,
        response_id,
        responded_at,
        wave,
        channel,
        response_weight,
        post_stratified_weight,
        repurchase_index,
        recommend_index,
        recommend_group,
        recommend_weighted,
        encourage_index,
        cross_buy_index,
        tolerance_index,
        price_tolerance_index,
        promotion_immunity_index,
        satisfaction_index,
        switching_index,
        rival_switching_index,
        battery_index,
        relative_attitude,
        relative_attitude_change,
        attitude_raw,
        attitude_raw_share,
        attitude_index,
        answered_weight_share,
        case
            when attitude_measure is null then 'unmeasured'
            when attitude_measure >= measure_cut - 1e-7 then 'high'
            else 'low'
        end as attitude_state,
        case
            when attitude_measure is not null then null
            when not surveys.are_on_file then 'no_survey'
            when response_id is null then 'no_recent_answer'
            when $attitude_axis = 'relative' then 'no_rival_rated'
            else 'incomplete_answer'
        end as attitude_unmeasured_because_code
    from customers
    cross join surveys
),

final as (
    select
        judged.*,
        reason_words.en as attitude_unmeasured_because
    from judged
    left join reason_words
        on judged.attitude_unmeasured_because_code = reason_words.code
)

select * from final
