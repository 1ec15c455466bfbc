-- One row per dimension, value, measure and reason: measurement_counts as it may
-- be shown, without the numbers of groups that are too small.
--
-- is_suppressed: fewer than $min_cell customers, but some; where only one
-- reason of a measure is so small, the next smallest too, or the others would
-- disclose it (complementary suppression, Willenborg and de Waal 2001).
with

measurement_counts as (
    select * from measurement_counts
),

judged as (
    select
        *,
        suppress(customers_count, $min_cell) over (
            partition by dimension, dimension_value, measure
            order by reason nulls last
        ) as is_suppressed
    from measurement_counts
),

final as (
    select
        dimension,
        dimension_value,
        measure,
        reason_code,
        reason,
        is_suppressed,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when n = 0 or n >= $min_cell then n end as n,
        case when not is_suppressed then customers_share end
            as customers_share
    from judged
)

select * from final
