-- One row per customer who once was one and no longer is: the own money of a
-- window before the relationship stopped (departures), that is of the whole
-- calendar months that $window_days days up to that day touch. A customer who
-- returned more than was bought took no money along. No row where nothing is on
-- file of these months.
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
