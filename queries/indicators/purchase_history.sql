-- One row per customer with any purchase line up to as_of_date, of any brand:
-- when the own brand was first and last bought (positive amount, whole history,
-- B1).
with

purchase_lines as (
    select * from purchase_lines
),

final as (
    select
        customer_id,
        min(case when brand = $brand and amount > 0 then ordered_at end)
            as first_own_ordered_at,
        max(case when brand = $brand and amount > 0 then ordered_at end)
            as last_own_ordered_at
    from purchase_lines
    group by customer_id
)

select * from final
