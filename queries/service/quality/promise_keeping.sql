-- One row per dimension, value and kind of promise, and one for all kinds: the
-- share of promises fulfilled on time (E3), with its Wilson (1927) interval.
--
-- promises defines a promise and when it is kept. The dimensions are total,
-- customer_type and account_owner (the account owner when the promise was made,
-- or else the person who made it). Groups of fewer than $min_cell customers are
-- suppressed, and so are delays that concern fewer.
with

promises as (
    select * from promises
),

by_dimension as (
    select
        promise_id,
        customer_id,
        is_kept,
        delay_days,
        kind as promise_kind,
        unnest(make_array('total', 'customer_type', 'account_owner'))
            as dimension,
        unnest(
            make_array(
                'all', customer_type, coalesce(staff_member, 'unknown')
            )
        ) as dimension_value
    from promises
),

by_kind as (
    select
        dimension,
        dimension_value,
        customer_id,
        promise_id,
        is_kept,
        delay_days,
        unnest(make_array('all', promise_kind)) as kind
    from by_dimension
),

customers as (
    select
        dimension,
        dimension_value,
        kind,
        customer_id,
        case when customer_id is null then promise_id end as anonymous_id,
        count(*) as promises_count,
        sum(case when is_kept then 1 else 0 end) as kept_count,
        sum(case when not is_kept and delay_days is null then 1 else 0 end)
            as open_count,
        sum(case when not is_kept then delay_days end) as delay_days,
        count(case when not is_kept then delay_days end) as late_count
    from by_kind
    group by
        dimension, dimension_value, kind, customer_id,
        case when customer_id is null then promise_id end
),

sums as (
    select
        dimension,
        dimension_value,
        kind,
        count(*) as customers_count,
        sum(promises_count) as promises_count,
        sum(kept_count) as kept_count,
        sum(open_count) as open_count,
        sum(delay_days) as delay_days,
        sum(late_count) as late_count,
        sum(case when late_count > 0 then 1 else 0 end) as late_customers_count
    from customers
    group by dimension, dimension_value, kind
),

known_dimensions as (
    select dimension
    from sums
    where dimension <> 'account_owner' or dimension_value <> 'unknown'
    group by dimension
),

shown as (
    select
        sums.*,
        suppress(customers_count, $min_cell) over (
            partition by
                sums.dimension, sums.dimension_value, sums.kind = 'all'
            order by sums.kind nulls last
        ) as is_suppressed,
        cast(kept_count as double) / cast(promises_count as double)
            as kept_share
    from sums
    left semi join known_dimensions as known
        on sums.dimension = known.dimension
),

intervals as (
    select
        *,
        wilson_low(kept_count, promises_count, $interval_z) as kept_share_low,
        wilson_high(kept_count, promises_count, $interval_z) as kept_share_high
    from shown
),

final as (
    select
        dimension,
        dimension_value,
        kind,
        is_suppressed,
        case when not is_suppressed then promises_count end
            as promises_count,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when not is_suppressed then kept_count end as kept_count,
        case when not is_suppressed then open_count end as overdue_count,
        case when not is_suppressed then kept_share end as kept_share,
        case when not is_suppressed then kept_share_low end as kept_share_low,
        case when not is_suppressed then kept_share_high end
            as kept_share_high,
        case when not is_suppressed and late_customers_count >= $min_cell
            then late_count end as late_count,
        case when not is_suppressed and late_customers_count >= $min_cell
            then cast(delay_days as double)
                / nullif(cast(late_count as double), 0) end as mean_delay_days
    from intervals
)

select * from final
