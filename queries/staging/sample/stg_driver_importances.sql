-- One row per construct with its importance for loyalty, 0 to 1, as a study
-- outside staunch gave it.
with

driver_importances as (
    select * from driver_importances
),

final as (
    select
        construct,
        importance
    from driver_importances
)

select * from final
