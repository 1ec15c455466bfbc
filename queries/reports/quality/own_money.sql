-- One row per part of the own amount of the window: buyers (from
-- customer_behaviour), customers who returned all own purchases (nothing_left),
-- and categories left out. A check stops the run unless the parts add up to the
-- total of the purchase lines.
--
-- all_amount is the sum of the lines, each category over its own window.
-- Amounts are net of returns and may be negative.
with

purchase_lines as (
    select * from purchase_lines
),

stg_category_rules as (
    select * from stg_category_rules
),

own_categories as (
    select * from own_categories
),

nothing_left as (
    select * from nothing_left
),

customer_behaviour as (
    select * from customer_behaviour
),

own_lines as (
    select
        lines.category,
        count(*) as lines_count,
        coalesce(sum(lines.amount), 0) as amount
    from purchase_lines as lines
    left join stg_category_rules as rules
        on lines.category = rules.category
    where
        lines.brand = $brand
        and lines.ordered_at
            >= $as_of_date - (coalesce(rules.window_days, $window_days) - 1)
    group by lines.category
),

all_lines as (
    select coalesce(sum(amount), 0) as all_amount
    from own_lines
),

parts as (
    select
        'buyers' as part,
        count(*) as customers_count,
        cast(null as bigint) as lines_count,
        coalesce(sum(own_amount), 0) as amount
    from customer_behaviour
    where own_occasions_count > 0
    union all
    select
        'nothing_left' as part,
        count(*) as customers_count,
        coalesce(sum(own_lines_count), 0) as lines_count,
        coalesce(sum(own_amount), 0) as amount
    from nothing_left
    union all
    select
        'category_left_out' as part,
        cast(null as bigint) as customers_count,
        coalesce(sum(own_lines.lines_count), 0) as lines_count,
        coalesce(sum(own_lines.amount), 0) as amount
    from own_lines
    left anti join own_categories as categories
        on own_lines.category = categories.category
),

final as (
    select
        parts.part,
        parts.customers_count,
        parts.lines_count,
        cast(parts.amount as decimal(38, 2)) as amount,
        cast(sum(parts.amount) over () as decimal(38, 2)) as parts_amount,
        cast(all_lines.all_amount as decimal(38, 2)) as all_amount
    from parts
    cross join all_lines
)

select * from final
