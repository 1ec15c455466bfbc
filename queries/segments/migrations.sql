-- One row per measure (segment, behaviour_state, attitude_state), dimension,
-- value, earlier state and current state: the number of customers with this
-- transition since the compared run and their share of the earlier state, in
-- total and by customer type. Without an earlier run the table is empty.
--
-- followed_share is a share of the customers of the earlier state whose current
-- state is known, because a customer who was not surveyed again gives no
-- information. The verdict is about the core, true loyalty or high, among
-- followed customers: growing if more joined it than left, draining if more
-- left, steady if the difference is not significant (McNemar 1947 with the
-- continuity correction of Edwards 1948: (|b - c| - 1)^2 > z^2 (b + c)). It is
-- NULL with fewer than $min_followed_customers followed customers. Customers
-- who became measured, or no longer are, are counted separately.
--
-- Transitions of fewer than $min_cell customers are suppressed. If that is only
-- one transition from a state, the next smallest is suppressed too, because the
-- other shares would disclose it. followed_n is NULL if it would disclose a
-- suppressed number.
with

customer_moves as (
    select * from customer_moves
),

moves as (
    select
        measure,
        'total' as dimension,
        'all' as dimension_value,
        from_state,
        to_state,
        was_measured,
        is_measured,
        is_followed,
        sum(customers_count) as customers_count
    from customer_moves
    group by
        measure, from_state, to_state, was_measured, is_measured, is_followed
    union all
    select
        measure,
        'customer_type' as dimension,
        customer_type as dimension_value,
        from_state,
        to_state,
        was_measured,
        is_measured,
        is_followed,
        customers_count
    from customer_moves
),

marked as (
    select
        *,
        to_state in ('true_loyalty', 'high') as is_core,
        from_state in ('true_loyalty', 'high') as was_core,
        sum(customers_count) over (
            partition by measure, dimension, dimension_value, from_state
        ) as n,
        sum(case when is_followed then customers_count end) over (
            partition by measure, dimension, dimension_value, from_state
        ) as followed_n,
        suppress(customers_count, $min_cell) over (
            partition by measure, dimension, dimension_value, from_state
            order by to_state nulls last
        ) as is_suppressed
    from moves
),

core as (
    select
        measure,
        dimension,
        dimension_value,
        sum(case when is_followed then customers_count else 0 end)
            as followed_count,
        sum(case when is_followed and is_core and not was_core
            then customers_count else 0 end) as gained,
        sum(case when is_followed and was_core and not is_core
            then customers_count else 0 end) as drained,
        sum(case when is_measured and not was_measured and not is_followed
            then customers_count else 0 end) as became_measured,
        sum(case when was_measured and not is_measured and not is_followed
            then customers_count else 0 end) as no_longer_measured
    from marked
    group by measure, dimension, dimension_value
),

-- A single suppressed row among the followed, or among the others, could be
-- derived from followed_n.
disclosing as (
    select
        *,
        sum(case when is_suppressed and is_followed then 1 else 0 end) over (
            partition by measure, dimension, dimension_value, from_state
        ) = 1
        or sum(case when is_suppressed and not is_followed then 1 else 0 end)
            over (
                partition by measure, dimension, dimension_value, from_state
            ) = 1
        or followed_n < $min_cell as is_followed_hidden
    from marked
),

final as (
    select
        moves.measure,
        moves.dimension,
        moves.dimension_value,
        moves.from_state,
        moves.to_state,
        moves.is_suppressed,
        case when not moves.is_suppressed then moves.customers_count end
            as customers_count,
        case when moves.n >= $min_cell then moves.n end as n,
        case when not moves.is_suppressed
            then moves.customers_count / nullif(cast(moves.n as double), 0)
        end as row_share,
        case when not moves.is_followed_hidden then moves.followed_n end
            as followed_n,
        case
            when moves.is_suppressed or moves.is_followed_hidden then null
            when moves.is_followed
                then moves.customers_count
                    / nullif(cast(moves.followed_n as double), 0)
        end as followed_share,
        case when core.followed_count >= $min_followed_customers
            then
                case
                    when abs(core.gained - core.drained) <= 1
                        or power(abs(core.gained - core.drained) - 1e0, 2)
                        <= power(cast($interval_z as double), 2)
                            * (core.gained + core.drained)
                        then 'steady'
                    when core.gained > core.drained then 'growing'
                    else 'draining'
                end
        end as verdict,
        case when not (core.followed_count between 1 and $min_cell - 1)
            then core.followed_count end as followed_count,
        case when not (core.became_measured between 1 and $min_cell - 1)
            then core.became_measured end as became_measured_count,
        case when not (core.no_longer_measured between 1 and $min_cell - 1)
            then core.no_longer_measured end as no_longer_measured_count
    from disclosing as moves
    inner join core
        on moves.measure = core.measure
        and moves.dimension = core.dimension
        and moves.dimension_value = core.dimension_value
)

select * from final
