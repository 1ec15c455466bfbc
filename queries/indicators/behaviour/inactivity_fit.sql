-- One row: whether the days of silence after which customers count as gone
-- (inactivity_days) fit what customers do.
--
-- Gaps: days from one own purchase day of a customer to the next in the window.
-- Each is a silence after which the customer came back.
-- suggested_inactivity_days: their 90th percentile, the smallest number of days
-- that at least nine in ten gaps do not exceed. A gap is longer than allowed
-- where it exceeds the inactivity_days that hold for the customer (the longest
-- of the categories bought). Left: of the own buyers of the window who are judged
-- by their purchases (customer_activity), those who count as gone.
-- The days contradict the data where more than one gap in ten is longer than
-- allowed, beyond chance (lower end of the Wilson interval), that is, where more
-- is suggested than is used; or where nine in ten customers count as gone; both
-- of at least 30. Then silence makes nobody a former customer.
with

own_orders as (
    select customer_id, cast(ordered_at as date) as ordered_on from own_orders
),

behaviour_measures as (
    select customer_id, inactivity_days, own_occasions_count
    from behaviour_measures
),

customer_activity as (
    select * from customer_activity where judged_by = 'purchases'
),

order_days as (
    select customer_id, ordered_on
    from own_orders
    group by customer_id, ordered_on
),

following_days as (
    select
        customer_id,
        lead(ordered_on) over (
            partition by customer_id
            order by ordered_on nulls last
        ) - ordered_on as gap_days
    from order_days
),

gaps as (
    select
        days.gap_days,
        days.gap_days > measures.inactivity_days as is_longer,
        count(*) as gaps_count
    from following_days as days
    inner join behaviour_measures as measures
        on days.customer_id = measures.customer_id
    where days.gap_days is not null
    group by 1, 2
),

gap_lengths as (
    select
        gap_days,
        sum(gaps_count) as gaps_count,
        sum(case when is_longer then gaps_count else 0 end) as longer_count
    from gaps
    group by gap_days
),

cumulated as (
    select
        *,
        sum(gaps_count) over (order by gap_days nulls last) as up_to_count,
        sum(gaps_count) over () as all_count
    from gap_lengths
),

-- one row, also without any gap
gap_sums as (
    select
        coalesce(sum(gaps_count), 0) as gaps_count,
        coalesce(sum(longer_count), 0) as longer_count,
        min(case when 10 * up_to_count >= 9 * all_count then gap_days end)
            as suggested_inactivity_days
    from cumulated
),

buyer_sums as (
    select
        count(*) as judged_count,
        coalesce(sum(case when activity.is_active then 0 else 1 end), 0)
            as left_count
    from customer_activity as activity
    inner join behaviour_measures as measures
        on activity.customer_id = measures.customer_id
    where measures.own_occasions_count > 0
),

shares as (
    select
        *,
        cast(longer_count as double) / nullif(gaps_count, 0)
            as longer_gaps_share,
        cast(nullif(gaps_count, 0) as double) as n,
        cast($interval_z as double) as z
    from gap_sums
),

final as (
    select
        cast($inactivity_days as bigint) as inactivity_days,
        cast(gaps.suggested_inactivity_days as bigint)
            as suggested_inactivity_days,
        gaps.gaps_count,
        gaps.longer_gaps_share,
        buyers.judged_count as customers_count,
        cast(buyers.left_count as double) / nullif(buyers.judged_count, 0)
            as left_share,
        coalesce(
            gaps.gaps_count >= 30
            and (
                longer_gaps_share + z * z / (2 * n)
                - z * sqrt(
                    longer_gaps_share * (1 - longer_gaps_share) / n
                    + z * z / (4 * n * n)
                )
            ) / (1 + z * z / n) > 1e-1
            or buyers.judged_count >= 30
                and 10 * buyers.left_count >= 9 * buyers.judged_count,
            false
        ) as is_contradicted
    from shares as gaps
    cross join buyer_sums as buyers
)

select * from final
