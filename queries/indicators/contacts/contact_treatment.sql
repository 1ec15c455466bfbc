-- One row per customer with a contact in the window: the number of contacts
-- initiated by the vendor, and the quality of service. A contact that is on
-- file twice counts once, with the longer wait, and as resolved only if every
-- copy says so.
with

stg_contacts as (
    select * from stg_contacts
),

contacts as (
    select
        customer_id,
        contact_id,
        max(case when kind in ('outreach', 'care') then 1 else 0 end)
            as is_outreach,
        max(case when kind = 'complaint' then 1 else 0 end) as is_complaint,
        max(waited_seconds) as waited_seconds,
        min(
            case
                when is_first_contact_resolved then 1
                when not is_first_contact_resolved then 0
            end
        ) as is_resolved
    from stg_contacts
    where
        customer_id is not null
        and at >= $as_of_date - ($window_days - 1)
        and at < $as_of_date + 1
    group by customer_id, contact_id
),

final as (
    select
        customer_id,
        count(*) as contacts_count,
        sum(is_outreach) as outreach_count,
        sum(is_complaint) as complaints_count,
        sum(waited_seconds) as waited_seconds,
        count(waited_seconds) as waits_count,
        sum(is_resolved) as resolved_count,
        count(is_resolved) as resolutions_count
    from contacts
    group by customer_id
)

select * from final
