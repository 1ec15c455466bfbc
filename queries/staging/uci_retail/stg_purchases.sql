-- One row per line of an invoice or a credit note.
--
-- A credit note (C...) has its own number and names no invoice. Its lines keep
-- their date, lower amounts and quantities, and are no order. The file has no
-- line numbers, and identical rows are kept, because an invoice may repeat a
-- line. Lines are numbered in the order of all their columns, so that the
-- numbers do not depend on the order of rows in the file. Postage, discounts
-- and fees are ordinary lines, because customers pay them. Lines without a
-- customer are kept, and counted in input_quality.
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
        -- Some prices have three decimals.
        cast(
            round(cast(price as decimal(18, 3)) * quantity, 2)
            as decimal(18, 2)
        ) as amount,
        starts_with(invoice, 'C') as is_return,
        'GBP' as currency
    from numbered
)

select * from final
