-- One row per order that follows an earlier order of the same customer in the
-- same category: the brands of the two orders (B8), as ranks. Orders are sorted
-- by time, then by order_id.
with

order_brands as (
    select * from order_brands
),

-- One sort of all rows, because a window per customer and category is much
-- slower.
followed as (
    select
        customer_id,
        category_rank,
        order_id,
        brand_rank,
        lag(customer_id) over (
            order by
                customer_id nulls last, category_rank nulls last,
                ordered_at nulls last, order_id nulls last
        ) as previous_customer_id,
        lag(category_rank) over (
            order by
                customer_id nulls last, category_rank nulls last,
                ordered_at nulls last, order_id nulls last
        ) as previous_category_rank,
        lag(brand_rank) over (
            order by
                customer_id nulls last, category_rank nulls last,
                ordered_at nulls last, order_id nulls last
        ) as previous_brand_rank
    from order_brands
),

final as (
    select
        customer_id,
        category_rank,
        order_id,
        previous_brand_rank as from_rank,
        brand_rank as to_rank
    from followed
    where
        previous_customer_id = customer_id
        and previous_category_rank = category_rank
)

select * from final
