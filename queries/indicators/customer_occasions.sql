-- One row per customer with any line of the window in the categories of
-- own_categories: occasions, quantity and amount of the own brand and of all
-- brands on file, the parts of B2, B6 and B7. Categories are pooled. Whether
-- rivals are on file at all ($rivals_seen) is judged in customer_behaviour.
with

occasions as (
    select
        customer_id,
        ordered_at,
        quantity,
        amount,
        brand = $brand as is_own
    from occasions
    where amount > 0
),

final as (
    select
        customer_id,
        sum(case when is_own then 1 else 0 end) as own_occasions_count,
        count(*) as category_occasions_count,
        sum(case when is_own then quantity else 0 end) as own_quantity,
        sum(quantity) as category_quantity,
        sum(case when is_own then amount else 0 end) as own_amount,
        sum(amount) as category_amount,
        max(case when is_own then ordered_at end) as last_own_ordered_at
    from occasions
    group by customer_id
)

select * from final
