-- One row per dimension, value, own product and week with sales: the units and
-- the money of the group's own purchases, in total, per product, by segment and
-- by customer type, with the three controls necessity, supply and competition.
-- What the slopes of price_sensitivity are made of.
with

product_weeks as (
    select * from product_weeks
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

-- a product that is sold in two categories is out of stock where one of them is
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
        pooled.amount
    from pooled
    left join product_register as products
        on pooled.product_id = products.product_id
)

select * from final
