-- One row per line of an invoice or a credit note.
--
-- A credit note (C...) has a number of its own and names no invoice, so its
-- lines keep their date: they lower amounts and quantities, and are no order.
-- The file has no line numbers, and rows that agree in everything are kept, as
-- lines of one invoice may: lines are numbered in the order of all their
-- columns, so that the numbers do not depend on the order of rows in the file.
-- Postage, discounts and fees are lines like any other: they are money paid.
-- Lines without a customer stay, and are counted in input_quality.
with

invoice_lines as (
    select * from invoice_lines
),

numbered as (
    select
        *,
        row_number() over (
            partition by invoice
            order by
                stock_code nulls last,
                quantity nulls last,
                price nulls last,
                invoiced_at nulls last,
                customer nulls last,
                description nulls last,
                country nulls last
        ) as line_number
    from invoice_lines
),

final as (
    select
        customer as customer_id,
        invoice as order_id,
        line_number,
        invoiced_at as ordered_at,
        'shop' as brand,
        'gifts' as category,
        stock_code as product_id,
        cast(quantity as decimal(18, 3)) as quantity,
        -- some prices have three digits after the point
        cast(
            round(cast(price as decimal(18, 3)) * quantity, 2)
            as decimal(18, 2)
        ) as amount,
        starts_with(invoice, 'C') as is_return,
        'GBP' as currency
    from numbered
)

select * from final
