-- One row per survey response up to as_of_date, of any age: the reported
-- experience, and the order or contact it refers to.
--
-- An index is the mean of (score - min) / (max - min) over the answered items
-- of the construct, from 0 to 100. A satisfaction answer is in the top two
-- boxes if it is at most one step below the best score, and in the bottom two
-- if it is at most one step above the worst. A response that names several
-- orders refers to none of them.
with

answered_items as (
    select * from answered_items
),

stg_survey_answers as (
    select * from stg_survey_answers
),

items as (
    select
        *,
        100 * (score - scale_min) / nullif(scale_max - scale_min, 0)
            as score_index,
        case when construct = 'satisfaction' then score end
            as satisfaction_score
    from answered_items
),

responses as (
    select
        response_id,
        min(customer_id) as customer_id,
        max(answered_at) as responded_at,
        min(wave) as wave,
        min(channel) as channel,
        avg(satisfaction_score) as satisfaction_score,
        avg(case when construct = 'satisfaction' then score_index end)
            as satisfaction_index,
        avg(satisfaction_score - scale_max) as steps_from_best,
        avg(satisfaction_score - scale_min) as steps_from_worst,
        avg(case when construct = 'expectation' then score_index end)
            as expectation_index,
        avg(case when construct = 'promise_set' then score_index end)
            as promise_set_index,
        avg(case when construct = 'demand' then score_index end)
            as demand_index,
        avg(case when construct = 'quality' then score_index end)
            as quality_index
    from items
    group by response_id
),

subjects as (
    select
        response_id,
        case when min(order_id) = max(order_id) then min(order_id) end
            as order_id,
        case when min(contact_id) = max(contact_id) then min(contact_id) end
            as contact_id
    from stg_survey_answers
    where
        answered_at < $as_of_date + 1
        and (order_id is not null or contact_id is not null)
    group by response_id
),

final as (
    select
        responses.response_id,
        responses.customer_id,
        responses.responded_at,
        responses.wave,
        responses.channel,
        subjects.order_id,
        subjects.contact_id,
        responses.satisfaction_score,
        responses.satisfaction_index,
        responses.steps_from_best >= -1 - 1e-7 as is_top_two,
        responses.steps_from_worst <= 1 + 1e-7 as is_bottom_two,
        responses.expectation_index,
        responses.promise_set_index,
        responses.demand_index,
        responses.quality_index
    from responses
    left join subjects
        on responses.response_id = subjects.response_id
)

select * from final
