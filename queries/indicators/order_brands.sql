-- One row per customer, category and order of the window: the brand of the
-- order, which is the one with the largest amount, ties by name (B8). Orders
-- without a positive amount, and brands nobody named, are left out; so are
-- categories in which rivals are not seen.
with

occasions as (
    select * from occasions
),

ranked as (
    select
        customer_id,
        category,
        order_id,
        brand,
        max(ordered_at) over (
            partition by customer_id, category, order_id
        ) as ordered_at,
        row_number() over (
            partition by customer_id, category, order_id
            order by amount desc nulls last, brand nulls last
        ) as brand_rank
    from occasions
    where $rivals_seen and amount > 0 and brand is not null
),

final as (
    select customer_id, category, order_id, brand, ordered_at
    from ranked
    where brand_rank = 1
)

select * from final
