-- One row per care task marked as done in a completed care list: the
-- spreadsheet of care_plan or care_checklist, in any language, with one sheet
-- for all tasks and one per owner. A task counts once, by customer and day of
-- planning, whichever sheet it was completed in; the latest date counts.
--
-- catalogue_codes turns the chosen labels back into codes. A task with a date
-- and no status is done. Tasks of care_checklist that came from contacts are
-- left out.
with

care_lists as (
    select * from care_lists
),

catalogue_codes as (
    select * from catalogue_codes
),

spelled as (
    select column_name, code, lower(trim(en)) as word
    from catalogue_codes
    union all
    select column_name, code, lower(trim(zh)) as word
    from catalogue_codes
),

words as (
    select column_name, word, min(code) as code
    from spelled
    where word is not null
    group by column_name, word
),

tasks as (
    select
        lists.customer_id,
        lists.planned_at,
        lists.done_at,
        lists.owner,
        statuses.code as status,
        results.code as result,
        coalesce(care_forms.code, lists.care_form) as care_form,
        coalesce(phases.code, lists.phase) as phase,
        coalesce(channels.code, lists.channel) as channel
    from care_lists as lists
    left join words as statuses
        on statuses.column_name = 'status'
        and statuses.word = lower(trim(lists.status))
    left join words as results
        on results.column_name = 'result'
        and results.word = lower(trim(lists.result))
    left join words as care_forms
        on care_forms.column_name = 'care_form'
        and care_forms.word = lower(trim(lists.care_form))
    left join words as phases
        on phases.column_name = 'phase'
        and phases.word = lower(trim(lists.phase))
    left join words as channels
        on channels.column_name = 'channel'
        and channels.word = lower(trim(lists.channel))
    where
        lists.customer_id is not null
        and lists.planned_at is not null
        and (lists.task_id is null or lists.task_id like 'plan %')
),

final as (
    select
        'care ' || cast(customer_id as varchar) || ' '
        || cast(planned_at as varchar) as contact_id,
        customer_id,
        max(done_at) as at,
        'care' as kind,
        min(care_form) as topic,
        min(phase) as phase,
        min(channel) as channel,
        max(case when result = 'resolved' then done_at end) as resolved_at,
        min(owner) as handled_by
    from tasks
    where status = 'done' or (status is null and done_at is not null)
    group by customer_id, planned_at
)

select * from final
