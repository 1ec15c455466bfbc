-- One row per customer, order and category of the own brand in the window;
-- returns are netted. A row with a positive amount is an occasion (B6). The
-- other rows are kept for the deal share.
--
-- Own lines are a small part of all lines. They are grouped separately from
-- those of rivals, so that the brand is not part of the key.
with

final as (
    select
        customer_id,
        order_id,
        category,
        max(ordered_at) as ordered_at,
        sum(quantity) as quantity,
        sum(amount) as amount,
        sum(quantity) filter (where is_deal and quantity > 0)
            as deal_quantity,
        sum(quantity) filter (where quantity > 0) as bought_quantity
    from purchases
    where
        brand = $brand
        and ordered_at >= $as_of_date - ($window_days - 1)
        and ordered_at < $as_of_date + 1
    group by customer_id, order_id, category
)

select * from final
