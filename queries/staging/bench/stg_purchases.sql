-- One row per generated purchase line. Returns are the lines with a negative
-- quantity.
with

purchases as (
    select * from purchases
),

final as (
    select
        customer_id,
        order_id,
        line_number,
        ordered_at,
        brand,
        category,
        product_id,
        cast(quantity as decimal(18, 3)) as quantity,
        amount,
        is_deal,
        quantity < 0 as is_return,
        channel
    from purchases
)

select * from final
