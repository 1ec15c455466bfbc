-- One row per order and own product sold in the window, with its day and week
-- (Monday to Sunday): the input of price sensitivity. Returns are netted within
-- the order. Products returned in full or given away are left out, because they
-- show no price. list_price is that of a unit bought without a deal.
with

own_order_products as (
    select * from own_order_products
),

final as (
    select
        customer_id,
        order_id,
        category,
        product_id,
        cast(ordered_at as date) as day,
        cast(date_trunc('week', ordered_at) as date) as week,
        quantity,
        amount,
        cast(
            cast(list_amount as double)
            / nullif(cast(listed_quantity as double), 0)
            as decimal(18, 6)
        ) as list_price
    from own_order_products
    where product_id is not null and quantity > 0 and amount > 0
)

select * from final
