-- One row per dimension, value and band of channels used: the number of
-- customers, their satisfaction, and the share who left.
--
-- Channels are those of customer_channels in the window: used to order, to get
-- in touch, or to open or click a campaign. The bands are 1, 2, 3-5 and 6+.
-- Customers without a known channel have no band. Satisfaction is the mean
-- index of the latest response. left_share is the share no longer active among
-- customers for whom this is known (customer_activity), with a Wilson interval.
-- The textbook share of customers with 3 to 5 channels is in the row of that
-- band. Groups of fewer than $min_cell customers are suppressed, and so are
-- measures known for fewer.
with

customer_channels as (
    select * from customer_channels
),

customer_activity as (
    select customer_id, is_leaving_judged from customer_activity
),

-- is_active, only for customers for whom leaving can be judged either way.
customer_loyalty as (
    select
        loyalty.customer_id,
        coalesce(loyalty.customer_type, 'unknown') as customer_type,
        loyalty.satisfaction_index,
        case when coalesce(activity.is_leaving_judged, true)
            then loyalty.is_active end as is_active
    from customer_loyalty as loyalty
    left join customer_activity as activity
        on loyalty.customer_id = activity.customer_id
),

textbook_values as (
    select * from textbook_values
),

textbook as (
    select
        max(case when value_key = 'three_to_five_channels_share' then value end)
            as three_to_five_share
    from textbook_values
),

used as (
    select customer_id, count(*) as channels_count
    from customer_channels
    group by customer_id
),

by_dimension as (
    select
        case
            when used.channels_count >= 6 then '6+'
            when used.channels_count >= 3 then '3-5'
            else cast(used.channels_count as varchar)
        end as channels_band,
        used.channels_count,
        loyalty.satisfaction_index,
        loyalty.is_active,
        unnest(make_array('total', 'customer_type')) as dimension,
        unnest(make_array('all', loyalty.customer_type)) as dimension_value
    from used
    inner join customer_loyalty as loyalty
        on used.customer_id = loyalty.customer_id
),

sums as (
    select
        dimension,
        dimension_value,
        channels_band,
        count(*) as customers_count,
        count(satisfaction_index) as satisfaction_n,
        avg(satisfaction_index) as mean_satisfaction_index,
        count(is_active) as left_known_count,
        cast(sum(case when not is_active then 1 else 0 end) as double)
            / nullif(cast(count(is_active) as double), 0) as left_share
    from by_dimension
    group by dimension, dimension_value, channels_band
),

-- Bands add up to a group, and groups to a band: each could be derived from the
-- rest.
hidden_bands as (
    select
        *,
        suppress(customers_count, $min_cell) over (
            partition by dimension, dimension_value
            order by channels_band nulls last
        ) as is_band_hidden,
        sum(customers_count) over (partition by dimension, dimension_value)
            as all_count
    from sums
),

hidden_groups as (
    select
        *,
        suppress(customers_count, $min_cell, is_band_hidden) over (
            partition by dimension, channels_band
            order by dimension_value nulls last
        ) as is_group_hidden
    from hidden_bands
),

marked as (
    select
        *,
        suppress(customers_count, $min_cell, is_group_hidden) over (
            partition by dimension, dimension_value
            order by channels_band nulls last
        ) as is_suppressed
    from hidden_groups
),

judged as (
    select
        *,
        not is_suppressed and satisfaction_n >= $min_cell
            as is_satisfaction_shown,
        not is_suppressed and left_known_count >= $min_cell as is_left_shown
    from marked
),

margins as (
    select
        *,
        wilson_low(
            left_share * left_known_count, left_known_count, $interval_z
        ) as left_share_low,
        wilson_high(
            left_share * left_known_count, left_known_count, $interval_z
        ) as left_share_high
    from judged
),

final as (
    select
        margins.dimension,
        margins.dimension_value,
        margins.channels_band,
        margins.is_suppressed,
        case when not margins.is_suppressed then margins.customers_count end
            as customers_count,
        case when not margins.is_suppressed
            then margins.customers_count / cast(margins.all_count as double)
        end as customers_share,
        case when not margins.is_suppressed then margins.all_count end
            as channel_customers_count,
        case when margins.dimension = 'total' and margins.channels_band = '3-5'
            then textbook.three_to_five_share end as textbook_customers_share,
        case when margins.is_satisfaction_shown then margins.satisfaction_n end
            as satisfaction_n,
        case when margins.is_satisfaction_shown
            then margins.mean_satisfaction_index end as mean_satisfaction_index,
        case when margins.is_left_shown then margins.left_known_count end
            as left_known_count,
        case when margins.is_left_shown then margins.left_share end
            as left_share,
        case when margins.is_left_shown
            then margins.left_share_low end
            as left_share_low,
        case when margins.is_left_shown
            then margins.left_share_high end
            as left_share_high
    from margins
    cross join textbook
)

select * from final
