-- One row per customer with a known time of choosing: B3, the median of
-- choice_seconds over the own purchase lines of the window (first look to
-- order; returns and gifts are no purchase). Among buyers only: of people who
-- merely look, longer looking means more buying.
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
        median(cast(lines.choice_seconds as double)) as choice_seconds_median,
        count(*) as choices_count
    from purchase_lines as lines
    inner join own_categories as categories
        on lines.category = categories.category
    where
        lines.choice_seconds is not null
        and lines.brand = $brand
        and lines.amount > 0
        and not lines.is_return
        and lines.ordered_at >= categories.window_from
    group by lines.customer_id
)

select * from final
