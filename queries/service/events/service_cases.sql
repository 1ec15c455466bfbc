-- One row per case opened by a customer whose first contact lies in the window:
-- the customer effort and the duration (E4).
--
-- Visits, outreach and care do not count, because the vendor initiates them.
-- The kind, channel, phase and staff member are those of the first contact.
-- Effort is the number of transfers and repeats over all contacts of the case,
-- NULL if neither was recorded. A case is resolved at first contact if one of
-- its contacts says so, NULL if none says anything. The resolution time runs
-- from the first contact to the last resolution on file.
with

service_contacts as (
    select * from service_contacts
    where kind is null or kind not in ('visit', 'outreach', 'care')
),

customer_profile as (
    select * from customer_profile
),

numbered as (
    select
        *,
        row_number() over (
            partition by case_id
            order by at nulls last, contact_id nulls last
        ) as contact_number
    from service_contacts
),

first_contacts as (
    select * from numbered where contact_number = 1
),

sums as (
    select
        case_id,
        max(customer_id) as customer_id,
        min(at) as first_at,
        max(resolved_at) as resolved_at,
        count(*) as contacts_count,
        sum(transfers_count) as transfers_count,
        sum(repeats_count) as repeats_count,
        max(
            case
                when is_first_contact_resolved then 1
                when not is_first_contact_resolved then 0
            end
        ) as first_contact_resolved
    from service_contacts
    group by case_id
),

final as (
    select
        sums.case_id,
        sums.customer_id,
        coalesce(profile.customer_type, 'unknown') as customer_type,
        coalesce(profile.size, 'unknown') as size,
        coalesce(first_contacts.kind, 'unknown') as kind,
        coalesce(first_contacts.channel, 'unknown') as channel,
        coalesce(first_contacts.phase, 'unknown') as phase,
        first_contacts.staff_member,
        sums.first_at,
        sums.resolved_at,
        sums.contacts_count,
        sums.transfers_count,
        sums.repeats_count,
        case
            when sums.transfers_count is not null
                or sums.repeats_count is not null
                then coalesce(sums.transfers_count, 0)
                    + coalesce(sums.repeats_count, 0)
        end as effort_count,
        sums.first_contact_resolved = 1 as is_first_contact_resolved,
        case when sums.resolved_at >= sums.first_at
            then cast(extract(epoch from sums.resolved_at) as bigint)
                - cast(extract(epoch from sums.first_at) as bigint)
        end as resolution_seconds
    from sums
    inner join first_contacts
        on sums.case_id = first_contacts.case_id
    left join customer_profile as profile
        on sums.customer_id = profile.customer_id
    where first_contacts.is_in_window
)

select * from final
