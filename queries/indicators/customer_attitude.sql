-- One row per customer: attitudinal loyalty from the response that counts
-- (survey_responses.is_latest). A latest response that is incomplete stays
-- incomplete: an older complete one does not step in.
--
-- A10 attitude_state: high where attitude_index reaches $attitude_cut
-- (inclusive, within 1e-7), unmeasured without an index.
with

customer_base as (
    select * from customer_base
),

latest_responses as (
    select * from survey_responses where is_latest
),

customers as (
    select
        customers.customer_id,
        latest.response_id,
        latest.responded_at,
        latest.wave,
        latest.channel,
        latest.response_weight,
        latest.repurchase_index,
        latest.recommend_index,
        latest.recommend_group,
        latest.attitude_raw,
        latest.attitude_raw_share,
        latest.attitude_index,
        latest.answered_weight_share
    from customer_base as customers
    left join latest_responses as latest
        on customers.customer_id = latest.customer_id
),

final as (
    select
        *,
        case
            when attitude_index is null then 'unmeasured'
            when attitude_index >= cast($attitude_cut as double) - 1e-7
                then 'high'
            else 'low'
        end as attitude_state,
        case
            when attitude_index is not null then null
            when response_id is null then 'no recent survey answer'
            else 'incomplete survey answer'
        end as attitude_unmeasured_because
    from customers
)

select * from final
