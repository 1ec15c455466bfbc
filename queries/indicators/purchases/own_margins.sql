-- One row per customer with own lines in the window and known costs of all
-- units kept: the margin, which is the own amount minus unit cost x quantity
-- over all lines, returns and gifts included. A product with contradictory
-- costs in stg_products has no known cost.
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

-- Empty if no cost is on file, so that nothing is computed.
any_cost as (
    select count(*) as costs_count
    from costs
    having count(*) > 0
),

-- A product returned in full has no cost, even if its unit cost is unknown.
products as (
    select
        customer_id,
        product_id,
        sum(amount) as amount,
        sum(quantity) as quantity,
        count(quantity) = count(*) as is_quantity_known
    from own_order_products
    group by customer_id, product_id
),

costed as (
    select
        products.customer_id,
        case
            when products.is_quantity_known and products.quantity = 0
                then products.amount
            else products.amount - costs.unit_cost * products.quantity
        end as margin,
        coalesce(
            products.is_quantity_known
            and (products.quantity = 0 or costs.unit_cost is not null),
            false
        ) as is_cost_known
    from products
    cross join any_cost
    left join costs
        on products.product_id = costs.product_id
),

final as (
    select
        customer_id,
        cast(coalesce(sum(margin), 0) as decimal(18, 2)) as own_margin
    from costed
    group by customer_id
    having bool_and(is_cost_known)
)

select * from final
