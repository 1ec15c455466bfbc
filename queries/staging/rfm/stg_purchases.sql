-- One row per order. The file has no order ids.
--
-- Each row of the file is an order. Its id consists of customer, date and
-- revenue, and a number for identical rows, so that the ids do not depend on
-- the order of rows in the file.
with

orders as (
    select * from orders
),

numbered as (
    select
        customer_id,
        order_date,
        revenue,
        row_number() over (
            partition by customer_id, order_date, revenue
            order by customer_id nulls last
        ) as copy_number
    from orders
),

final as (
    select
        customer_id,
        customer_id || ' ' || cast(order_date as varchar)
        || ' ' || cast(revenue as varchar)
        || ' ' || cast(copy_number as varchar) as order_id,
        1 as line_number,
        cast(order_date as timestamp) as ordered_at,
        'own' as brand,
        'all' as category,
        cast(1 as decimal(18, 3)) as quantity,
        cast(revenue as decimal(18, 2)) as amount,
        false as is_return
    from numbered
)

select * from final
