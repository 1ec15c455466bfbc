-- One row per customer: every id in stg_customers, in stg_purchases up to
-- as_of_date (any brand), or in stg_survey_answers that are not later than
-- as_of_date. A customer who joins after as_of_date has a row only with
-- purchases or answers by then. NULL ids are not customers.
with

purchase_history as (
    select * from purchase_history
),

stg_customers as (
    select * from stg_customers
),

stg_survey_answers as (
    select * from stg_survey_answers
),

answering as (
    select customer_id
    from stg_survey_answers
    where
        customer_id is not null
        and coalesce(answered_at < $as_of_date + 1, true)
    group by customer_id
),

-- If a customer is registered twice, the earlier joining date counts.
registered as (
    select
        customer_id,
        coalesce(min(joined_at) < $as_of_date + 1, true) as has_joined
    from stg_customers
    where customer_id is not null
    group by customer_id
),

ids as (
    select
        customer_id,
        1 as from_purchases,
        0 as from_survey,
        0 as from_register,
        1 as is_there
    from purchase_history
    union all
    select
        customer_id,
        0 as from_purchases,
        1 as from_survey,
        0 as from_register,
        1 as is_there
    from answering
    union all
    select
        customer_id,
        0 as from_purchases,
        0 as from_survey,
        1 as from_register,
        case when has_joined then 1 else 0 end as is_there
    from registered
),

final as (
    select
        customer_id,
        max(from_purchases) = 1 as has_purchases,
        max(from_survey) = 1 as has_survey_answers,
        max(from_register) = 1 as is_registered
    from ids
    group by customer_id
    having max(is_there) = 1
)

select * from final
