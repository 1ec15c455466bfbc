-- One row per dimension, value, measure and reason: measurement_counts as it may
-- be shown, without the numbers of groups that are too small.
--
-- is_suppressed: fewer than $min_cell customers, but some; where only one
-- reason of a measure is so small, the next smallest too, or the others would
-- tell it (complementary suppression, Willenborg and de Waal 2001).
with

measurement_counts as (
    select * from measurement_counts
),

small as (
    select
        *,
        customers_count between 1 and $min_cell - 1 as is_small,
        sum(
            case when customers_count between 1 and $min_cell - 1 then 1
                else 0 end
        ) over (
            partition by dimension, dimension_value, measure
        ) as small_count,
        row_number() over (
            partition by dimension, dimension_value, measure
            order by
                case when customers_count >= $min_cell then 0 else 1 end,
                customers_count nulls last,
                reason nulls last
        ) as place_among_large
    from measurement_counts
),

judged as (
    select
        dimension,
        dimension_value,
        measure,
        reason,
        is_small
        or (
            small_count = 1
            and place_among_large = 1
            and customers_count >= $min_cell
        ) as is_suppressed,
        customers_count,
        customers_share
    from small
),

final as (
    select
        dimension,
        dimension_value,
        measure,
        reason,
        is_suppressed,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when not is_suppressed then customers_share end
            as customers_share
    from judged
)

select * from final
