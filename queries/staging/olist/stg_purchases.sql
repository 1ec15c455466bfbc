-- One row per unit ordered.
--
-- The customer is customer_unique_id, because customer_id is new for each
-- order. Cancelled and unavailable orders are no purchases. Freight is not part
-- of the amount, because the carrier receives it.
--
-- The need is shopping on a marketplace, so there is one brand and one
-- category. An occasion is therefore an order, and two occasions are two
-- orders, not one basket with books and toys. product_category keeps the kind
-- of goods.
--
-- The data combine several samples of the marketplace. Some contain more late
-- and failed orders than the whole. promised_at and delivered_at are therefore
-- set only for orders of the random sample $promise_sample. Only a delivered
-- order has a delivery.
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

order_sample_source as (
    select * from order_sample_source
),

-- All orders, if $promise_sample is empty or the file is missing.
promised_orders as (
    select
        orders.order_id,
        orders.order_estimated_delivery_date as promised_at,
        case when orders.order_status = 'delivered'
            then orders.order_delivered_customer_date end as delivered_at
    from orders
    cross join (
        select count(*) = 0 or $promise_sample = '' as are_all_sampled
        from order_sample_source
    ) as sampling
    left join order_sample_source as samples
        on orders.order_id = samples.order_id
    where
        sampling.are_all_sampled
        or strpos(samples.sample_source, $promise_sample) > 0
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
        promised_orders.promised_at,
        promised_orders.delivered_at,
        products.product_category_name as product_category
    from order_items
    inner join orders
        on order_items.order_id = orders.order_id
    left join promised_orders
        on order_items.order_id = promised_orders.order_id
    left join customers
        on orders.customer_id = customers.customer_id
    left join products
        on order_items.product_id = products.product_id
    where orders.order_status not in ('canceled', 'unavailable')
)

select * from final
