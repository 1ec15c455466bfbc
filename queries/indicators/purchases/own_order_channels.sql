-- One row per customer and channel of own orders in the window: the number of
-- orders. An order with lines of several channels counts under the first by
-- name.
with

own_order_products as (
    select * from own_order_products
),

own_orders as (
    select * from own_orders
),

order_channels as (
    select customer_id, order_id, min(channel) as channel
    from own_order_products
    where channel is not null
    group by customer_id, order_id
),

final as (
    select
        own_orders.customer_id,
        order_channels.channel,
        count(*) as orders_count
    from own_orders
    inner join order_channels
        on own_orders.customer_id = order_channels.customer_id
        and own_orders.order_id = order_channels.order_id
    group by own_orders.customer_id, order_channels.channel
)

select * from final
