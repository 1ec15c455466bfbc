-- One row per dimension, value, earlier segment and current segment: the
-- customers with this transition since the compared run (see migrations), in
-- total and by customer type. Without an earlier run the table is empty.
with

migrations as (
    select * from migrations where measure = 'segment'
),

final as (
    select
        dimension,
        dimension_value,
        from_state as from_segment,
        to_state as to_segment,
        is_suppressed,
        customers_count,
        n,
        row_share,
        followed_n,
        followed_share,
        verdict,
        followed_count,
        became_measured_count,
        no_longer_measured_count
    from migrations
)

select * from final
