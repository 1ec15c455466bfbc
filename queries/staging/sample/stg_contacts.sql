-- One row per contact with a customer. A promise was made for a day, so it is
-- kept until that day is over.
with

contacts as (
    select * from contacts
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
)

select * from final
