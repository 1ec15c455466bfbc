-- One row per earlier segment and segment now: customers who went that way
-- since the run that this one is compared with, and their share of the earlier
-- segment. 'new' are customers who were not there, 'lost' those who no longer
-- are. Without an earlier run the table is empty.
--
-- Fewer than $min_cell customers are suppressed, and where that is one way out
-- of a segment alone, the next smallest with it: the shares of the others would
-- give it away.
--
-- The verdict is about the loyal core, the true segment: growing where more
-- customers came than left, draining where more left, else steady.
with

customer_loyalty as (
    select customer_id, segment from customer_loyalty
),

previous_customer_loyalty as (
    select customer_id, segment from previous_customer_loyalty
),

has_previous as (
    select count(*) > 0 as has_previous from previous_customer_loyalty
),

moves as (
    select
        coalesce(before.segment, 'new') as from_segment,
        coalesce(today.segment, 'lost') as to_segment,
        count(*) as customers_count
    from customer_loyalty as today
    full outer join previous_customer_loyalty as before
        on today.customer_id = before.customer_id
    group by coalesce(before.segment, 'new'), coalesce(today.segment, 'lost')
),

totals as (
    select from_segment, sum(customers_count) as customers
    from moves
    group by from_segment
),

core as (
    select
        coalesce(sum(case when to_segment = 'true' and from_segment <> 'true'
            then customers_count end), 0) as gained,
        coalesce(sum(case when from_segment = 'true' and to_segment <> 'true'
            then customers_count end), 0) as drained
    from moves
),

ranked as (
    select
        *,
        sum(case when customers_count < $min_cell then 1 else 0 end) over (
            partition by from_segment
        ) as small_count,
        row_number() over (
            partition by from_segment
            order by
                customers_count < $min_cell,
                customers_count nulls last,
                to_segment nulls last
        ) as place
    from moves
),

marked as (
    select
        moves.from_segment,
        moves.to_segment,
        moves.customers_count,
        totals.customers,
        moves.customers_count < $min_cell
        or (moves.small_count = 1 and moves.place = 1) as is_suppressed,
        case
            when core.gained > core.drained then 'growing'
            when core.gained < core.drained then 'draining'
            else 'steady'
        end as verdict
    from ranked as moves
    inner join totals on moves.from_segment = totals.from_segment
    cross join core
    cross join has_previous
    where has_previous.has_previous
),

final as (
    select
        from_segment,
        to_segment,
        is_suppressed,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when not is_suppressed
            then customers_count / nullif(cast(customers as double), 0) end
            as row_share,
        verdict
    from marked
)

select * from final
