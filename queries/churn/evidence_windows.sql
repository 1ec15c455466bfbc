-- One row per customer whose signs of leaving are examined: customers who left
-- in the window of $window_days whole days that end with as_of_date, and a
-- comparison group of customers who stayed.
--
-- Dates of customers who left come from departures. Each customer who stayed is
-- assigned the stop date of one who left, in turn by the order of a hash, so
-- that both groups are observed over the same time of the year (frequency
-- matching; Rothman, Greenland and Lash, Modern Epidemiology, 3rd ed., ch. 11).
-- Their days begin with the last own order of the window up to that date, and
-- end when the customer would have counted as gone. The order must be at least
-- that old; customers without such an order have no row. Observation of closed
-- accounts ends with the closing, so fewer days can show a sign.
with

departures as (
    select * from departures
    where left_at >= $as_of_date - ($window_days - 1)
),

customer_activity as (
    select customer_id
    from customer_activity
    where is_active and is_leaving_judged
),

behaviour_measures as (
    select customer_id, inactivity_days, gap_days_median
    from behaviour_measures
),

own_orders as (
    select customer_id, cast(ordered_at as date) as ordered_on
    from own_orders
),

-- The days of silence allowed, as in departures.
allowed as (
    select
        activity.customer_id,
        greatest(
            measures.inactivity_days,
            coalesce(
                cast(floor($gap_factor * measures.gap_days_median) as integer),
                0
            )
        ) as silence_days
    from customer_activity as activity
    inner join behaviour_measures as measures
        on activity.customer_id = measures.customer_id
),

stops as (
    select
        stopped_at,
        row_number() over (
            order by stopped_at nulls last, customer_id nulls last
        ) - 1 as stop_number,
        count(*) over () as stops_count
    from departures
),

numbered as (
    select
        *,
        row_number() over (
            order by
                md5(cast(customer_id as varchar)) nulls last,
                customer_id nulls last
        ) - 1 as turn
    from allowed
),

matched as (
    select
        numbered.customer_id,
        numbered.silence_days,
        least(
            stops.stopped_at, $as_of_date - (numbered.silence_days + 1)
        ) as latest_on
    from numbered
    inner join stops
        on numbered.turn % stops.stops_count = stops.stop_number
),

stayed as (
    select
        matched.customer_id,
        matched.silence_days,
        max(orders.ordered_on) as ordered_on
    from matched
    inner join own_orders as orders
        on matched.customer_id = orders.customer_id
    where orders.ordered_on <= matched.latest_on
    group by matched.customer_id, matched.silence_days
),

final as (
    select
        customer_id,
        true as has_left,
        stopped_at,
        left_at
    from departures
    union all
    select
        customer_id,
        false as has_left,
        ordered_on as stopped_at,
        ordered_on + (silence_days + 1) as left_at
    from stayed
)

select * from final
