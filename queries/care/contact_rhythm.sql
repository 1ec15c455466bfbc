-- One row per customer who should be contacted regularly: the last contact, the
-- next one due, and whether it is overdue.
--
-- Only contacts of kind outreach or care (stg_contacts) count. Campaigns do
-- not, because they are sent to many customers. The next contact is due
-- $contact_interval_days days after the last one. Without an earlier contact,
-- the count begins with the start of the relationship: the joining date or the
-- first own order, whichever is earlier. A contact is overdue from the day
-- after its due date. A customer without any contact is never_contacted once
-- the due date is past, or if the start is unknown.
--
-- Former customers, closed accounts and customers who may not be contacted have
-- no row. Where permission is unknown, $contact_when_unknown decides. The table
-- is empty if no outreach or care contact of any customer is on file, because
-- contacts are then not recorded at all.
with

customer_loyalty as (
    select customer_id, segment
    from customer_loyalty
    where segment is distinct from 'former'
),

customer_profile as (
    select * from customer_profile
),

purchase_history as (
    select customer_id, first_own_ordered_at from purchase_history
),

current_owners as (
    select * from current_owners
),

stg_contacts as (
    select
        customer_id,
        kind in ('outreach', 'care') as is_ours,
        cast(at as date) as on_day
    from stg_contacts
    where
        customer_id is not null
        and kind is not null
        and at < $as_of_date + 1
),

contacts_on_file as (
    select coalesce(bool_or(is_ours), false) as are_noted
    from stg_contacts
),

contacts as (
    select
        customer_id,
        max(case when is_ours then on_day end) as last_contact_at,
        max(case when not is_ours then on_day end) as last_heard_at
    from stg_contacts
    group by customer_id
),

-- least() ignores NULL.
reachable as (
    select
        loyalty.customer_id,
        loyalty.segment,
        coalesce(owners.account_owner, $care_default_owner) as owner,
        contacts.last_contact_at,
        contacts.last_heard_at,
        cast(
            least(profile.joined_at, history.first_own_ordered_at) as date
        ) as started_at
    from customer_loyalty as loyalty
    cross join contacts_on_file as on_file
    left join customer_profile as profile
        on loyalty.customer_id = profile.customer_id
    left join purchase_history as history
        on loyalty.customer_id = history.customer_id
    left join current_owners as owners
        on loyalty.customer_id = owners.customer_id
    left join contacts
        on loyalty.customer_id = contacts.customer_id
    where
        on_file.are_noted
        and coalesce(profile.may_contact, $contact_when_unknown)
        and (
            profile.closed_at is null
            or cast(profile.closed_at as date) > $as_of_date
        )
),

timed as (
    select
        *,
        coalesce(last_contact_at, started_at) + $contact_interval_days
            as next_contact_due_at
    from reachable
),

final as (
    select
        customer_id,
        segment,
        owner,
        $contact_interval_days as planned_interval_days,
        last_contact_at,
        $as_of_date - last_contact_at as days_since_contact,
        last_heard_at,
        next_contact_due_at,
        case
            when next_contact_due_at >= $as_of_date then 'on_time'
            when last_contact_at is null then 'never_contacted'
            else 'overdue'
        end as rhythm_status,
        case when next_contact_due_at < $as_of_date
            then $as_of_date - next_contact_due_at end as overdue_days
    from timed
)

select * from final
