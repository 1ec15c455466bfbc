-- One row per customer with at least two own orders in the window: the gaps
-- between consecutive own orders in calendar days (0 for two orders on one
-- day). The median gap predicts the next order (B11). The coefficient of
-- variation (sample standard deviation / mean) measures regularity and needs
-- two gaps.
--
-- Gaps are whole days, so the standard deviation comes from exact sums.
with

own_orders as (
    select * from own_orders
),

-- One sort of all rows, because a window per customer is much slower.
days as (
    select
        customer_id,
        cast(ordered_at as date) as ordered_on,
        lag(customer_id) over (
            order by
                customer_id nulls last, ordered_at nulls last,
                order_id nulls last
        ) as previous_customer_id,
        lag(cast(ordered_at as date)) over (
            order by
                customer_id nulls last, ordered_at nulls last,
                order_id nulls last
        ) as previous_ordered_on
    from own_orders
),

gaps as (
    select
        customer_id,
        ordered_on - previous_ordered_on as gap_days
    from days
    where previous_customer_id = customer_id
),

summed as (
    select
        customer_id,
        count(*) as gaps_count,
        median(cast(gap_days as double)) as gap_days_median,
        sum(gap_days) as gap_days_sum,
        sum(gap_days * gap_days) as gap_days_squares
    from gaps
    group by customer_id
),

final as (
    select
        customer_id,
        gaps_count,
        gap_days_median,
        sqrt(
            cast(
                gaps_count * gap_days_squares - gap_days_sum * gap_days_sum
                as double
            )
            / nullif(cast(gaps_count * (gaps_count - 1) as double), 0)
        )
        / nullif(
            cast(gap_days_sum as double) / cast(gaps_count as double), 0
        ) as gap_days_variation
    from summed
)

select * from final
