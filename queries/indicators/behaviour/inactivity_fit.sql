-- One row: whether the days of silence in use (inactivity_days) fit the data,
-- over all categories; it is the total of suggested_inactivity. If the data
-- contradict these days, silence does not show who left (customer_activity).
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
