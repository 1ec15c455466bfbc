-- One row per clean purchase line, of all brands, up to and with as_of_date.
--
-- Left out (and counted in input_quality): lines without customer, order or
-- time, lines after as_of_date, and all but one copy of a duplicate (order,
-- line number). The copy that stays is the latest; among equally late ones the
-- first in the order of the remaining columns, so that it does not depend on
-- the order of rows in the files. Add a column here when a query needs it.
with

stg_purchases as (
    select * from stg_purchases
),

duplicate_purchase_lines as (
    select * from duplicate_purchase_lines
),

usable as (
    select *
    from stg_purchases
    where
        customer_id is not null
        and order_id is not null
        and ordered_at < $as_of_date + 1
),

single_lines as (
    select usable.*
    from usable
    left anti join duplicate_purchase_lines as duplicates
        on usable.order_id = duplicates.order_id
        and usable.line_number = duplicates.line_number
),

numbered_copies as (
    select
        usable.*,
        row_number() over (
            partition by usable.order_id, usable.line_number
            order by
                usable.ordered_at desc nulls last,
                usable.customer_id nulls last,
                usable.brand nulls last,
                usable.category nulls last,
                usable.product_id nulls last,
                usable.amount desc nulls last,
                usable.quantity desc nulls last,
                usable.is_deal nulls last,
                usable.is_return nulls last,
                usable.channel nulls last,
                usable.choice_seconds nulls last
        ) as copy_number
    from usable
    inner join duplicate_purchase_lines as duplicates
        on usable.order_id = duplicates.order_id
        and usable.line_number = duplicates.line_number
),

lines as (
    select
        customer_id, order_id, line_number, ordered_at, brand, category,
        product_id, quantity, amount, is_deal, is_return, channel,
        choice_seconds
    from single_lines
    union all
    select
        customer_id, order_id, line_number, ordered_at, brand, category,
        product_id, quantity, amount, is_deal, is_return, channel,
        choice_seconds
    from numbered_copies
    where copy_number = 1
),

final as (
    select
        customer_id,
        order_id,
        line_number,
        ordered_at,
        brand,
        coalesce(category, 'uncategorised') as category,
        product_id,
        quantity,
        amount,
        is_deal,
        coalesce(is_return, false) as is_return,
        channel,
        choice_seconds
    from lines
)

select * from final
