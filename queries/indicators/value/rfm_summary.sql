-- One row per dimension, value and RFM group, in total and by customer type:
-- customers, orders and amount of rfm, their shares, and means. Groups of fewer
-- than $min_cell customers are suppressed.
--
-- All ten groups always have a row. With $rfm_rule r_package there is also
-- others, the customers within no bounds of the R package. Group former has a
-- row if there are former customers; it does not count in n and has no shares.
with

rfm as (
    select * from rfm
),

customer_profile as (
    select * from customer_profile
),

groups as (
    select * from (
        values
            (1, 'champions'),
            (2, 'loyal'),
            (3, 'potential_loyalist'),
            (4, 'new'),
            (5, 'promising'),
            (6, 'need_attention'),
            (7, 'about_to_sleep'),
            (8, 'at_risk'),
            (9, 'cant_lose'),
            (10, 'lost'),
            (11, 'others'),
            (12, 'former')
    ) as groups (position, rfm_group)
    where rfm_group <> 'others' or $rfm_rule = 'r_package'
),

typed as (
    select
        rfm.*,
        coalesce(profiles.customer_type, 'unknown') as customer_type
    from rfm
    left join customer_profile as profiles
        on rfm.customer_id = profiles.customer_id
),

sums as (
    select
        customer_type,
        rfm_group,
        count(*) as customers_count,
        sum(orders_count) as orders_count,
        sum(amount) as amount,
        sum(recency_days) as recency_days
    from typed
    group by customer_type, rfm_group
),

-- The total has a row even if nobody bought.
valued as (
    select
        'total' as dimension, 'all' as dimension_value,
        rfm_group, customers_count, orders_count, amount, recency_days
    from sums
    union all
    select
        'customer_type' as dimension, customer_type as dimension_value,
        rfm_group, customers_count, orders_count, amount, recency_days
    from sums
    union all
    select
        'total' as dimension, 'all' as dimension_value,
        null as rfm_group, 0 as customers_count, 0 as orders_count,
        0 as amount, 0 as recency_days
),

totals as (
    select
        dimension,
        dimension_value,
        sum(
            case when rfm_group is distinct from 'former'
                then customers_count else 0 end
        ) as customers,
        cast(
            sum(
                case when rfm_group is distinct from 'former'
                    then amount else 0 end
            ) as double
        ) as amount,
        max(case when rfm_group = 'former' then 1 else 0 end) = 1
            as has_former
    from valued
    group by dimension, dimension_value
),

measured as (
    select
        totals.dimension,
        totals.dimension_value,
        totals.customers,
        totals.amount as total_amount,
        groups.position,
        groups.rfm_group,
        coalesce(sum(valued.customers_count), 0) as customers_count,
        coalesce(sum(valued.orders_count), 0) as orders_count,
        coalesce(sum(valued.amount), 0) as amount,
        coalesce(sum(valued.recency_days), 0) as recency_days
    from totals
    cross join groups
    left join valued
        on totals.dimension = valued.dimension
        and totals.dimension_value = valued.dimension_value
        and groups.rfm_group = valued.rfm_group
    where groups.rfm_group <> 'former' or totals.has_former
    group by
        totals.dimension, totals.dimension_value, totals.customers,
        totals.amount, groups.position, groups.rfm_group
),

marked as (
    select
        *,
        rfm_group <> 'former' as is_scored,
        suppress(customers_count, $min_cell) over (
            partition by dimension, dimension_value, rfm_group = 'former'
            order by position nulls last
        ) as is_suppressed
    from measured
),

final as (
    select
        dimension,
        dimension_value,
        position,
        rfm_group,
        is_suppressed,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when is_scored and (customers = 0 or customers >= $min_cell)
            then customers end as n,
        case when not is_suppressed and is_scored
            then cast(customers_count as double) / nullif(customers, 0) end
            as customers_share,
        case when not is_suppressed then orders_count end as orders_count,
        case when not is_suppressed
            then cast(amount as decimal(28, 2)) end as amount,
        case when not is_suppressed and is_scored
            then cast(amount as double) / nullif(total_amount, 0) end
            as amount_share,
        case when not is_suppressed
            then cast(recency_days as double) / nullif(customers_count, 0) end
            as mean_recency_days,
        case when not is_suppressed
            then cast(orders_count as double) / nullif(customers_count, 0) end
            as mean_orders,
        case when not is_suppressed
            then cast(amount as double) / nullif(customers_count, 0) end
            as mean_amount
    from marked
)

select * from final
