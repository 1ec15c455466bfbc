-- One row per own order with a promised delivery, over the whole history up to
-- as_of_date: the promised and the actual delivery, in calendar days.
--
-- The promise of an order is that of its latest line. The order is delivered
-- when every promised line is; returned lines do not count. A delivery after
-- as_of_date counts as not delivered.
with

stg_purchases as (
    select * from stg_purchases
),

orders as (
    select
        customer_id,
        order_id,
        min(ordered_at) as ordered_at,
        max(promised_at) as promised_at,
        case
            when count(
                case when delivered_at < $as_of_date + 1 then 1 end
            ) = count(*) then max(delivered_at)
        end as delivered_at
    from stg_purchases
    where
        promised_at is not null
        and customer_id is not null
        and order_id is not null
        and brand = $brand
        and ordered_at < $as_of_date + 1
        and not coalesce(is_return, false)
    group by customer_id, order_id
),

final as (
    select
        customer_id,
        order_id,
        ordered_at,
        promised_at,
        delivered_at,
        cast(promised_at as date) - cast(ordered_at as date) as promised_days,
        cast(delivered_at as date) - cast(ordered_at as date)
            as delivered_days,
        cast(delivered_at as date) - cast(promised_at as date) as gap_days
    from orders
)

select * from final
