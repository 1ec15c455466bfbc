-- One row per order of the roaster harbour. Its customers' purchases from other
-- roasters are not on file.
with

orders as (
    select * from orders
),

final as (
    select
        customer_id,
        order_id,
        1 as line_number,
        cast(ordered_on as timestamp) as ordered_at,
        'harbour' as brand,
        'coffee' as category,
        cast(kilos as decimal(18, 3)) as quantity,
        amount,
        false as is_return
    from orders
)

select * from final
