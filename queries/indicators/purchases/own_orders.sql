-- One row per customer and own order of the window: an order with at least one
-- own occasion (B6), which is a positive net amount in some category. Customers
-- who returned all own purchases have no row.
with

occasions as (
    select * from occasions
),

final as (
    select
        customer_id,
        order_id,
        max(ordered_at) as ordered_at,
        count(*) as own_occasions_count
    from occasions
    where brand = $brand and is_occasion
    group by customer_id, order_id
)

select * from final
