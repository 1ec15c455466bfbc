-- One row per indicator and dimension about attitude and the drivers of
-- loyalty: headline figures for the table indicators. Only known and
-- unsuppressed values have a row.
--
-- Means are over current customers with a value: mean +- z x s / sqrt(n),
-- limited to the scale. A1 observed compares customers with a recent incident
-- with those without, if incidents are on file.
with

customer_loyalty as (
    select
        customer_id,
        coalesce(customer_type, 'unknown') as customer_type
    from customer_loyalty
    where segment is distinct from 'former'
),

customer_attitude as (
    select * from customer_attitude where response_id is not null
),

incident_tolerance as (
    select * from incident_tolerance
),

driver_performance as (
    select * from driver_performance
    where dimension in ('total', 'customer_type')
),

answers as (
    select
        loyalty.customer_type,
        names.indicator,
        cast(case names.indicator
            when 'tolerance_index' then attitude.tolerance_index
            when 'relative_attitude' then attitude.relative_attitude
            when 'relative_attitude_change'
                then attitude.relative_attitude_change
            when 'battery_index' then attitude.battery_index
            when 'promotion_immunity_index'
                then attitude.promotion_immunity_index
        end as double) as value,
        names.lowest,
        names.highest,
        names.unit
    from customer_attitude as attitude
    inner join customer_loyalty as loyalty
        on attitude.customer_id = loyalty.customer_id
    cross join (
        values
            ('tolerance_index', 0e0, 100e0, 'index'),
            ('relative_attitude', -1e0, 1e0, 'score difference'),
            ('relative_attitude_change', -2e0, 2e0, 'score difference'),
            ('battery_index', 0e0, 100e0, 'index'),
            ('promotion_immunity_index', 0e0, 100e0, 'index')
    ) as names (indicator, lowest, highest, unit)
),

grouped_answers as (
    select 'total' as dimension_name, 'all' as dimension_value, *
    from answers
    where value is not null
    union all
    select
        'customer_type' as dimension_name,
        customer_type as dimension_value,
        *
    from answers
    where value is not null
),

sums as (
    select
        indicator,
        dimension_name,
        dimension_value,
        lowest,
        highest,
        unit,
        count(*) as n,
        sum(value) as value_sum,
        sum(value * value) as squares
    from grouped_answers
    group by
        indicator, dimension_name, dimension_value, lowest, highest, unit
),

-- greatest() because rounding may fall below 0.
spreads as (
    select
        *,
        value_sum / n as value,
        case when n > 1 then cast($interval_z as double) * sqrt(
            greatest(squares - value_sum * value_sum / n, 0e0) / (n - 1) / n
        ) end as margin
    from sums
),

means as (
    select
        indicator,
        dimension_name,
        dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        case when n >= $min_cell then value end as value,
        n,
        case when margin is not null
            then greatest(value - margin, lowest) end as low,
        case when margin is not null
            then least(value + margin, highest) end as high,
        unit
    from spreads
),

incidents as (
    select count(*) as groups_count
    from incident_tolerance
    where has_incident and dimension = 'total'
),

tolerances as (
    select
        names.indicator,
        tolerance.dimension as dimension_name,
        tolerance.dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        case names.measure
            when 'repurchase' then tolerance.repurchase_share
            when 'nps' then tolerance.nps
        end as value,
        case names.measure
            when 'repurchase' then tolerance.followed_count
            when 'nps' then tolerance.answers_count
        end as n,
        case names.measure
            when 'repurchase' then tolerance.repurchase_share_low
            when 'nps' then tolerance.nps - tolerance.margin
        end as low,
        case names.measure
            when 'repurchase' then tolerance.repurchase_share_high
            when 'nps' then tolerance.nps + tolerance.margin
        end as high,
        names.unit
    from incident_tolerance as tolerance
    inner join incidents on incidents.groups_count > 0
    inner join (
        values
            ('incident_repurchase_share', 'repurchase', true, 'share'),
            ('no_incident_repurchase_share', 'repurchase', false, 'share'),
            ('incident_nps', 'nps', true, 'nps'),
            ('no_incident_nps', 'nps', false, 'nps')
    ) as names (indicator, measure, has_incident, unit)
        on tolerance.has_incident = names.has_incident
),

performances as (
    select
        'driver_performance' as indicator,
        dimension as dimension_name,
        dimension_value,
        'driver' as part_name,
        construct as part_value,
        mean_index as value,
        n,
        low,
        high,
        'index' as unit
    from driver_performance
),

-- n is the largest number of answers to any driver in a quadrant.
urgent_drivers as (
    select
        'concentrate_here_drivers' as indicator,
        dimension as dimension_name,
        dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        cast(sum(case when quadrant = 'concentrate_here' then 1 else 0 end)
            as double) as value,
        max(n) as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'count' as unit
    from driver_performance
    where quadrant is not null
    group by dimension, dimension_value
),

all_indicators as (
    select * from means
    union all
    select * from tolerances
    union all
    select * from performances
    union all
    select * from urgent_drivers
),

final as (
    select
        indicator,
        coalesce(
            nullif(
                concat_ws(
                    ',',
                    case when dimension_name <> 'total'
                        then dimension_name || '=' || dimension_value end,
                    part_name || '=' || part_value
                ),
                ''
            ),
            'total'
        ) as dimension,
        dimension_name,
        dimension_value,
        part_name,
        part_value,
        value,
        coalesce(n, 0) as n,
        low,
        high,
        unit
    from all_indicators
    where value is not null
)

select * from final
