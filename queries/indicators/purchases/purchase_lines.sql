-- One row per usable purchase line, of all brands, up to and including
-- as_of_date. Add a column here when a query needs it.
--
-- Left out (and counted in input_quality): lines without customer, order or
-- time, lines after as_of_date, and all but one copy of a duplicate: the same
-- order, line number, customer, day, product, brand, category, quantity, amount
-- and return. Lines that share a number and differ in one of these are all kept
-- (duplicate_purchase_lines). The copy that stays is the latest; among equally
-- late ones the first in the order of the remaining columns, so that it does not
-- depend on the order of rows in the files. Add a column here when a query needs
-- it.
--
-- A return that names an order on file (returned_orders) becomes a line of that
-- order and has its time. Other lines keep their own. document_id is the number
-- that the line itself carries. If purchase_currencies finds a currency that is
-- not allowed, its check stops the run.
--
-- A price that every card holder pays is no deal: deal_kind, if given, takes
-- precedence over is_deal. list_amount is what every customer would have paid
-- for the line. It is NULL for a line bought on deal, because the price before
-- the deal may be above the card price.
with

stg_purchases as (
    select * from stg_purchases
),

purchase_currencies as (
    select * from purchase_currencies
),

returned_orders as (
    select * from returned_orders
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
        -- Currencies are checked before any amount is added.
        and (
            select count(*) from purchase_currencies where not is_expected
        ) = 0
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
            partition by
                usable.order_id, usable.line_number, usable.customer_id,
                cast(usable.ordered_at as date), usable.product_id,
                usable.brand, usable.category, usable.quantity, usable.amount,
                coalesce(usable.is_return, false)
            order by
                usable.ordered_at desc nulls last,
                usable.is_deal nulls last,
                usable.channel nulls last,
                usable.choice_seconds nulls last,
                usable.returned_order_id nulls last,
                usable.deal_kind nulls last,
                usable.list_amount desc nulls last,
                usable.is_return nulls last
        ) as copy_number
    from usable
    inner join duplicate_purchase_lines as duplicates
        on usable.order_id = duplicates.order_id
        and usable.line_number = duplicates.line_number
),

lines as (
    select
        customer_id, order_id, line_number, ordered_at, brand, category,
        product_id, quantity, amount, list_amount, is_deal, deal_kind,
        is_return, channel, choice_seconds, returned_order_id
    from single_lines
    union all
    select
        customer_id, order_id, line_number, ordered_at, brand, category,
        product_id, quantity, amount, list_amount, is_deal, deal_kind,
        is_return, channel, choice_seconds, returned_order_id
    from numbered_copies
    where copy_number = 1
),

-- Only returns have a key to look up.
keyed as (
    select
        *,
        case
            when deal_kind in ('promotion', 'coupon') then true
            when deal_kind = 'shelf_card' then false
            else is_deal
        end as is_real_deal,
        case when is_return or amount < 0 or quantity < 0
            then customer_id end as returning_customer_id,
        case when is_return or amount < 0 or quantity < 0
            then coalesce(cast(returned_order_id as varchar), '') end
            as named_id
    from lines
),

final as (
    select
        lines.customer_id,
        coalesce(orders.order_id, lines.order_id) as order_id,
        lines.order_id as document_id,
        lines.line_number,
        coalesce(orders.ordered_at, lines.ordered_at) as ordered_at,
        lines.brand,
        coalesce(lines.category, 'uncategorised') as category,
        lines.product_id,
        lines.quantity,
        lines.amount,
        case
            when lines.is_real_deal then null
            when lines.deal_kind = 'shelf_card' then lines.amount
            else coalesce(lines.list_amount, lines.amount)
        end as list_amount,
        lines.is_real_deal as is_deal,
        coalesce(lines.is_return, false) as is_return,
        lines.channel,
        lines.choice_seconds
    from keyed as lines
    left join returned_orders as orders
        on lines.returning_customer_id = orders.customer_id
        and lines.order_id = orders.return_id
        and lines.named_id = orders.named_id
)

select * from final
