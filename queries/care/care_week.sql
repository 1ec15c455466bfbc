-- One row per reason and form of care: the tasks of care_plan that are overdue
-- or due within seven days after as_of_date, for planning the work. Urgent
-- tasks come first, then those with the most money at stake.
with

care_plan as (
    select * from care_plan
),

due as (
    select
        *,
        due_at < $as_of_date as is_overdue
    from care_plan
    where due_at <= $as_of_date + 7
),

-- The main owner is the one with the most tasks.
owned as (
    select
        main_reason,
        care_form,
        owner,
        count(*) as tasks_count
    from due
    group by main_reason, care_form, owner
),

ranked_owners as (
    select
        main_reason,
        care_form,
        owner,
        row_number() over (
            partition by main_reason, care_form
            order by tasks_count desc, owner
        ) as owner_rank
    from owned
),

summed as (
    select
        main_reason,
        care_form,
        count(*) as customers_count,
        count(case when is_overdue then customer_id end) as overdue_count,
        cast(sum(own_amount) as decimal(18, 2)) as own_amount,
        sum(stake_amount) as stake_amount,
        count(distinct owner) as owners_count,
        min(priority) as priority,
        min(due_at) as first_due_at
    from due
    group by main_reason, care_form
),

final as (
    select
        cast(
            row_number() over (
                order by
                    summed.priority,
                    summed.stake_amount desc nulls last,
                    summed.main_reason,
                    summed.care_form
            ) as bigint
        ) as position,
        summed.main_reason,
        summed.care_form,
        summed.customers_count,
        summed.overdue_count,
        summed.own_amount,
        summed.stake_amount,
        ranked_owners.owner as main_owner,
        summed.owners_count,
        summed.priority,
        summed.first_due_at
    from summed
    inner join ranked_owners
        on summed.main_reason = ranked_owners.main_reason
        and summed.care_form = ranked_owners.care_form
        and ranked_owners.owner_rank = 1
)

select * from final
