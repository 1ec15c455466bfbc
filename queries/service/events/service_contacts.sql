-- One row per contact with a customer up to as_of_date, with attributes of the
-- customer and the staff member in charge at the time.
--
-- Contacts without an id or a time are left out. A contact that is on file
-- twice counts once, with the greatest value of every column; it is resolved at
-- first contact only if every copy says so. A contact without a case is a case
-- of its own. A resolution or fulfilment after as_of_date does not count.
-- Contacts of unknown customers are included.
with

stg_contacts as (
    select * from stg_contacts
),

customer_profile as (
    select * from customer_profile
),

event_owners as (
    select * from event_owners where source = 'contact'
),

contacts as (
    select
        contact_id,
        coalesce(
            cast(max(case_id) as varchar),
            concat('contact ', cast(contact_id as varchar))
        ) as case_id,
        max(customer_id) as customer_id,
        max(at) as at,
        max(kind) as kind,
        max(topic) as topic,
        max(phase) as phase,
        max(channel) as channel,
        max(transfers_count) as transfers_count,
        max(repeats_count) as repeats_count,
        max(waited_seconds) as waited_seconds,
        max(handled_seconds) as handled_seconds,
        min(is_first_contact_resolved) as is_first_contact_resolved,
        max(case when resolved_at < $as_of_date + 1 then resolved_at end)
            as resolved_at,
        max(promised_at) as promised_at,
        max(case when fulfilled_at < $as_of_date + 1 then fulfilled_at end)
            as fulfilled_at,
        max(handled_by) as handled_by
    from stg_contacts
    where contact_id is not null and at < $as_of_date + 1
    group by contact_id
),

final as (
    select
        contacts.contact_id,
        contacts.case_id,
        contacts.customer_id,
        coalesce(profile.customer_type, 'unknown') as customer_type,
        coalesce(profile.size, 'unknown') as size,
        contacts.at,
        contacts.kind,
        contacts.topic,
        contacts.phase,
        contacts.channel,
        contacts.transfers_count,
        contacts.repeats_count,
        contacts.waited_seconds,
        contacts.handled_seconds,
        contacts.is_first_contact_resolved,
        contacts.resolved_at,
        contacts.promised_at,
        contacts.fulfilled_at,
        coalesce(owners.account_owner, contacts.handled_by) as staff_member,
        contacts.at >= $as_of_date - ($window_days - 1) as is_in_window
    from contacts
    left join customer_profile as profile
        on contacts.customer_id = profile.customer_id
    left join event_owners as owners
        on cast(contacts.contact_id as varchar) = owners.event_id
)

select * from final
