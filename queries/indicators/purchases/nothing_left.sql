-- One row per customer who returned all own purchases of the window in the
-- categories of own_categories: the net amount is 0 or negative. Such a
-- customer does not count as a buyer (see occasions).
--
-- Returns count under the number of their order or under a number of their own.
-- Lines of unknown amount do not count; a customer with only such lines has no
-- row.
with

purchase_lines as (
    select * from purchase_lines
),

own_categories as (
    select * from own_categories
),

final as (
    select
        lines.customer_id,
        count(*) as own_lines_count,
        sum(lines.amount) as own_amount
    from purchase_lines as lines
    inner join own_categories as categories
        on lines.category = categories.category
    where
        lines.brand = $brand
        and lines.ordered_at >= categories.window_from
    group by lines.customer_id
    having sum(lines.amount) <= 0
)

select * from final
