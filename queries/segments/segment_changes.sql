-- One row per customer type ('all' for every customer) and measured segment:
-- the change of its share since the compared run among customers measured in
-- both runs (like for like), and the number of its customers who became
-- measured or no longer are. Without an earlier run the table is empty.
--
-- With n such customers, of whom g joined the segment and l left it, the change
-- is (g - l) / n. Its interval is that of the difference of two paired
-- proportions by Agresti and Min (2005), which adds half a customer to each of
-- the four cells: (g - l) / (n + 2) +- z sqrt(g + l + 1 - (g - l)^2 / (n + 2))
-- / (n + 2). Numbers of fewer than $min_cell customers are suppressed.
with

customer_moves as (
    select * from customer_moves where measure = 'segment'
),

moves as (
    select * from customer_moves
    union all
    select
        measure,
        'all' as customer_type,
        from_state,
        to_state,
        was_measured,
        is_measured,
        is_followed,
        sum(customers_count) as customers_count
    from customer_moves
    group by
        measure, from_state, to_state, was_measured, is_measured, is_followed
),

segments as (
    select * from (
        values
            ('true_loyalty'), ('latent_loyalty'), ('spurious_loyalty'),
            ('no_loyalty')
    ) as segments (segment)
),

sums as (
    select
        moves.customer_type,
        segments.segment,
        sum(case when moves.was_measured and moves.is_measured
            then moves.customers_count else 0 end) as n,
        sum(case when moves.was_measured and moves.to_state = segments.segment
            and moves.from_state <> segments.segment
            then moves.customers_count else 0 end) as gained,
        sum(case when moves.is_measured and moves.from_state = segments.segment
            and moves.to_state <> segments.segment
            then moves.customers_count else 0 end) as drained,
        sum(case when not moves.was_measured
            and moves.to_state = segments.segment
            then moves.customers_count else 0 end) as became_measured_count,
        sum(case when not moves.is_measured
            and moves.from_state = segments.segment
            then moves.customers_count else 0 end) as no_longer_measured_count
    from moves
    cross join segments
    group by moves.customer_type, segments.segment
),

changes as (
    select
        *,
        n > 0 and n >= $min_cell as is_shown,
        cast(gained - drained as double) as net,
        (gained - drained) / (n + 2e0) as centre,
        cast($interval_z as double) * sqrt(
            greatest(
                gained + drained + 1
                - (gained - drained) * (gained - drained) / (n + 2e0),
                0e0
            )
        ) / (n + 2e0) as half_width
    from sums
),

final as (
    select
        customer_type,
        segment,
        case when is_shown or n = 0 then n end as like_for_like_n,
        case when is_shown then net / nullif(n, 0) end as like_for_like_change,
        -- greatest() and least() ignore NULL.
        case when is_shown then greatest(centre - half_width, -1e0) end
            as like_for_like_change_low,
        case when is_shown then least(centre + half_width, 1e0) end
            as like_for_like_change_high,
        case when not (became_measured_count between 1 and $min_cell - 1)
            then became_measured_count end as became_measured_count,
        case when not (no_longer_measured_count between 1 and $min_cell - 1)
            then no_longer_measured_count end as no_longer_measured_count
    from changes
)

select * from final
