-- One row: whether the days of silence after which customers count as gone
-- (inactivity_days) fit what customers do, over all categories: the total of
-- suggested_inactivity. While the data contradict them, silence tells of nobody
-- whether the customer left (customer_activity).
with

suggested_inactivity as (
    select * from suggested_inactivity
),

final as (
    select
        inactivity_days,
        suggested_inactivity_days,
        is_contradicted
    from suggested_inactivity
    where dimension = 'total'
)

select * from final
