-- One row per customer, order, category and product of the own brand in the
-- window, for the categories of own_categories; returns are netted within the
-- order. The one pass over the own lines of the window: how many own products
-- (B1), units on deal (B4 a) and channels there are is counted from here.
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
        lines.order_id,
        lines.category,
        lines.product_id,
        min(lines.ordered_at) as ordered_at,
        sum(lines.quantity) as quantity,
        sum(lines.amount) as amount,
        -- returned units are in neither; an unknown deal is in neither
        sum(
            case when lines.is_deal and not lines.is_return
                and lines.quantity > 0 then lines.quantity else 0 end
        ) as deal_quantity,
        sum(
            case when lines.is_deal is not null and not lines.is_return
                and lines.quantity > 0 then lines.quantity else 0 end
        ) as bought_quantity,
        min(lines.channel) as channel
    from purchase_lines as lines
    inner join own_categories as categories
        on lines.category = categories.category
    where
        lines.brand = $brand
        and lines.ordered_at >= categories.window_from
        and lines.ordered_at >= (select min(window_from) from own_categories)
    group by
        lines.customer_id, lines.order_id, lines.category, lines.product_id
)

select * from final
