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
        customer_id,
        order_id,
        category,
        product_id,
        min(ordered_at) as ordered_at,
        sum(quantity) as quantity,
        sum(amount) as amount,
        -- returned units are in neither; an unknown deal is in neither
        sum(
            case when is_deal and not is_return and quantity > 0
                then quantity else 0 end
        ) as deal_quantity,
        sum(
            case when is_deal is not null and not is_return and quantity > 0
                then quantity else 0 end
        ) as bought_quantity,
        min(channel) as channel
    from purchase_lines
    where
        brand = $brand
        and ordered_at >= $as_of_date - ($window_days - 1)
        and category in (select category from own_categories)
    group by customer_id, order_id, category, product_id
)

select * from final
