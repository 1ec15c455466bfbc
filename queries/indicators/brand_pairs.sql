-- One row per order that has an order before it of the same customer in the
-- same category: the brands of the two (B8). Order by time, then order_id.
with

order_brands as (
    select * from order_brands
),

paired as (
    select
        customer_id,
        category,
        order_id,
        lag(brand) over (
            partition by customer_id, category
            order by ordered_at nulls last, order_id nulls last
        ) as from_brand,
        brand as to_brand
    from order_brands
),

final as (
    select customer_id, category, order_id, from_brand, to_brand
    from paired
    where from_brand is not null
)

select * from final
