-- One row per customer, order, brand and category of the window, for the
-- categories of own_categories; returns are netted within the order.
--
-- A row with a positive amount is an occasion (B6). Rows at or below zero,
-- returned in the same order or given away, are kept but are no occasion.
with

purchase_lines as (
    select * from purchase_lines
),

own_categories as (
    select * from own_categories
),

final as (
    select
        customer_id,
        order_id,
        brand,
        category,
        max(ordered_at) as ordered_at,
        sum(quantity) as quantity,
        sum(amount) as amount
    from purchase_lines
    where
        ordered_at >= $as_of_date - ($window_days - 1)
        and category in (select category from own_categories)
    group by customer_id, order_id, brand, category
)

select * from final
