-- One row per contact with a customer: contacts of the service desk, and care
-- contacts from completed care lists. Promises name a day, so they may be
-- fulfilled until the end of that day.
with

contacts as (
    select * from contacts
),

care_list_contacts as (
    select * from care_list_contacts
),

final as (
    select
        contact_id,
        case_id,
        customer_id,
        at,
        kind,
        topic,
        phase,
        channel,
        transfers_count,
        repeats_count,
        waited_seconds,
        handled_seconds,
        is_first_contact_resolved,
        resolved_at,
        cast(promised_at as timestamp) as promised_at,
        fulfilled_at,
        handled_by,
        severity
    from contacts
    union all
    select
        contact_id,
        cast(null as varchar) as case_id,
        customer_id,
        cast(at as timestamp) as at,
        kind,
        topic,
        phase,
        channel,
        cast(null as bigint) as transfers_count,
        cast(null as bigint) as repeats_count,
        cast(null as bigint) as waited_seconds,
        cast(null as bigint) as handled_seconds,
        cast(null as boolean) as is_first_contact_resolved,
        cast(resolved_at as timestamp) as resolved_at,
        cast(null as timestamp) as promised_at,
        cast(null as timestamp) as fulfilled_at,
        handled_by,
        cast(null as varchar) as severity
    from care_list_contacts
    where at is not null
)

select * from final
