-- One row per customer, category and calendar month with an own purchase, over
-- the whole history up to as_of_date: the base of cohorts and of monthly
-- retention.
--
-- A purchase is an own occasion (B6): a distinct order and category with a
-- positive net amount, returns netted within the order. It belongs to the
-- month of the order's last line with a positive amount. Months are calendar
-- months in the pipeline's time zone. With $categories only those count, else
-- all: a category that is no longer sold was one of its time's purchases.
with

purchase_lines as (
    select * from purchase_lines
),

own_orders as (
    select
        customer_id,
        order_id,
        category,
        max(case when amount > 0 then ordered_at end) as ordered_at,
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

final as (
    select
        customer_id,
        category,
        cast(date_trunc('month', ordered_at) as date) as month,
        count(*) as own_occasions_count,
        sum(quantity) as own_quantity,
        sum(amount) as own_amount
    from own_orders
    where amount > 0
    group by
        customer_id, category, cast(date_trunc('month', ordered_at) as date)
)

select * from final
