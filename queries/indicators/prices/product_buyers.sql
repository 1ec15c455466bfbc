-- One row per customer and own product bought in a whole week of the window:
-- the states of supply in which it was bought, used to count the customers
-- behind the slopes of price_sensitivity.
with

product_sales as (
    select * from product_sales
),

product_weeks as (
    select * from product_weeks
),

-- A week has one state of supply, unless the product is sold in two categories.
-- stock_out then comes before normal.
week_supply as (
    select product_id, week, max(supply) as supply
    from product_weeks
    group by product_id, week
),

final as (
    select
        sales.customer_id,
        sales.product_id,
        max(case when weeks.supply = 'normal' then 1 else 0 end) = 1
            as is_bought_in_normal,
        max(case when weeks.supply = 'stock_out' then 1 else 0 end) = 1
            as is_bought_in_stock_out
    from product_sales as sales
    inner join week_supply as weeks
        on sales.product_id = weeks.product_id
        and sales.week = weeks.week
    group by sales.customer_id, sales.product_id
)

select * from final
