-- One row per customer with own lines of the window in the categories of
-- own_categories: the number of own orders, categories and products (B1), and
-- the own units bought and bought on deal (B4 a), net of returns. Units
-- returned under a number of their own are subtracted from all units of the
-- product in proportion, never below 0. A customer who returned all own
-- purchases has 0 orders, categories and products.
--
-- Each count groups by the counted thing first and then by customer, which is
-- many times faster than count(distinct ...).
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

nothing_left as (
    select * from nothing_left
),

order_counts as (
    select customer_id, count(*) as own_orders_count
    from own_orders
    group by customer_id
),

categories as (
    select customer_id, category
    from occasions
    where brand = $brand and is_occasion
    group by customer_id, category
),

category_counts as (
    select customer_id, count(*) as own_categories_count
    from categories
    group by customer_id
),

-- A product is bought if its net amount within an order is positive.
products_of_orders as (
    select
        customer_id,
        order_id,
        product_id,
        sum(amount) as amount,
        sum(deal_quantity) as deal_quantity,
        sum(bought_quantity) as bought_quantity,
        sum(unsure_quantity) as unsure_quantity,
        sum(excess_returned) as excess_returned
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
        sum(bought_quantity) as bought_quantity,
        sum(bought_quantity + unsure_quantity) as all_quantity,
        sum(excess_returned) as excess_returned
    from products_of_orders
    group by customer_id, product_id
),

shared as (
    select
        *,
        case
            when excess_returned = 0 then 1e0
            when excess_returned >= all_quantity then 0e0
            else 1e0 - cast(excess_returned as double)
                / cast(all_quantity as double)
        end as kept_share
    from products
),

kept_products as (
    select
        customer_id,
        is_bought,
        case when kept_share = 1 then deal_quantity
            else cast(cast(deal_quantity as double) * kept_share
                as decimal(38, 3)) end as deal_quantity,
        case when kept_share = 1 then bought_quantity
            else cast(cast(bought_quantity as double) * kept_share
                as decimal(38, 3)) end as bought_quantity
    from shared
),

product_counts as (
    select
        customer_id,
        sum(is_bought) as own_products_count,
        sum(deal_quantity) as own_deal_quantity,
        sum(bought_quantity) as own_bought_quantity
    from kept_products
    group by customer_id
),

final as (
    select
        products.customer_id,
        coalesce(orders.own_orders_count, 0) as own_orders_count,
        coalesce(categories.own_categories_count, 0) as own_categories_count,
        case when nothing_left.customer_id is null
            then products.own_products_count else 0 end
            as own_products_count,
        products.own_deal_quantity,
        products.own_bought_quantity
    from product_counts as products
    left join order_counts as orders
        on products.customer_id = orders.customer_id
    left join category_counts as categories
        on products.customer_id = categories.customer_id
    left join nothing_left
        on products.customer_id = nothing_left.customer_id
)

select * from final
