-- One row per customer whose own occasions of the window all consist of
-- products with a known cost: the margin, that is the own amount less unit
-- cost x quantity. A product that stg_products gives two costs has none.
with

own_order_products as (
    select * from own_order_products
),

stg_products as (
    select * from stg_products
),

costs as (
    select product_id, min(unit_cost) as unit_cost
    from stg_products
    where product_id is not null and unit_cost is not null
    group by product_id
    having min(unit_cost) = max(unit_cost)
),

-- without any cost there is nothing to add up
any_cost as (
    select count(*) as costs_count
    from costs
    having count(*) > 0
),

occasions as (
    select
        products.customer_id,
        products.order_id,
        products.category,
        sum(products.amount) as amount,
        sum(products.amount - costs.unit_cost * products.quantity) as margin,
        sum(
            case when costs.unit_cost is null or products.quantity is null
                then 1 else 0 end
        ) as unknown_costs_count
    from own_order_products as products
    cross join any_cost
    left join costs
        on products.product_id = costs.product_id
    group by products.customer_id, products.order_id, products.category
),

final as (
    select
        customer_id,
        cast(sum(margin) as decimal(18, 2)) as own_margin
    from occasions
    where amount > 0
    group by customer_id
    having sum(unknown_costs_count) = 0
)

select * from final
