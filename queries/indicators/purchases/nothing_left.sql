-- One row per customer with own lines of the window, in the categories of
-- own_categories, but nothing left of them: what came back is worth as much as
-- what was bought, or more. Such a customer is no buyer (see occasions).
--
-- Returns count whether they carry the number of their order or one of their
-- own. Lines of unknown amount add nothing; who has only such lines is not known
-- to have nothing left.
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
