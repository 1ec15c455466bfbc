-- One row per dimension and value: the agreement of high and low behaviour with
-- high and low attitude, over the customers of the four segments; in total and
-- by customer type.
--
-- phi is the correlation of the two-by-two table, kappa (Cohen 1960) the
-- agreement beyond chance. With rule retained, leaving is the low side of
-- behaviour, so former customers count by their two states.
with

customers as (
    select
        coalesce(customer_type, 'unknown') as customer_type,
        case
            when segment <> 'former' then segment
            when $behaviour_rule <> 'retained' then null
            when behaviour_state = 'high' and attitude_state = 'high'
                then 'true_loyalty'
            when behaviour_state = 'low' and attitude_state = 'high'
                then 'latent_loyalty'
            when behaviour_state = 'high' and attitude_state = 'low'
                then 'spurious_loyalty'
            when behaviour_state = 'low' and attitude_state = 'low'
                then 'no_loyalty'
        end as segment
    from customer_loyalty
),

segments_by_type as (
    select
        customer_type,
        sum(case when segment = 'true_loyalty' then 1e0 else 0e0 end) as both_high,
        sum(case when segment = 'spurious_loyalty' then 1e0 else 0e0 end)
            as only_behaviour_high,
        sum(case when segment = 'latent_loyalty' then 1e0 else 0e0 end)
            as only_attitude_high,
        sum(case when segment = 'no_loyalty' then 1e0 else 0e0 end) as both_low
    from customers
    where segment <> 'unmeasured'
    group by customer_type
),

-- The total has a row even if nobody is measured.
segments as (
    select
        'total' as dimension, 'all' as dimension_value,
        coalesce(sum(both_high), 0e0) as both_high,
        coalesce(sum(only_behaviour_high), 0e0) as only_behaviour_high,
        coalesce(sum(only_attitude_high), 0e0) as only_attitude_high,
        coalesce(sum(both_low), 0e0) as both_low
    from segments_by_type
    union all
    select
        'customer_type' as dimension, customer_type as dimension_value,
        both_high, only_behaviour_high, only_attitude_high, both_low
    from segments_by_type
),

margins as (
    select
        *,
        both_high + only_behaviour_high as behaviour_high,
        both_low + only_attitude_high as behaviour_low,
        both_high + only_attitude_high as attitude_high,
        both_low + only_behaviour_high as attitude_low,
        both_high + only_behaviour_high + only_attitude_high + both_low as n
    from segments
),

shares as (
    select
        dimension,
        dimension_value,
        n,
        (both_high * both_low - only_behaviour_high * only_attitude_high)
            / nullif(
                sqrt(
                    behaviour_high * behaviour_low
                    * attitude_high * attitude_low
                ),
                0
            ) as phi,
        (both_high + both_low) / nullif(n, 0) as agreed_share,
        (behaviour_high * attitude_high + behaviour_low * attitude_low)
            / nullif(n * n, 0) as agreed_by_chance
    from margins
),

final as (
    select
        dimension,
        dimension_value,
        cast(n as bigint) as customers_count,
        phi,
        (agreed_share - agreed_by_chance) / nullif(1 - agreed_by_chance, 0)
            as kappa
    from shares
)

select * from final
