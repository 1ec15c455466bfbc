-- One row per own product whose price changed in the window, day of the change
-- and customer: the units bought in the $price_change_days days before the
-- change and in as many days from the change on.
--
-- A change without any sale in both spans has one row without a customer. If a
-- product has contradictory changes on one day, the prices are NULL.
with

product_sales as (
    select * from product_sales
),

own_categories as (
    select * from own_categories
),

stg_price_changes as (
    select * from stg_price_changes
),

own_products as (
    select product_id, min(category) as category
    from product_sales
    group by product_id
),

changes as (
    select
        changes.product_id,
        own_products.category,
        categories.window_from,
        cast(changes.changed_at as date) as changed_on,
        case when min(changes.old_price) = max(changes.old_price)
            then min(changes.old_price) end as price_before,
        case when min(changes.new_price) = max(changes.new_price)
            then min(changes.new_price) end as price_after
    from stg_price_changes as changes
    inner join own_products
        on changes.product_id = own_products.product_id
    inner join own_categories as categories
        on own_products.category = categories.category
    where
        changes.changed_at >= categories.window_from
        and changes.changed_at < $as_of_date + 1
    group by
        changes.product_id,
        own_products.category,
        categories.window_from,
        cast(changes.changed_at as date)
),

final as (
    select
        changes.product_id,
        changes.category,
        changes.window_from,
        changes.changed_on,
        sales.customer_id,
        changes.price_before,
        changes.price_after,
        sum(
            case when sales.day < changes.changed_on
                then sales.quantity else 0 end
        ) as quantity_before,
        sum(
            case when sales.day >= changes.changed_on
                then sales.quantity else 0 end
        ) as quantity_after
    from changes
    left join product_sales as sales
        on changes.product_id = sales.product_id
        and sales.day >= changes.changed_on - $price_change_days
        and sales.day < changes.changed_on + $price_change_days
    group by
        changes.product_id,
        changes.category,
        changes.window_from,
        changes.changed_on,
        sales.customer_id,
        changes.price_before,
        changes.price_after
)

select * from final
