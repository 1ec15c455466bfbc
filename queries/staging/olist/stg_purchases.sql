-- One row per unit ordered.
--
-- customer_id of the orders is a new one each time; customer_unique_id is the
-- person. Orders that were cancelled or could not be supplied are no
-- purchases. Freight is not part of the amount: it goes to the carrier.
--
-- The need that customers fill here or elsewhere is shopping on a marketplace:
-- one brand, one category. So an occasion is an order, and "two occasions"
-- means two orders, not one basket with books and toys. What kind of goods it
-- was is kept in product_category.
with

orders as (
    select * from orders
),

order_items as (
    select * from order_items
),

customers as (
    select * from customers
),

products as (
    select * from products
),

final as (
    select
        customers.customer_unique_id as customer_id,
        orders.order_id,
        order_items.order_item_id as line_number,
        orders.order_purchase_timestamp as ordered_at,
        'olist' as brand,
        'marketplace' as category,
        order_items.product_id,
        cast(1 as decimal(18, 3)) as quantity,
        order_items.price as amount,
        false as is_return,
        'marketplace' as channel,
        orders.order_estimated_delivery_date as promised_at,
        orders.order_delivered_customer_date as delivered_at,
        products.product_category_name as product_category
    from order_items
    inner join orders
        on order_items.order_id = orders.order_id
    left join customers
        on orders.customer_id = customers.customer_id
    left join products
        on order_items.product_id = products.product_id
    where orders.order_status not in ('canceled', 'unavailable')
)

select * from final
