-- One row per index, dimension, value and bin: the change in the distribution
-- of the index since the compared run, in total and by customer type. The table
-- is empty without an earlier run that has the index.
--
-- Population stability index: psi = sum over bins of (a - e) ln(a / e). e is
-- the earlier share of the bin and a the current one, both at least 1e-4. Bins
-- are the deciles of the earlier values. A bin ends with the smallest earlier
-- value up to which at least k tenths lie, so equal values stay together and
-- equal bins are merged. The customary limits are 0.1 (watch) and 0.25
-- (drifted). Small groups may exceed them by chance, so only the total can stop
-- a run.
with

index_frequencies as (
    select * from index_frequencies
),

frequencies as (
    select
        'total' as dimension,
        'all' as dimension_value,
        indicator,
        value,
        sum(customers_count) as customers_count,
        sum(previous_customers_count) as previous_count
    from index_frequencies
    group by indicator, value
    union all
    select
        'customer_type' as dimension,
        customer_type as dimension_value,
        indicator,
        value,
        customers_count,
        previous_customers_count as previous_count
    from index_frequencies
),

cumulated as (
    select
        *,
        sum(previous_count) over (
            partition by indicator, dimension, dimension_value
            order by value nulls last
        ) as previous_up_to,
        sum(previous_count) over (
            partition by indicator, dimension, dimension_value
        ) as previous_customers,
        sum(customers_count) over (
            partition by indicator, dimension, dimension_value
        ) as customers
    from frequencies
),

-- A value closes a decile if 10 x cumulated / n reaches a whole number there.
with_tenths as (
    select
        *,
        10 * (previous_up_to - previous_count) / previous_customers
            as tenths_before,
        10 * previous_up_to / previous_customers as tenths
    from cumulated
    where previous_customers > 0 and customers > 0
),

cuts as (
    select indicator, dimension, dimension_value, value as cut
    from with_tenths
    where tenths > tenths_before and tenths < 10
),

-- The bin of a value is the number of cuts below it, plus 1.
binned as (
    select
        with_tenths.indicator,
        with_tenths.dimension,
        with_tenths.dimension_value,
        with_tenths.value,
        with_tenths.customers_count,
        with_tenths.previous_count,
        with_tenths.customers,
        with_tenths.previous_customers,
        count(cuts.cut) + 1 as bin
    from with_tenths
    left join cuts
        on with_tenths.indicator = cuts.indicator
        and with_tenths.dimension = cuts.dimension
        and with_tenths.dimension_value = cuts.dimension_value
        and with_tenths.value > cuts.cut
    group by 1, 2, 3, 4, 5, 6, 7, 8
),

bins as (
    select
        indicator,
        dimension,
        dimension_value,
        bin,
        customers,
        previous_customers,
        max(value) as value_to,
        sum(customers_count) as customers_count,
        sum(previous_count) as previous_count,
        cast(sum(customers_count) as double) / customers as now_share,
        cast(sum(previous_count) as double) / previous_customers
            as previous_share
    from binned
    group by
        indicator, dimension, dimension_value, bin, customers,
        previous_customers
),

parts as (
    select
        *,
        (greatest(now_share, 1e-4) - greatest(previous_share, 1e-4))
        * ln(greatest(now_share, 1e-4) / greatest(previous_share, 1e-4))
            as psi_part
    from bins
),

marked as (
    select
        *,
        case when least(customers, previous_customers) >= $min_cell
            then sum(psi_part) over (
                partition by indicator, dimension, dimension_value
            ) end as psi,
        -- The size of a bin is the smaller of its two groups.
        suppress(
            case
                when customers_count between 1 and $min_cell - 1
                    then customers_count
                when previous_count between 1 and $min_cell - 1
                    then previous_count
                else greatest(customers_count, previous_count)
            end,
            $min_cell
        ) over (
            partition by indicator, dimension, dimension_value
            order by bin nulls last
        ) as is_suppressed
    from parts
),

final as (
    select
        indicator,
        dimension,
        dimension_value,
        bin,
        is_suppressed,
        case when not is_suppressed then value_to end as value_to,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when not is_suppressed then previous_count end
            as previous_customers_count,
        case when customers >= $min_cell then customers end as n,
        case when previous_customers >= $min_cell then previous_customers end
            as previous_n,
        case when not is_suppressed then now_share end as customers_share,
        case when not is_suppressed then previous_share end
            as previous_customers_share,
        case when not is_suppressed then psi_part end as psi_part,
        psi,
        case
            when psi > cast($drift_stop_above as double) then 'drifted'
            when psi > cast($drift_warn_above as double) then 'watch'
            when psi is not null then 'stable'
        end as verdict,
        $drift_stops
        and indicator = 'loyalty_index'
        and dimension = 'total'
        and coalesce(psi > cast($drift_stop_above as double), false)
            as is_stopping
    from marked
)

select * from final
