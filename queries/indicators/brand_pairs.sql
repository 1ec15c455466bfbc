-- One row per order that has an order before it of the same customer in the
-- same category: the brands of the two (B8). Order by time, then order_id.
with

order_brands as (
    select * from order_brands
),

-- one sort per customer: many small partitions of customer and category cost
-- twice the time
followed as (
    select
        customer_id,
        category,
        order_id,
        brand,
        lag(category) over (
            partition by customer_id
            order by
                category nulls last, ordered_at nulls last, order_id nulls last
        ) as previous_category,
        lag(brand) over (
            partition by customer_id
            order by
                category nulls last, ordered_at nulls last, order_id nulls last
        ) as previous_brand
    from order_brands
),

final as (
    select
        customer_id,
        category,
        order_id,
        previous_brand as from_brand,
        brand as to_brand
    from followed
    where previous_category = category
)

select * from final
