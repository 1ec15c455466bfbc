-- One row per dimension, value and service: the five kinds of service that
-- retain customers, namely transparency, anticipation, mutual consent (nothing
-- unasked, no disturbance), promises and consistency.
--
-- Transparency, anticipation and consent are the mean index of the construct
-- with its interval (driver_performance). Promises is the share fulfilled on
-- time with its Wilson interval (promise_keeping). Consistency is the largest
-- minus the smallest mean satisfaction of the channels, in points, in total
-- only; a smaller value is better (channel_consistency). A service without data
-- has no row. Values suppressed in these tables are suppressed here too.
with

driver_performance as (
    select * from driver_performance
    where
        construct in ('transparency', 'anticipation', 'consent')
        and dimension in ('total', 'customer_type')
),

promise_keeping as (
    select * from promise_keeping
    where kind = 'all' and dimension in ('total', 'customer_type')
),

channel_consistency as (
    select * from channel_consistency where measure = 'satisfaction_index'
),

channel_spread as (
    select max(spread) as spread
    from channel_consistency
    where dimension = 'channel'
),

survey_means as (
    select
        dimension,
        dimension_value,
        construct as service,
        'mean_index' as measure,
        is_suppressed,
        n as customers_count,
        mean_index as value,
        low,
        high
    from driver_performance
),

promise_shares as (
    select
        dimension,
        dimension_value,
        'promises' as service,
        'kept_share' as measure,
        is_suppressed,
        customers_count,
        kept_share as value,
        kept_share_low as low,
        kept_share_high as high
    from promise_keeping
),

satisfaction_spreads as (
    select
        consistency.dimension,
        consistency.dimension_value,
        'consistency' as service,
        'satisfaction_spread' as measure,
        consistency.is_suppressed,
        consistency.customers_count,
        case when not consistency.is_suppressed then channel_spread.spread end
            as value,
        cast(null as double) as low,
        cast(null as double) as high
    from channel_consistency as consistency
    cross join channel_spread
    where consistency.dimension = 'total' and channel_spread.spread is not null
),

services as (
    select * from survey_means
    union all
    select * from promise_shares
    union all
    select * from satisfaction_spreads
),

final as (
    select
        dimension,
        dimension_value,
        service,
        case service
            when 'transparency' then 1
            when 'anticipation' then 2
            when 'consent' then 3
            when 'promises' then 4
            else 5
        end as position,
        measure,
        case measure
            when 'mean_index' then 'index'
            when 'kept_share' then 'share'
            else 'points'
        end as unit,
        is_suppressed,
        customers_count,
        value,
        low,
        high
    from services
)

select * from final
