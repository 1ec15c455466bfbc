-- One row per customer who answered within $survey_max_age_days: A4, A6 and
-- A10 of the loyalty catalogue, from the latest response.
--
-- Four items: recommend on 0-10, the others on 1-5, competitor reversed. Each
-- answer becomes 0 to 100 percent of its scale; shares and weights are whole
-- percents, so the sums are exact in any order.
with

responses as (
    select
        customer_id,
        response_id,
        max(answered_at) as answered_at
    from survey_answers
    where
        answered_at >= $as_of_date - ($survey_max_age_days - 1)
        and answered_at < $as_of_date + 1
    group by customer_id, response_id
),

-- Two groupings are cheaper than a window, which would sort all responses.
latest_moments as (
    select customer_id, max(answered_at) as answered_at
    from responses
    group by customer_id
),

latest as (
    select
        responses.customer_id,
        responses.answered_at,
        max(responses.response_id) as response_id
    from responses
    inner join latest_moments
        on responses.customer_id = latest_moments.customer_id
        and responses.answered_at = latest_moments.answered_at
    group by responses.customer_id, responses.answered_at
),

answers as (
    select
        latest.customer_id,
        latest.answered_at,
        survey_answers.item_id,
        survey_answers.score,
        case survey_answers.item_id
            when 'recommend' then 10 * survey_answers.score
            when 'competitor' then 25 * (5 - survey_answers.score)
            else 25 * (survey_answers.score - 1)
        end as score_percent,
        case survey_answers.item_id
            when 'recommend' then 30
            when 'repurchase' then 40
            when 'tolerance' then 20
            else 10
        end as weight_percent
    from latest
    inner join survey_answers
        on latest.response_id = survey_answers.response_id
        and latest.customer_id = survey_answers.customer_id
),

scored as (
    select
        customer_id,
        max(answered_at) as responded_at,
        max(case when item_id = 'recommend' then score end)
            as recommend_score,
        sum(weight_percent) as answered_percent,
        sum(weight_percent * score_percent) as weighted_percent
    from answers
    group by customer_id
),

measured as (
    select
        *,
        answered_percent >= $min_answered_weight_share * 100 as is_measured
    from scored
),

final as (
    select
        customer_id,
        responded_at,
        recommend_score,
        cast(answered_percent as double) / 100 as answered_weight_share,
        case when is_measured then
            cast(weighted_percent as double)
            / nullif(cast(answered_percent as double), 0)
        end as attitude_index,
        case
            when not is_measured then 'unmeasured'
            when weighted_percent >= $attitude_cut * answered_percent
                then 'high'
            else 'low'
        end as attitude_state
    from measured
)

select * from final
