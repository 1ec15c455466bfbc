-- One row per customer: the number of good and bad experiences in the window
-- (E7).
--
-- Good experiences are satisfaction answers in the top two boxes, kept
-- promises, and cases resolved at first contact. Bad experiences are
-- satisfaction answers in the bottom two boxes (unless also in the top two of a
-- short scale), broken promises, complaints and incidents. One event may count
-- several times: a complaint resolved at first contact is both good and bad. A
-- count whose source is not on file is NULL, not 0, and is left out of the
-- sums. The ratio is good / bad, NULL without a bad experience.
with

customer_base as (
    select * from customer_base
),

customer_profile as (
    select * from customer_profile
),

response_experiences as (
    select * from response_experiences
),

promises as (
    select * from promises
),

service_contacts as (
    select * from service_contacts
),

sources as (
    select
        answers.are_on_file as are_answers_on_file,
        promises.are_on_file as are_promises_on_file,
        contacts.are_on_file as are_contacts_on_file,
        contacts.are_resolutions_noted
    from (
        select count(is_top_two) > 0 as are_on_file from response_experiences
    ) as answers
    cross join (
        select count(*) > 0 as are_on_file from promises
    ) as promises
    cross join (
        select
            count(*) > 0 as are_on_file,
            count(is_first_contact_resolved) > 0 as are_resolutions_noted
        from service_contacts
    ) as contacts
),

answers as (
    select
        customer_id,
        sum(case when is_top_two then 1 else 0 end) as satisfied_count,
        sum(case when is_bottom_two and not is_top_two then 1 else 0 end)
            as dissatisfied_count
    from response_experiences
    where
        customer_id is not null
        and responded_at >= $as_of_date - ($window_days - 1)
    group by customer_id
),

promise_counts as (
    select
        customer_id,
        sum(case when is_kept then 1 else 0 end) as promises_kept_count,
        sum(case when is_kept then 0 else 1 end) as promises_broken_count
    from promises
    where customer_id is not null
    group by customer_id
),

-- A case counts once, however many contacts it took.
cases as (
    select
        customer_id,
        case_id,
        max(case when is_first_contact_resolved then 1 else 0 end)
            as is_resolved,
        max(case when kind = 'complaint' then 1 else 0 end) as is_complaint,
        max(case when kind = 'incident' then 1 else 0 end) as is_incident
    from service_contacts
    where is_in_window and customer_id is not null
    group by customer_id, case_id
),

contacts as (
    select
        customer_id,
        sum(is_resolved) as resolved_count,
        sum(is_complaint) as complaints_count,
        sum(is_incident) as incidents_count
    from cases
    group by customer_id
),

counts as (
    select
        customers.customer_id,
        coalesce(profile.customer_type, 'unknown') as customer_type,
        case when sources.are_answers_on_file
            then coalesce(answers.satisfied_count, 0) end as satisfied_count,
        case when sources.are_promises_on_file
            then coalesce(promise_counts.promises_kept_count, 0) end
            as promises_kept_count,
        case when sources.are_resolutions_noted
            then coalesce(contacts.resolved_count, 0) end as resolved_count,
        case when sources.are_answers_on_file
            then coalesce(answers.dissatisfied_count, 0) end
            as dissatisfied_count,
        case when sources.are_promises_on_file
            then coalesce(promise_counts.promises_broken_count, 0) end
            as promises_broken_count,
        case when sources.are_contacts_on_file
            then coalesce(contacts.complaints_count, 0) end
            as complaints_count,
        case when sources.are_contacts_on_file
            then coalesce(contacts.incidents_count, 0) end as incidents_count
    from customer_base as customers
    cross join sources
    left join customer_profile as profile
        on customers.customer_id = profile.customer_id
    left join answers
        on customers.customer_id = answers.customer_id
    left join promise_counts
        on customers.customer_id = promise_counts.customer_id
    left join contacts
        on customers.customer_id = contacts.customer_id
),

added as (
    select
        *,
        coalesce(satisfied_count, 0) + coalesce(promises_kept_count, 0)
        + coalesce(resolved_count, 0) as good_count,
        coalesce(dissatisfied_count, 0) + coalesce(promises_broken_count, 0)
        + coalesce(complaints_count, 0) + coalesce(incidents_count, 0)
            as bad_count
    from counts
),

final as (
    select
        customer_id,
        customer_type,
        satisfied_count,
        promises_kept_count,
        resolved_count,
        good_count,
        dissatisfied_count,
        promises_broken_count,
        complaints_count,
        incidents_count,
        bad_count,
        cast(good_count as double) / nullif(cast(bad_count as double), 0)
            as good_bad_ratio
    from added
)

select * from final
