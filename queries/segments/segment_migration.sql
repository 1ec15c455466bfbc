-- One row per dimension, value, earlier segment and segment now: customers who
-- went that way since the run that this one is compared with, and their share
-- of the earlier segment, in total and by customer type (today's, or the last
-- known). 'new' are customers who were not there, 'lost' those who no longer
-- are. Without an earlier run the table is empty.
--
-- Fewer than $min_cell customers are suppressed, and where that is one way out
-- of a segment alone, the next smallest with it: the shares of the others would
-- disclose it.
--
-- The verdict is about the loyal core, the true segment: growing where more
-- customers came than left, draining where more left, else steady.
with

customer_loyalty as (
    select customer_id, segment, customer_type from customer_loyalty
),

previous_customer_loyalty as (
    select customer_id, segment, customer_type from previous_customer_loyalty
),

has_previous as (
    select count(*) > 0 as has_previous from previous_customer_loyalty
),

customers as (
    select
        coalesce(today.customer_type, before.customer_type, 'unknown')
            as customer_type,
        coalesce(before.segment, 'new') as from_segment,
        coalesce(today.segment, 'lost') as to_segment
    from customer_loyalty as today
    full outer join previous_customer_loyalty as before
        on today.customer_id = before.customer_id
),

by_type as (
    select
        customer_type,
        from_segment,
        to_segment,
        count(*) as customers_count
    from customers
    group by customer_type, from_segment, to_segment
),

moves as (
    select
        'total' as dimension,
        'all' as dimension_value,
        from_segment,
        to_segment,
        sum(customers_count) as customers_count
    from by_type
    group by from_segment, to_segment
    union all
    select
        'customer_type' as dimension,
        customer_type as dimension_value,
        from_segment,
        to_segment,
        customers_count
    from by_type
),

totals as (
    select
        dimension,
        dimension_value,
        from_segment,
        sum(customers_count) as customers
    from moves
    group by dimension, dimension_value, from_segment
),

core as (
    select
        dimension,
        dimension_value,
        coalesce(sum(case when to_segment = 'true_loyalty' and from_segment <> 'true_loyalty'
            then customers_count end), 0) as gained,
        coalesce(sum(case when from_segment = 'true_loyalty' and to_segment <> 'true_loyalty'
            then customers_count end), 0) as drained
    from moves
    group by dimension, dimension_value
),

marked as (
    select
        moves.dimension,
        moves.dimension_value,
        moves.from_segment,
        moves.to_segment,
        moves.customers_count,
        totals.customers,
        suppress(moves.customers_count, $min_cell) over (
            partition by
                moves.dimension, moves.dimension_value, moves.from_segment
            order by moves.to_segment nulls last
        ) as is_suppressed,
        case
            when core.gained > core.drained then 'growing'
            when core.gained < core.drained then 'draining'
            else 'steady'
        end as verdict
    from moves
    inner join totals
        on moves.dimension = totals.dimension
        and moves.dimension_value = totals.dimension_value
        and moves.from_segment = totals.from_segment
    inner join core
        on moves.dimension = core.dimension
        and moves.dimension_value = core.dimension_value
    cross join has_previous
    where has_previous.has_previous
),

final as (
    select
        dimension,
        dimension_value,
        from_segment,
        to_segment,
        is_suppressed,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when customers >= $min_cell then customers end as n,
        case when not is_suppressed
            then customers_count / nullif(cast(customers as double), 0) end
            as row_share,
        verdict
    from marked
)

select * from final
