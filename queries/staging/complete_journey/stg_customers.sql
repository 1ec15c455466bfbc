-- One row per household with known demographics (a third of all households).
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
