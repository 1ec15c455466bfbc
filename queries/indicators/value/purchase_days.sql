-- One row per customer and day with an own purchase, over the whole history up
-- to as_of_date: the input of purchase models.
--
-- A purchase is an own order with a positive net amount, returns netted within
-- the order. With $free_orders_count, an order with amount 0 and a positive
-- quantity counts too. Its day is that of its last line with a positive
-- quantity. Orders of one day are one purchase.
with

purchase_lines as (
    select * from purchase_lines
),

own_orders as (
    select
        customer_id,
        order_id,
        coalesce(
            max(case when quantity > 0 then ordered_at end), max(ordered_at)
        ) as ordered_at,
        sum(quantity) as quantity,
        sum(amount) as amount
    from purchase_lines
    where brand = $brand
    group by customer_id, order_id
),

final as (
    select
        customer_id,
        cast(ordered_at as date) as day,
        cast(sum(amount) as decimal(28, 2)) as amount
    from own_orders
    where amount > 0 or ($free_orders_count and amount = 0 and quantity > 0)
    group by customer_id, cast(ordered_at as date)
)

select * from final
