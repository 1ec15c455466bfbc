-- One row per dimension, value and driver: the performance of the brand on the
-- driver and the driver's importance; in total, by customer type, by band of
-- competition and by market situation. Groups of fewer than $min_cell customers
-- are suppressed and do not count in the crosshair.
--
-- Drivers are the performance constructs of driver_answers. Performance is the
-- mean index over customers, with a normal interval from the sample standard
-- deviation. The importance is the one in stg_driver_importances. If that table
-- is empty, it is the share of R squared of driver_importance for the same
-- group; its interval treats R squared as known.
--
-- Quadrants follow the importance-performance analysis (Martilla and James
-- 1977). The crosshair is at the mean importance and the mean performance of
-- all drivers with an importance; a value at the mean counts as high. The
-- quadrants are keep up (both high), concentrate here (important, low
-- performance), low priority (both low) and possible overkill (unimportant,
-- high performance). The quadrant is NULL if the interval of the performance
-- contains the mean performance.
with

driver_answers as (
    select * from driver_answers where is_performance
),

driver_importance as (
    select * from driver_importance
),

stg_driver_importances as (
    select * from stg_driver_importances
),

given as (
    select construct, avg(importance) as importance
    from stg_driver_importances
    group by construct
),

sums as (
    select
        dimension,
        dimension_value,
        driver as construct,
        construct as asked_construct,
        count(*) as n,
        cast(count(*) as double) as weight,
        sum(driver_index) as total,
        sum(driver_index * driver_index) as squares
    from driver_answers
    group by dimension, dimension_value, driver, construct
),

given_count as (
    select count(*) as given_count from given
),

importances as (
    select
        sums.dimension,
        sums.dimension_value,
        sums.construct,
        case when given_count.given_count > 0
            then given.importance
            else computed.relative_weight_share end as importance,
        case when given_count.given_count = 0
            then computed.relative_weight_low / nullif(computed.r2, 0) end
            as importance_low,
        case when given_count.given_count = 0
            then computed.relative_weight_high / nullif(computed.r2, 0) end
            as importance_high
    from sums
    cross join given_count
    left join given
        on sums.asked_construct = given.construct
    left join driver_importance as computed
        on sums.dimension = computed.dimension
        and sums.dimension_value = computed.dimension_value
        and sums.construct = computed.driver
),

means as (
    select
        sums.dimension,
        sums.dimension_value,
        sums.construct,
        sums.n,
        sums.n < $min_cell as is_suppressed,
        case when sums.n >= $min_cell then sums.total / sums.weight end
            as mean_index,
        -- greatest() because rounding may give equal values a variance below 0.
        case when sums.n >= $min_cell and sums.n > 1
            then cast($interval_z as double) * sqrt(
                greatest(
                    sums.squares - sums.total * (sums.total / sums.weight), 0.0
                ) / ((sums.weight - 1) * sums.weight)
            ) end as margin,
        importances.importance,
        importances.importance_low,
        importances.importance_high
    from sums
    left join importances
        on sums.dimension = importances.dimension
        and sums.dimension_value = importances.dimension_value
        and sums.construct = importances.construct
),

crosshairs as (
    select
        dimension,
        dimension_value,
        avg(case when mean_index is not null then importance end)
            as mean_importance,
        avg(case when importance is not null then mean_index end)
            as mean_performance
    from means
    group by dimension, dimension_value
),

-- 1e-7 compensates for binary rounding of a value equal to the mean.
placed as (
    select
        means.*,
        case when means.importance is not null
            then crosshairs.mean_importance end as crosshair_importance,
        case when means.importance is not null
            then crosshairs.mean_performance end as crosshair_performance,
        means.importance >= crosshairs.mean_importance - 1e-7 as is_important,
        means.mean_index >= crosshairs.mean_performance - 1e-7 as is_good,
        coalesce(
            abs(means.mean_index - crosshairs.mean_performance)
                < means.margin - 1e-7,
            false
        ) as is_by_chance
    from means
    inner join crosshairs
        on means.dimension = crosshairs.dimension
        and means.dimension_value = crosshairs.dimension_value
),

final as (
    select
        dimension,
        dimension_value,
        construct,
        is_suppressed,
        case when not is_suppressed then n end as n,
        mean_index,
        case when margin is not null
            then greatest(mean_index - margin, 0.0) end as low,
        case when margin is not null
            then least(mean_index + margin, 100.0) end as high,
        importance,
        importance_low,
        importance_high,
        crosshair_importance,
        crosshair_performance,
        case
            when is_by_chance then null
            when is_important and is_good then 'keep_up'
            when is_important and not is_good then 'concentrate_here'
            when not is_important and not is_good then 'low_priority'
            when not is_important and is_good then 'possible_overkill'
        end as quadrant
    from placed
)

select * from final
