-- One row per component of the staff scorecard and event of the window: the
-- rating (0-100), the staff member and the phase (E9).
--
-- satisfaction is the satisfaction index of a response. Its staff member and
-- phase are those of the contact it refers to; otherwise the staff member is
-- the account owner at the time of the answer, and the phase is during if it
-- refers to an order. first_contact_resolution is 100 for a case resolved at
-- first contact, else 0, with staff member and phase of the first contact.
-- promise_keeping is 100 for a kept promise, else 0.
with

response_experiences as (
    select * from response_experiences
    where
        satisfaction_index is not null
        and responded_at >= $as_of_date - ($window_days - 1)
),

service_contacts as (
    select * from service_contacts
),

service_cases as (
    select * from service_cases
),

promises as (
    select * from promises
),

event_owners as (
    select * from event_owners where source = 'response'
),

customer_profile as (
    select * from customer_profile
),

final as (
    select
        'satisfaction' as component,
        cast(responses.response_id as varchar) as event_id,
        responses.customer_id,
        coalesce(profile.customer_type, 'unknown') as customer_type,
        coalesce(contacts.staff_member, owners.account_owner, 'unknown')
            as staff_member,
        coalesce(
            contacts.phase,
            case when responses.order_id is not null then 'during' end,
            'unknown'
        ) as phase,
        responses.satisfaction_index as rating
    from response_experiences as responses
    left join service_contacts as contacts
        on responses.contact_id = contacts.contact_id
    left join event_owners as owners
        on cast(responses.response_id as varchar) = owners.event_id
    left join customer_profile as profile
        on responses.customer_id = profile.customer_id
    union all
    select
        'first_contact_resolution' as component,
        case_id as event_id,
        customer_id,
        customer_type,
        coalesce(staff_member, 'unknown') as staff_member,
        phase,
        case when is_first_contact_resolved then 1e2 else 0e0 end as rating
    from service_cases
    where is_first_contact_resolved is not null
    union all
    select
        'promise_keeping' as component,
        promise_id as event_id,
        customer_id,
        customer_type,
        coalesce(staff_member, 'unknown') as staff_member,
        phase,
        case when is_kept then 1e2 else 0e0 end as rating
    from promises
)

select * from final
