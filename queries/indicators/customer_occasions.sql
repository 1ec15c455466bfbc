-- One row per customer with an occasion of the window in the categories of
-- own_categories: occasions, quantity and amount of the own brand and of all
-- brands, the parts of B2, B6 and B7, with what the categories' rules ask for.
--
-- Categories are pooled. The own brand is compared with its rivals only in
-- categories where these are seen: compared_* and category_* are over those.
-- A cut is weighed by the occasions (amount) of its category: needed_* is the
-- own part from which behaviour is high. An occasion counts as one part in the
-- minimum of its category: enough_share reaches 1 where occasions are enough to
-- judge, high_share where own occasions are enough for rule count.
with

occasions as (
    select * from occasions
),

own_categories as (
    select * from own_categories
),

-- 1 / minimum with 18 digits: 1e-7 covers what is cut
categories as (
    select
        category,
        rivals_seen,
        window_days,
        behaviour_cut,
        inactivity_days,
        cast(
            cast(1 as decimal(19, 18)) / min_category_occasions
            as decimal(19, 18)
        ) as enough_per_occasion,
        cast(
            cast(1 as decimal(19, 18)) / own_occasions_cut as decimal(19, 18)
        ) as high_per_occasion
    from own_categories
),

ruled as (
    select
        occasions.customer_id,
        occasions.ordered_at,
        occasions.quantity,
        occasions.amount,
        coalesce(occasions.brand = $brand, false) as is_own,
        categories.*
    from occasions
    inner join categories
        on occasions.category = categories.category
    where occasions.amount > 0
),

final as (
    select
        customer_id,
        sum(case when is_own then 1 else 0 end) as own_occasions_count,
        sum(case when is_own and rivals_seen then 1 else 0 end)
            as compared_own_occasions_count,
        sum(case when rivals_seen then 1 else 0 end)
            as category_occasions_count,
        sum(case when is_own and rivals_seen then quantity else 0 end)
            as compared_own_quantity,
        sum(case when rivals_seen then quantity else 0 end)
            as category_quantity,
        sum(case when is_own then amount else 0 end) as own_amount,
        sum(case when is_own and rivals_seen then amount else 0 end)
            as compared_own_amount,
        sum(case when rivals_seen then amount else 0 end) as category_amount,
        sum(case when rivals_seen then behaviour_cut else 0 end)
            as needed_occasions,
        sum(case when rivals_seen then behaviour_cut * amount else 0 end)
            as needed_amount,
        sum(case when rivals_seen then enough_per_occasion else 0 end)
            as enough_share,
        sum(case when is_own then high_per_occasion else 0 end) as high_share,
        max(case when is_own then ordered_at end) as last_own_ordered_at,
        max(case when is_own then window_days end) as own_window_days,
        max(case when is_own then inactivity_days end) as own_inactivity_days
    from ruled
    group by customer_id
)

select * from final
