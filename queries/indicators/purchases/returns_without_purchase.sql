-- One row per customer, document, brand and category with a return for which no
-- purchase is on file: the return names no order on file, and the customer has
-- no purchase (positive amount) of the brand and category up to the day of the
-- return. Such returns still count. Usually the purchase is older than the
-- data.
with

purchase_lines as (
    select * from purchase_lines
),

returned_orders as (
    select * from returned_orders
),

unnamed_returns as (
    select
        lines.customer_id,
        lines.document_id,
        lines.brand,
        lines.category,
        max(lines.ordered_at) as returned_at,
        count(*) as lines_count,
        sum(lines.amount) as amount
    from purchase_lines as lines
    left anti join returned_orders as orders
        on lines.customer_id = orders.customer_id
        and lines.order_id = orders.order_id
    where lines.is_return or lines.amount < 0 or lines.quantity < 0
    group by
        lines.customer_id, lines.document_id, lines.brand, lines.category
),

returning_customers as (
    select customer_id from unnamed_returns group by customer_id
),

first_purchases as (
    select
        lines.customer_id,
        lines.brand,
        lines.category,
        min(lines.ordered_at) as first_ordered_at
    from purchase_lines as lines
    left semi join returning_customers as customers
        on lines.customer_id = customers.customer_id
    where lines.amount > 0 and not lines.is_return
    group by lines.customer_id, lines.brand, lines.category
),

final as (
    select
        returns.customer_id,
        returns.document_id,
        returns.brand,
        returns.category,
        returns.returned_at,
        returns.lines_count,
        returns.amount
    from unnamed_returns as returns
    left join first_purchases as purchases
        on returns.customer_id = purchases.customer_id
        -- In parentheses, because the parser would read `and` as part of
        -- `from`.
        and (returns.brand is not distinct from purchases.brand)
        and returns.category = purchases.category
    where
        purchases.first_ordered_at is null
        or cast(purchases.first_ordered_at as date)
            > cast(returns.returned_at as date)
)

select * from final
