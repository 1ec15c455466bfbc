-- One row per customer with own lines of the window in the categories of
-- own_categories: how often and how broadly the own brand was bought (B1), and
-- how many own units were bought on deal (B4 a; returned units in neither).
--
-- Every count groups to the thing counted first and then to the customer,
-- which is many times faster than count(distinct ...).
with

own_order_products as (
    select * from own_order_products
),

own_orders as (
    select * from own_orders
),

occasions as (
    select * from occasions
),

order_counts as (
    select customer_id, count(*) as own_orders_count
    from own_orders
    group by customer_id
),

categories as (
    select customer_id, category
    from occasions
    where brand = $brand and amount > 0
    group by customer_id, category
),

category_counts as (
    select customer_id, count(*) as own_categories_count
    from categories
    group by customer_id
),

-- a product is bought when its net amount over the order is positive
products_of_orders as (
    select
        customer_id,
        order_id,
        product_id,
        sum(amount) as amount,
        sum(deal_quantity) as deal_quantity,
        sum(bought_quantity) as bought_quantity
    from own_order_products
    group by customer_id, order_id, product_id
),

products as (
    select
        customer_id,
        product_id,
        max(case when amount > 0 and product_id is not null then 1 else 0 end)
            as is_bought,
        sum(deal_quantity) as deal_quantity,
        sum(bought_quantity) as bought_quantity
    from products_of_orders
    group by customer_id, product_id
),

product_counts as (
    select
        customer_id,
        sum(is_bought) as own_products_count,
        sum(deal_quantity) as own_deal_quantity,
        sum(bought_quantity) as own_bought_quantity
    from products
    group by customer_id
),

final as (
    select
        products.customer_id,
        coalesce(orders.own_orders_count, 0) as own_orders_count,
        coalesce(categories.own_categories_count, 0) as own_categories_count,
        products.own_products_count,
        products.own_deal_quantity,
        products.own_bought_quantity
    from product_counts as products
    left join order_counts as orders
        on products.customer_id = orders.customer_id
    left join category_counts as categories
        on products.customer_id = categories.customer_id
)

select * from final
