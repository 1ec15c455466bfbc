-- One row per order that has an order before it of the same customer in the
-- same category: the brands of the two, as ranks in brand_ranks (B8). Orders
-- follow each other by time, then by order_id.
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
        brand_rank,
        lag(category) over (
            partition by customer_id
            order by
                category nulls last, ordered_at nulls last, order_id nulls last
        ) as previous_category,
        lag(brand_rank) over (
            partition by customer_id
            order by
                category nulls last, ordered_at nulls last, order_id nulls last
        ) as previous_rank
    from order_brands
),

final as (
    select
        customer_id,
        category,
        order_id,
        previous_rank as from_rank,
        brand_rank as to_rank
    from followed
    where previous_category = category
)

select * from final
