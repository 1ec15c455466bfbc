-- One row per care task: the open tasks of care_plan, and the tasks done in the
-- $care_cap_days days that end with as_of_date. The tasks done are the contacts
-- of kind care in stg_contacts (topic: the form of care; handled_by: who did
-- it).
--
-- The status is open, overdue (past the due date) or done. The result of a task
-- done is ordered (an own occasion, B6, on that day or later), resolved, or
-- no_reaction. An order that was returned in full, or that lies outside
-- $categories, is no occasion. A task that was planned earlier keeps the day of
-- planning and the due date of the previous checklist.
with

care_plan as (
    select * from care_plan
),

behaviour_measures as (
    select customer_id, last_own_occasion_at, own_amount
    from behaviour_measures
),

stg_contacts as (
    select * from stg_contacts
),

previous_care_checklist as (
    select * from previous_care_checklist
),

-- One row per contact. If a contact is listed twice, the later time counts.
care_contacts as (
    select
        customer_id,
        cast(contact_id as varchar) as task_id,
        cast(max(at) as date) as done_at,
        min(topic) as topic,
        min(channel) as channel,
        min(phase) as phase,
        min(handled_by) as handled_by,
        max(resolved_at) < $as_of_date + 1 as is_resolved
    from stg_contacts
    where
        kind = 'care'
        and customer_id is not null
        and contact_id is not null
        and at >= $as_of_date - ($care_cap_days - 1)
        and at < $as_of_date + 1
    group by customer_id, contact_id
),

previous_done as (
    select customer_id, task_id, planned_at, due_at, main_reason, priority
    from previous_care_checklist
    where status = 'done'
),

previous_open as (
    select customer_id, planned_at, due_at, main_reason, priority
    from previous_care_checklist
    where status <> 'done'
),

done as (
    select
        contacts.customer_id,
        contacts.task_id,
        'done' as status,
        coalesce(kept.priority, opened.priority) as priority,
        coalesce(kept.planned_at, opened.planned_at) as planned_at,
        coalesce(kept.due_at, opened.due_at) as due_at,
        coalesce(kept.main_reason, opened.main_reason) as main_reason,
        case when contacts.topic in (
            'family_service', 'product_recommendation', 'customer_club',
            'offer', 'group_event', 'personal_service', 'joint_promotion',
            'public_relations', 'event'
        ) then contacts.topic end as care_form,
        contacts.phase,
        contacts.channel,
        coalesce(contacts.handled_by, $care_default_owner) as owner,
        measures.own_amount,
        contacts.done_at,
        case
            when cast(measures.last_own_occasion_at as date)
                >= contacts.done_at then 'ordered'
            when contacts.is_resolved then 'resolved'
            else 'no_reaction'
        end as result
    from care_contacts as contacts
    left join behaviour_measures as measures
        on contacts.customer_id = measures.customer_id
    left join previous_done as kept
        on contacts.customer_id = kept.customer_id
        and contacts.task_id = kept.task_id
    left join previous_open as opened
        on contacts.customer_id = opened.customer_id
        and contacts.done_at >= opened.planned_at
),

planned as (
    select
        customer_id,
        'plan ' || cast(planned_at as varchar) as task_id,
        case when due_at < $as_of_date then 'overdue' else 'open' end
            as status,
        priority,
        planned_at,
        due_at,
        main_reason,
        care_form,
        phase,
        channel,
        owner,
        own_amount,
        cast(null as date) as done_at,
        cast(null as varchar) as result
    from care_plan
),

final as (
    select * from planned
    union all
    select * from done
)

select * from final
