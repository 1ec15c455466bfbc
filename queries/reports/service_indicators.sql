-- One row per indicator and dimension about service: headline figures of
-- promises (E3), effort (E4), channels, consistency (E5), reliability (E6) and
-- the scorecard (E9) for the table indicators. Only known and unsuppressed
-- values have a row.
--
-- n is the base of the figure: promises, cases, contacts, answers or customers.
with

promise_keeping as (
    select * from promise_keeping
    where kind = 'all' and dimension in ('total', 'customer_type')
),

service_effort as (
    select * from service_effort
    where dimension in ('total', 'customer_type')
),

channels_used as (
    select * from channels_used
),

channel_consistency as (
    select * from channel_consistency where spread is not null
),

service_reliability as (
    select * from service_reliability
),

staff_scorecard as (
    select * from staff_scorecard
    where phase = 'all' and dimension in ('total', 'customer_type')
),

kept_promises as (
    select
        'promise_keeping_rate' as indicator,
        dimension as dimension_name,
        dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        kept_share as value,
        promises_count as n,
        kept_share_low as low,
        kept_share_high as high,
        'share' as unit
    from promise_keeping
),

efforts as (
    select
        names.indicator,
        effort.dimension as dimension_name,
        effort.dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        case names.indicator
            when 'first_contact_resolution_rate'
                then effort.first_contact_resolution_rate
            when 'contacts_per_case' then effort.contacts_per_case
            when 'transfers_per_case' then effort.transfers_per_case
            when 'repeats_per_case' then effort.repeats_per_case
            when 'answer_seconds_median' then effort.answer_seconds_median
            when 'resolve_seconds_median' then effort.resolve_seconds_median
            when 'loyalty_loss_per_step' then -effort.loyalty_change_per_step
        end as value,
        case names.indicator
            when 'first_contact_resolution_rate'
                then effort.resolved_at_first_known_count
            when 'contacts_per_case' then effort.cases_count
            when 'transfers_per_case' then effort.transfers_known_count
            when 'repeats_per_case' then effort.repeats_known_count
            when 'answer_seconds_median' then effort.answer_seconds_n
            when 'resolve_seconds_median' then effort.resolve_seconds_n
            when 'loyalty_loss_per_step' then effort.loyalty_line_n
        end as n,
        cast(null as double) as low,
        cast(null as double) as high,
        names.unit
    from service_effort as effort
    cross join (
        values
            ('first_contact_resolution_rate', 'share'),
            ('contacts_per_case', 'count'),
            ('transfers_per_case', 'count'),
            ('repeats_per_case', 'count'),
            ('answer_seconds_median', 'seconds'),
            ('resolve_seconds_median', 'seconds'),
            ('loyalty_loss_per_step', 'share')
    ) as names (indicator, unit)
    where effort.effort_band = 'all'
),

-- Customers without any transfer or repeat, and customers with three or more.
disloyal_shares as (
    select
        case effort_band
            when '0' then 'disloyal_share_low_effort'
            when '3+' then 'disloyal_share_high_effort'
        end as indicator,
        dimension as dimension_name,
        dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        attitude_low_share as value,
        attitude_known_count as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from service_effort
    where effort_band in ('0', '3+')
),

-- n: customers who used any known channel.
channel_shares as (
    select
        'three_to_five_channels_share' as indicator,
        dimension as dimension_name,
        dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        customers_share as value,
        channel_customers_count as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from channels_used
    where channels_band = '3-5'
),

-- The largest minus the smallest mean of the channels, months, sizes or
-- customer types. For net prices it is a share of the reference price.
spreads as (
    select
        case measure
            when 'satisfaction_index' then 'satisfaction_spread'
            when 'waited_seconds' then 'wait_spread'
            when 'net_price_ratio' then 'net_price_spread'
        end as indicator,
        'total' as dimension_name,
        'all' as dimension_value,
        'between' as part_name,
        dimension as part_value,
        max(spread) as value,
        sum(n) as n,
        cast(null as double) as low,
        cast(null as double) as high,
        case measure when 'net_price_ratio' then 'share' else unit end as unit
    from channel_consistency
    group by measure, dimension, unit
),

-- The level that 95 percent of the observations reach.
reliabilities as (
    select
        case measure
            when 'waited_seconds' then 'wait_seconds_p95'
            when 'handled_seconds' then 'handling_seconds_p95'
            when 'resolution_seconds' then 'resolve_seconds_p95'
            when 'delay_days' then 'delay_days_p95'
            when 'satisfaction_index' then 'satisfaction_index_p5'
        end as indicator,
        dimension as dimension_name,
        dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        percentile_5 as value,
        n,
        cast(null as double) as low,
        cast(null as double) as high,
        unit
    from service_reliability
),

scores as (
    select
        'service_score' as indicator,
        dimension as dimension_name,
        dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        score as value,
        customers_count as n,
        score_low as low,
        score_high as high,
        'index' as unit
    from staff_scorecard
),

all_indicators as (
    select * from kept_promises
    union all
    select * from efforts
    union all
    select * from disloyal_shares
    union all
    select * from channel_shares
    union all
    select * from spreads
    union all
    select * from reliabilities
    union all
    select * from scores
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
