-- One row per customer with any line of a rival in the window, within the
-- categories of the own brand. An occasion is a distinct (order, brand,
-- category) with a positive net amount. This grouping is the costliest step of
-- the run, so it holds only the columns that are needed.
with

rival_occasions as (
    select
        customer_id,
        order_id,
        brand,
        category,
        sum(quantity) as quantity,
        sum(amount) as amount
    from purchases
    where
        brand <> $brand
        and ordered_at >= $as_of_date - ($window_days - 1)
        and ordered_at < $as_of_date + 1
        and category in (select category from own_categories)
    group by customer_id, order_id, brand, category
),

final as (
    select
        customer_id,
        count(*) filter (where amount > 0) as occasions_count,
        sum(quantity) filter (where amount > 0) as quantity,
        sum(amount) filter (where amount > 0) as amount
    from rival_occasions
    group by customer_id
)

select * from final
