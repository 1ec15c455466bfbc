-- One row per person. A person has a new customer_id for each order. The state
-- is that of the latest order, the joining date that of the first.
with

orders as (
    select * from orders
),

customers as (
    select * from customers
),

person_orders as (
    select
        customers.customer_unique_id as customer_id,
        customers.customer_state,
        orders.order_purchase_timestamp,
        row_number() over (
            partition by customers.customer_unique_id
            order by
                orders.order_purchase_timestamp desc nulls last,
                orders.order_id nulls last
        ) as latest_position
    from customers
    inner join orders
        on customers.customer_id = orders.customer_id
    where orders.order_purchase_timestamp < $as_of_date + 1
),

final as (
    select
        customer_id,
        'end' as customer_type,
        max(case when latest_position = 1 then customer_state end) as region,
        min(order_purchase_timestamp) as joined_at
    from person_orders
    group by customer_id
)

select * from final
