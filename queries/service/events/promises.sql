-- One row per promise that fell due in the window: the delivery of an own
-- order, or a promise made in a contact.
--
-- A promise is kept if it was fulfilled by the promised moment. If only a day
-- was promised (midnight), it is kept if it was fulfilled by the end of that
-- day. A promise that is due and not fulfilled by as_of_date is broken.
-- Deliveries belong to the phase during.
with

order_promises as (
    select * from order_promises
),

service_contacts as (
    select * from service_contacts
),

customer_profile as (
    select * from customer_profile
),

event_owners as (
    select * from event_owners where source = 'order'
),

promised as (
    select
        concat('order ', orders.customer_id, '/', orders.order_id)
            as promise_id,
        'delivery' as kind,
        orders.customer_id,
        coalesce(profile.customer_type, 'unknown') as customer_type,
        'during' as phase,
        owners.account_owner as staff_member,
        orders.promised_at,
        orders.delivered_at as fulfilled_at
    from order_promises as orders
    left join customer_profile as profile
        on orders.customer_id = profile.customer_id
    left join event_owners as owners
        on concat(orders.customer_id, '/', orders.order_id)
            = owners.event_id
    union all
    select
        concat('contact ', cast(contact_id as varchar)) as promise_id,
        coalesce(kind, 'unknown') as kind,
        customer_id,
        customer_type,
        coalesce(phase, 'unknown') as phase,
        staff_member,
        promised_at,
        fulfilled_at
    from service_contacts
    where promised_at is not null
),

-- is_day: only a day was promised, so the promise runs to the end of that day.
due as (
    select
        *,
        promised_at = date_trunc('day', promised_at) as is_day,
        cast(promised_at as date) as promised_on
    from promised
    where
        promised_at >= $as_of_date - ($window_days - 1)
        and promised_at < $as_of_date + 1
),

final as (
    select
        promise_id,
        kind,
        customer_id,
        customer_type,
        phase,
        staff_member,
        promised_at,
        fulfilled_at,
        coalesce(
            case
                when is_day then cast(fulfilled_at as date) <= promised_on
                else fulfilled_at <= promised_at
            end,
            false
        ) as is_kept,
        case when fulfilled_at is not null
            then cast(fulfilled_at as date) - promised_on end as delay_days
    from due
)

select * from final
