-- One row per customer, category and order of the window: the brand of the
-- order, which is the one with the largest amount, ties by name (B8). Orders
-- without a positive amount, and brands nobody named, are left out; so are
-- categories in which rivals are not seen.
with

occasions as (
    select * from occasions
),

final as (
    select
        customer_id,
        category,
        order_id,
        first_value(brand order by amount desc nulls last, brand nulls last)
            as brand,
        max(ordered_at) as ordered_at
    from occasions
    where $rivals_seen and amount > 0 and brand is not null
    group by customer_id, category, order_id
)

select * from final
