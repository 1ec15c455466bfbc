-- One row per own product and whole week of the window with sales without a
-- deal: the list price of the week, and whether it changed since the last such
-- week.
--
-- The list price of a unit is the price for every customer (list_amount of
-- purchase_lines). If a week has several, because the price changed or shops
-- differ, their median over units counts, the lower of two. A change is a
-- difference of at least $list_price_change_cut of the earlier price. Weeks run
-- from Monday to Sunday, as in product_weeks.
with

product_sales as (
    select * from product_sales
),

own_categories as (
    select * from own_categories
),

prices as (
    select
        sales.product_id,
        sales.week,
        sales.list_price,
        sum(sales.quantity) as quantity
    from product_sales as sales
    inner join own_categories as categories
        on sales.category = categories.category
    where
        sales.week >= categories.window_from
        and sales.week + 6 <= $as_of_date
        and sales.list_price > 0
    group by sales.product_id, sales.week, sales.list_price
),

ordered as (
    select
        product_id,
        week,
        list_price,
        sum(quantity) over (
            partition by product_id, week
            order by list_price nulls last
        ) as quantity_up_to,
        sum(quantity) over (partition by product_id, week) as quantity
    from prices
),

medians as (
    select product_id, week, min(list_price) as list_price
    from ordered
    where 2 * quantity_up_to >= quantity
    group by product_id, week
),

compared as (
    select
        *,
        lag(list_price) over (
            partition by product_id order by week nulls last
        ) as previous_list_price
    from medians
),

final as (
    select
        product_id,
        week,
        list_price,
        coalesce(
            abs(list_price - previous_list_price)
            >= $list_price_change_cut * previous_list_price,
            false
        ) as is_changed
    from compared
)

select * from final
