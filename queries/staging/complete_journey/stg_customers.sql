-- One row per household of which the demographics are known (a third of them).
with

demographics as (
    select * from demographics
),

final as (
    select
        household_id as customer_id,
        'end' as customer_type,
        age as age_group
    from demographics
)

select * from final
