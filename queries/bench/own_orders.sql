-- One row per customer with an own occasion in the window: the number of
-- orders. Grouping by order first is many times faster than count(distinct
-- order_id).
with

customer_orders as (
    select customer_id, order_id
    from own_occasions
    where amount > 0
    group by customer_id, order_id
),

final as (
    select customer_id, count(*) as orders_count
    from customer_orders
    group by customer_id
)

select * from final
