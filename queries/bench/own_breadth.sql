-- One row per customer with an own occasion in the window: the number of
-- categories bought.
with

customer_categories as (
    select customer_id, category
    from own_occasions
    where amount > 0
    group by customer_id, category
),

final as (
    select customer_id, count(*) as categories_count
    from customer_categories
    group by customer_id
)

select * from final
