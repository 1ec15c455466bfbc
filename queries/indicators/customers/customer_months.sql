-- One row per customer, category and calendar month with own lines, over the
-- whole history up to as_of_date: the input of cohorts and of monthly
-- retention. If $categories is empty, all categories count, including those no
-- longer sold.
--
-- A purchase is an own occasion (B6): a distinct order and category with a
-- positive net amount, returns netted within the order. Its month is that of
-- the order's last line with a positive amount, in the pipeline's time zone.
-- Amounts and quantities are over all lines. A return under its own number
-- counts in the month of the return, which may have no purchase and a negative
-- amount. A customer who returned everything ever bought has no occasion.
with

purchase_lines as (
    select * from purchase_lines
),

own_orders as (
    select
        customer_id,
        order_id,
        category,
        coalesce(
            max(case when amount > 0 then ordered_at end), max(ordered_at)
        ) as ordered_at,
        sum(quantity) as quantity,
        sum(amount) as amount
    from purchase_lines
    where
        brand = $brand
        and case
            when cardinality($categories) = 0 then true
            else array_has($categories, category)
        end
    group by customer_id, order_id, category
),

months as (
    select
        customer_id,
        category,
        cast(date_trunc('month', ordered_at) as date) as month,
        sum(case when amount > 0 then 1 else 0 end) as own_occasions_count,
        sum(quantity) as own_quantity,
        coalesce(sum(amount), 0) as own_amount
    from own_orders
    group by
        customer_id, category, cast(date_trunc('month', ordered_at) as date)
),

buyers as (
    select customer_id
    from months
    group by customer_id
    having sum(own_amount) > 0
),

final as (
    select
        months.customer_id,
        months.category,
        months.month,
        case when buyers.customer_id is not null
            then months.own_occasions_count else 0 end
            as own_occasions_count,
        months.own_quantity,
        months.own_amount
    from months
    left join buyers
        on months.customer_id = buyers.customer_id
)

select * from final
