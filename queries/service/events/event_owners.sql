-- One row per event of a customer who had an account owner at the time: a
-- contact, an own order with a promised delivery, or a survey response. If
-- several owners overlap, the one who started last counts, ties by name.
with

stg_account_owners as (
    select * from stg_account_owners
),

stg_contacts as (
    select * from stg_contacts
),

order_promises as (
    select * from order_promises
),

survey_responses as (
    select * from survey_responses
),

owned_customers as (
    select customer_id
    from stg_account_owners
    where customer_id is not null and account_owner is not null
    group by customer_id
),

events as (
    select
        'contact' as source,
        cast(contact_id as varchar) as event_id,
        max(customer_id) as customer_id,
        max(at) as at
    from stg_contacts
    where contact_id is not null and at < $as_of_date + 1
    group by contact_id
    union all
    select
        'order' as source,
        concat(customer_id, '/', order_id) as event_id,
        customer_id,
        ordered_at as at
    from order_promises
    union all
    select
        'response' as source,
        cast(response_id as varchar) as event_id,
        customer_id,
        responded_at as at
    from survey_responses
),

-- Only events of customers with an account owner are sorted, for speed.
owned_events as (
    select events.*
    from events
    left semi join owned_customers
        on events.customer_id = owned_customers.customer_id
),

ranked as (
    select
        events.source,
        events.event_id,
        owners.account_owner,
        row_number() over (
            partition by events.source, events.event_id
            order by
                owners.from_at desc nulls last,
                owners.account_owner nulls last
        ) as owner_rank
    from owned_events as events
    inner join stg_account_owners as owners
        on events.customer_id = owners.customer_id
    where
        owners.account_owner is not null
        and (owners.from_at is null or owners.from_at <= events.at)
        and (owners.to_at is null or owners.to_at > events.at)
),

final as (
    select source, event_id, account_owner
    from ranked
    where owner_rank = 1
)

select * from final
