-- One row per customer who left (departures) and has lines in the window
-- before: the own amount of the $window_days days up to the end of the
-- relationship, extended to whole calendar months. A negative amount counts as
-- 0.
with

departures as (
    select customer_id, stopped_at from departures
),

customer_months as (
    select * from customer_months
),

summed as (
    select
        departures.customer_id,
        sum(months.own_amount) as amount
    from customer_months as months
    inner join departures
        on months.customer_id = departures.customer_id
    where
        months.month <= departures.stopped_at
        and months.month >= cast(
            date_trunc('month', departures.stopped_at - ($window_days - 1))
            as date
        )
    group by departures.customer_id
),

final as (
    select
        customer_id,
        cast(
            case when amount < 0 then 0 else amount end as decimal(18, 2)
        ) as amount
    from summed
)

select * from final
