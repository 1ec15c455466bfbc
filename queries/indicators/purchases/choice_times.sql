-- One row per customer with a known decision time: the median of choice_seconds
-- (first look to order) over the own purchase lines of the window (B3), without
-- returns and gifts. Only buyers count; among visitors in general, a longer
-- look means a higher chance of purchase.
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
