-- One row per dimension, value, own product and week with sales: the units and
-- the amount of the group's own purchases, in total, per product, by segment
-- and by customer type, with the controls necessity, supply and competition and
-- the list price of the week. These are the points of the slopes of
-- price_sensitivity. Weeks with sales on deal only are left out, because they
-- do not show the list price.
with

product_weeks as (
    select * from product_weeks
),

list_prices as (
    select * from list_prices
),

product_register as (
    select * from product_register
),

dimensions as (
    select * from (
        values ('total'), ('product'), ('segment'), ('customer_type')
    ) as dimensions (dimension)
),

grouped_weeks as (
    select
        dimensions.dimension,
        case dimensions.dimension
            when 'segment' then weeks.segment
            when 'customer_type' then weeks.customer_type
            when 'product' then cast(weeks.product_id as varchar)
            else 'all'
        end as dimension_value,
        weeks.product_id,
        weeks.week,
        weeks.supply,
        weeks.quantity,
        weeks.amount
    from product_weeks as weeks
    cross join dimensions
),

-- A product of two categories is out of stock if it is in one of them.
pooled as (
    select
        dimension,
        dimension_value,
        product_id,
        week,
        max(supply) as supply,
        sum(quantity) as quantity,
        sum(amount) as amount
    from grouped_weeks
    group by dimension, dimension_value, product_id, week
),

changes as (
    select
        product_id,
        sum(case when is_changed then 1 else 0 end)
            as list_price_changes_count
    from list_prices
    group by product_id
),

final as (
    select
        pooled.dimension,
        pooled.dimension_value,
        pooled.product_id,
        pooled.week,
        coalesce(products.necessity, 'unknown') as necessity,
        pooled.supply,
        coalesce(products.competition, 'unknown') as competition,
        pooled.quantity,
        pooled.amount,
        list_prices.list_price,
        changes.list_price_changes_count
    from pooled
    inner join list_prices
        on pooled.product_id = list_prices.product_id
        and pooled.week = list_prices.week
    inner join changes
        on pooled.product_id = changes.product_id
    left join product_register as products
        on pooled.product_id = products.product_id
)

select * from final
