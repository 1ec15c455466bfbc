-- One row per customer, order, brand and category, within the window of the
-- category, for the categories of own_categories; returns are netted within the
-- order.
--
-- A row with a positive amount is an occasion (B6), unless it is of the own
-- brand and the customer returned all own purchases (nothing_left). Rows at or
-- below zero (returned or given away) are no occasion, but their amount and
-- quantity count. The time of a row is that of its latest line with a positive
-- amount, so a later return does not move it. A row without such a line has the
-- time of its latest line.
with

purchase_lines as (
    select * from purchase_lines
),

own_categories as (
    select * from own_categories
),

nothing_left as (
    select * from nothing_left
),

netted as (
    select
        lines.customer_id,
        lines.order_id,
        lines.brand,
        lines.category,
        coalesce(
            max(case when lines.amount > 0 then lines.ordered_at end),
            max(lines.ordered_at)
        ) as ordered_at,
        sum(lines.quantity) as quantity,
        sum(lines.amount) as amount
    from purchase_lines as lines
    inner join own_categories as categories
        on lines.category = categories.category
    where
        lines.ordered_at >= categories.window_from
        -- Filters before the join, for speed.
        and lines.ordered_at >= (select min(window_from) from own_categories)
    group by lines.customer_id, lines.order_id, lines.brand, lines.category
),

final as (
    select
        netted.*,
        coalesce(
            netted.amount > 0
            and (
                nothing_left.customer_id is null
                or netted.brand is distinct from $brand
            ),
            false
        ) as is_occasion
    from netted
    left join nothing_left
        on netted.customer_id = nothing_left.customer_id
)

select * from final
