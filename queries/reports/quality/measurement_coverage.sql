-- One row per dimension, value, measure and reason: measurement_counts after
-- suppression.
--
-- is_suppressed marks reasons of 1 to $min_cell - 1 customers. If that is only
-- one reason of a measure, the next smallest is suppressed too, because the
-- others would disclose it (complementary suppression, Willenborg and de Waal
-- 2001).
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
