-- One row per measure, dimension and value: the level of service in bad cases,
-- and whether it is better than that of rivals and reasonable in itself (E6).
-- Groups of fewer than $min_cell customers are suppressed.
--
-- The measures are those of service_measures. percentile_5 is the 5th
-- percentile of service, which 95 percent of the observations reach. For times
-- and delays, where less is better, it is the 95th percentile of the value; for
-- satisfaction it is the 5th. Percentiles are type 7 of Hyndman and Fan (1996):
-- interpolated at place (n - 1) * p. The worst month is the month with the
-- worst percentile_5 among months with $min_cell customers, the earliest of
-- equals. The first and last month of the window may be incomplete. Open cases
-- have no resolution time and do not count; service_effort gives the share
-- resolved.
--
-- Each verdict is NULL if its limit is unknown (parameters such as
-- rival_wait_seconds and reasonable_wait_seconds). Better than rivals excludes
-- the limit, reasonable includes it.
with

service_measures as (
    select * from service_measures
),

textbook_values as (
    select * from textbook_values
),

textbook as (
    select
        max(case when value_key = 'wait_rival_minutes' then 60 * value end)
            as rival_seconds,
        max(case when value_key = 'wait_reasonable_minutes' then 60 * value end)
            as reasonable_seconds
    from textbook_values
),

-- 0 stands for unknown. For days, 0 is a valid limit and -1 stands for unknown.
limits as (
    select
        measure,
        unit,
        is_more_better,
        cast(nullif(rival_limit, unknown_limit) as double) as rival_limit,
        cast(nullif(reasonable_limit, unknown_limit) as double)
            as reasonable_limit
    from (
        values
            (
                'waited_seconds', 'seconds', false, 0,
                $rival_wait_seconds, $reasonable_wait_seconds
            ),
            (
                'handled_seconds', 'seconds', false, 0,
                $rival_handling_seconds, $reasonable_handling_seconds
            ),
            (
                'resolution_seconds', 'seconds', false, 0,
                $rival_resolution_seconds, $reasonable_resolution_seconds
            ),
            (
                'delay_days', 'days', false, -1,
                $rival_delay_days, $reasonable_delay_days
            ),
            (
                'satisfaction_index', 'index', true, 0,
                $rival_satisfaction_index, $reasonable_satisfaction_index
            )
    ) as limits (
        measure, unit, is_more_better, unknown_limit, rival_limit,
        reasonable_limit
    )
),

-- badness: a larger value is always worse.
by_dimension as (
    select
        measures.measure,
        measures.observation_id,
        measures.customer_id,
        case when measures.customer_id is null
            then measures.observation_id end as anonymous_id,
        case when limits.is_more_better
            then -measures.value else measures.value end as badness,
        measures.month as own_month,
        unnest(make_array('total', 'customer_type')) as dimension,
        unnest(make_array('all', measures.customer_type)) as dimension_value
    from service_measures as measures
    inner join limits
        on measures.measure = limits.measure
),

by_month as (
    select
        measure,
        dimension,
        dimension_value,
        observation_id,
        customer_id,
        anonymous_id,
        badness,
        unnest(make_array('all', own_month)) as month
    from by_dimension
),

placed as (
    select
        *,
        row_number() over (
            partition by measure, dimension, dimension_value, month
            order by badness nulls last, observation_id nulls last
        ) - 1 as place,
        count(*) over (
            partition by measure, dimension, dimension_value, month
        ) - 1 as last_place
    from by_month
),

-- Interpolation in hundredths between the values below and above the quantile.
customer_sums as (
    select
        measure,
        dimension,
        dimension_value,
        month,
        customer_id,
        anonymous_id,
        count(*) as n,
        sum(
            case
                when place = last_place * 50 / 100
                    then badness * (100 - last_place * 50 % 100)
                when place = last_place * 50 / 100 + 1
                    then badness * (last_place * 50 % 100)
            end
        ) as median_part,
        sum(
            case
                when place = last_place * 95 / 100
                    then badness * (100 - last_place * 95 % 100)
                when place = last_place * 95 / 100 + 1
                    then badness * (last_place * 95 % 100)
            end
        ) as percentile_part
    from placed
    group by
        measure, dimension, dimension_value, month, customer_id, anonymous_id
),

quantiles as (
    select
        measure,
        dimension,
        dimension_value,
        month,
        count(*) as customers_count,
        sum(n) as n,
        sum(median_part) / 1e2 as median_badness,
        sum(percentile_part) / 1e2 as worst_badness
    from customer_sums
    group by measure, dimension, dimension_value, month
),

ranked_months as (
    select
        *,
        row_number() over (
            partition by measure, dimension, dimension_value
            order by worst_badness desc nulls last, month nulls last
        ) as badness_rank
    from quantiles
    where month <> 'all' and customers_count >= $min_cell
),

judged as (
    select
        quantiles.measure,
        quantiles.dimension,
        quantiles.dimension_value,
        limits.unit,
        limits.is_more_better,
        case when limits.is_more_better then -1 else 1 end as sign,
        quantiles.customers_count < $min_cell as is_suppressed,
        quantiles.customers_count,
        quantiles.n,
        quantiles.median_badness,
        quantiles.worst_badness,
        months.month as worst_month,
        months.worst_badness as worst_month_badness,
        limits.rival_limit,
        limits.reasonable_limit
    from quantiles
    inner join limits
        on quantiles.measure = limits.measure
    left join ranked_months as months
        on quantiles.measure = months.measure
        and quantiles.dimension = months.dimension
        and quantiles.dimension_value = months.dimension_value
        and months.badness_rank = 1
    where quantiles.month = 'all'
),

-- + 0.0 turns -0 into 0. 1e-7 compensates for binary rounding of a value equal
-- to the limit.
final as (
    select
        judged.measure,
        judged.dimension,
        judged.dimension_value,
        judged.unit,
        judged.is_suppressed,
        case when not judged.is_suppressed then judged.n end as n,
        case when not judged.is_suppressed then judged.customers_count end
            as customers_count,
        case when not judged.is_suppressed
            then judged.sign * judged.median_badness + 0.0 end as median,
        case when not judged.is_suppressed
            then judged.sign * judged.worst_badness + 0.0 end as percentile_5,
        case when not judged.is_suppressed
            then cast(judged.worst_month || '-01' as date) end as worst_month,
        case when not judged.is_suppressed
            then judged.sign * judged.worst_month_badness + 0.0 end
            as worst_month_percentile_5,
        judged.rival_limit,
        case when not judged.is_suppressed
            then judged.worst_badness
                < judged.sign * judged.rival_limit - 1e-7 end
            as is_better_than_rivals,
        judged.reasonable_limit,
        case when not judged.is_suppressed
            then judged.worst_badness
                <= judged.sign * judged.reasonable_limit + 1e-7 end
            as is_reasonable,
        case when judged.measure = 'waited_seconds'
            then textbook.rival_seconds end as textbook_rival_limit,
        case when judged.measure = 'waited_seconds'
            then textbook.reasonable_seconds end as textbook_reasonable_limit
    from judged
    cross join textbook
)

select * from final
