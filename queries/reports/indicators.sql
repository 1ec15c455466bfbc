-- One row per indicator and dimension: the long table behind trend charts.
--
-- Keys are stable and listed in indicators.yml. dimension is 'total' or
-- '<name>=<value>', such as 'customer_type=...', 'segment=...' or 'wave=...'.
-- Intervals are Wilson (1927) for shares, mean +- z x s / sqrt(n) for means
-- (limited to the scale), and Wald for the Net Promoter Score. Headline figures
-- of other summaries come from the queries whose names end in _indicators. A
-- value whose n is below $min_cell is suppressed together with its n, and so is
-- a number of customers below $min_cell. previous is the value of the latest
-- published run with an earlier date.
with

customer_behaviour as (
    select
        customer_id,
        wallet_own_amount,
        wallet_amount,
        is_repeating,
        is_wallet_loyal,
        is_recommending,
        is_forgiving,
        is_trying_new
    from customer_behaviour
),

customer_activity as (
    select customer_id, is_leaving_judged from customer_activity
),

customer_loyalty as (
    select
        loyalty.*,
        -- is_active, only for customers for whom leaving can be judged either
        -- way.
        case when coalesce(activity.is_leaving_judged, true)
            then loyalty.is_active end as judged_active,
        behaviour.wallet_own_amount,
        behaviour.wallet_amount,
        behaviour.is_repeating,
        behaviour.is_wallet_loyal,
        behaviour.is_recommending,
        behaviour.is_forgiving,
        behaviour.is_trying_new,
        loyalty.own_occasions_count > 0 as is_own_buyer,
        -- Former customers do not count in shares of states and segments, nor
        -- in means of attitude and loyalty.
        loyalty.segment is distinct from 'former' as is_shared,
        case when loyalty.segment is distinct from 'former'
            then loyalty.attitude_index end as current_attitude_index,
        case when loyalty.segment is distinct from 'former'
            then loyalty.repurchase_index end as current_repurchase_index,
        case when loyalty.segment is distinct from 'former'
            then loyalty.recommend_index end as current_recommend_index,
        case when loyalty.segment is distinct from 'former'
            then loyalty.satisfaction_index end as current_satisfaction_index,
        case when loyalty.segment is distinct from 'former'
            then loyalty.loyalty_index end as current_loyalty_index,
        case when loyalty.segment is distinct from 'former'
            then loyalty.behaviour_index end as current_behaviour_index,
        (loyalty.segment is distinct from 'former')
        and loyalty.behaviour_state in ('high', 'low')
            as is_behaviour_measured,
        (loyalty.segment is distinct from 'former')
        and loyalty.attitude_state in ('high', 'low') as is_attitude_measured
    from customer_loyalty as loyalty
    left join customer_behaviour as behaviour
        on loyalty.customer_id = behaviour.customer_id
    left join customer_activity as activity
        on loyalty.customer_id = activity.customer_id
),

segment_summary as (
    select * from segment_summary
),

nps as (
    select * from nps
),

summary_indicators as (
    select * from summary_indicators
    union all
    select * from attitude_indicators
    union all
    select * from churn_indicators
    union all
    select * from experience_indicators
    union all
    select * from market_indicators
    union all
    select * from service_indicators
),

textbook_values as (
    select value_key, value, indicator from textbook_values
),

pareto as (
    select max(value) as amount_share
    from textbook_values
    where value_key = 'pareto_amount_share'
),

previous_indicators as (
    select * from previous_indicators
),

grouped_customers as (
    select 'total' as dimension_name, 'all' as dimension_value, *
    from customer_loyalty
    union all
    select
        'customer_type' as dimension_name,
        coalesce(customer_type, 'unknown') as dimension_value,
        *
    from customer_loyalty
),

-- Counts, sums and sums of squares, in one pass over the customers.
totals as (
    select
        dimension_name,
        dimension_value,
        count(*) as customers,
        sum(case when is_shared then 1 else 0 end) as shared_customers,
        sum(case when segment = 'former' then 1 else 0 end)
            as former_customers,
        count(own_occasions_count) as customers_on_file,
        count(case when is_shared then own_occasions_count end)
            as shared_customers_on_file,
        count(
            case when segment not in ('unmeasured', 'former')
                then own_occasions_count end
        ) as measured_customers_on_file,
        sum(case when is_behaviour_measured then 1 else 0 end)
            as behaviour_measured,
        sum(case when is_behaviour_measured and behaviour_state = 'high'
            then 1 else 0 end) as behaviour_high,
        sum(case when is_attitude_measured then 1 else 0 end)
            as attitude_measured,
        sum(case when is_attitude_measured and attitude_state = 'high'
            then 1 else 0 end) as attitude_high,
        sum(case when segment not in ('unmeasured', 'former')
            then 1 else 0 end) as segment_measured,
        sum(case when is_own_buyer then 1 else 0 end) as own_buyers,
        sum(case when is_own_buyer and repeat_purchases_count > 0
            then 1 else 0 end) as repeating_buyers,
        sum(own_amount) as own_amount,
        sum(wallet_amount) as wallet_amount,
        sum(case when wallet_amount > 0 then wallet_own_amount end)
            as own_amount_of_category_buyers,
        sum(case when wallet_amount > 0 then 1 else 0 end)
            as category_buyers,
        count(case when is_own_buyer then repeat_purchase_rate end)
            as repeat_purchase_rate_n,
        sum(case when is_own_buyer then repeat_purchase_rate end)
            as repeat_purchase_rate_sum,
        sum(case when is_own_buyer
            then repeat_purchase_rate * repeat_purchase_rate end)
            as repeat_purchase_rate_squares,
        count(case when is_own_buyer then share_of_wallet end)
            as share_of_wallet_n,
        sum(case when is_own_buyer then share_of_wallet end)
            as share_of_wallet_sum,
        sum(case when is_own_buyer then share_of_wallet * share_of_wallet end)
            as share_of_wallet_squares,
        count(case when is_own_buyer then share_of_requirements end)
            as share_of_requirements_n,
        sum(case when is_own_buyer then share_of_requirements end)
            as share_of_requirements_sum,
        sum(case when is_own_buyer
            then share_of_requirements * share_of_requirements end)
            as share_of_requirements_squares,
        count(case when is_own_buyer then deal_share end) as deal_share_n,
        sum(case when is_own_buyer then deal_share end) as deal_share_sum,
        sum(case when is_own_buyer then deal_share * deal_share end)
            as deal_share_squares,
        sum(case when is_own_buyer then own_orders_count end)
            as own_orders_sum,
        sum(case when is_own_buyer then own_orders_count * own_orders_count end)
            as own_orders_squares,
        sum(case when is_own_buyer then recency_days end) as recency_days_sum,
        sum(case when is_own_buyer then recency_days * recency_days end)
            as recency_days_squares,
        count(current_attitude_index) as attitude_index_n,
        sum(current_attitude_index) as attitude_index_sum,
        sum(current_attitude_index * current_attitude_index)
            as attitude_index_squares,
        count(current_repurchase_index) as repurchase_index_n,
        sum(current_repurchase_index) as repurchase_index_sum,
        sum(current_repurchase_index * current_repurchase_index)
            as repurchase_index_squares,
        count(current_recommend_index) as recommend_index_n,
        sum(current_recommend_index) as recommend_index_sum,
        sum(current_recommend_index * current_recommend_index)
            as recommend_index_squares,
        count(current_satisfaction_index) as satisfaction_index_n,
        sum(current_satisfaction_index) as satisfaction_index_sum,
        sum(current_satisfaction_index * current_satisfaction_index)
            as satisfaction_index_squares,
        count(current_loyalty_index) as loyalty_index_n,
        sum(current_loyalty_index) as loyalty_index_sum,
        sum(current_loyalty_index * current_loyalty_index)
            as loyalty_index_squares,
        count(current_behaviour_index) as behaviour_index_n,
        sum(current_behaviour_index) as behaviour_index_sum,
        sum(current_behaviour_index * current_behaviour_index)
            as behaviour_index_squares,
        count(is_loyal) as loyal_known,
        sum(case when is_loyal then 1 else 0 end) as loyal,
        count(judged_active) as active_known,
        sum(case when judged_active then 1 else 0 end) as active,
        count(own_margin) as own_margin_n,
        sum(own_margin) as own_margin,
        count(case when is_own_buyer then gap_days_median end)
            as gap_days_n,
        sum(case when is_own_buyer then gap_days_median end) as gap_days_sum,
        sum(case when is_own_buyer then gap_days_median * gap_days_median end)
            as gap_days_squares,
        -- The mean count is known only if each of the five behaviours is known
        -- for some customer.
        count(is_repeating) > 0
        and count(is_wallet_loyal) > 0
        and count(is_recommending) > 0
        and count(is_forgiving) > 0
        and count(is_trying_new) > 0 as are_behaviours_seen,
        count(case when is_own_buyer then loyal_behaviours_count end)
            as loyal_behaviours_n,
        sum(case when is_own_buyer then loyal_behaviours_count end)
            as loyal_behaviours_sum,
        sum(case when is_own_buyer
            then loyal_behaviours_count * loyal_behaviours_count end)
            as loyal_behaviours_squares
    from grouped_customers
    group by dimension_name, dimension_value
),

-- The total has a row even without customers.
dimensions as (
    select 'total' as dimension_name, 'all' as dimension_value
    union
    select dimension_name, dimension_value from totals
),

names as (
    select * from (
        values
            ('customers', 'number', 'count'),
            ('former_customers', 'number', 'count'),
            ('behaviour_measured_share', 'share', 'share'),
            ('behaviour_high_share', 'share', 'share'),
            ('attitude_measured_share', 'share', 'share'),
            ('attitude_high_share', 'share', 'share'),
            ('segment_measured_share', 'share', 'share'),
            ('own_buyers', 'number', 'count'),
            ('own_amount', 'number', 'currency'),
            ('repeating_buyers_share', 'share', 'share'),
            ('repeat_purchase_rate', 'mean', 'share'),
            ('share_of_wallet', 'mean', 'share'),
            ('aggregate_share_of_wallet', 'ratio', 'share'),
            ('share_of_requirements', 'mean', 'share'),
            ('deal_share', 'mean', 'share'),
            ('own_orders', 'mean', 'count'),
            ('recency_days', 'mean', 'days'),
            ('attitude_index', 'mean', 'index'),
            ('repurchase_index', 'mean', 'index'),
            ('recommend_index', 'mean', 'index'),
            ('satisfaction_index', 'mean', 'index'),
            ('loyalty_index', 'mean', 'index'),
            ('behaviour_index', 'mean', 'index'),
            ('loyal_share', 'share', 'share'),
            ('active_share', 'share', 'share'),
            ('own_margin', 'number', 'currency'),
            ('gap_days', 'mean', 'days'),
            ('loyal_behaviours', 'mean', 'count')
    ) as names (indicator, kind, unit)
),

-- Each indicator as a sum over n customers.
parts as (
    select
        names.indicator,
        names.kind,
        names.unit,
        dimensions.dimension_name,
        dimensions.dimension_value,
        cast($interval_z as double) as z,
        cast(case names.indicator
            when 'customers' then coalesce(customers, 0)
            -- NULL if leaving is unknown for every customer.
            when 'former_customers'
                then case when active_known > 0 or former_customers > 0
                    then former_customers end
            when 'behaviour_measured_share' then behaviour_measured
            when 'behaviour_high_share' then behaviour_high
            when 'attitude_measured_share' then attitude_measured
            when 'attitude_high_share' then attitude_high
            when 'segment_measured_share' then segment_measured
            when 'own_buyers'
                then case when customers_on_file > 0 then own_buyers end
            when 'own_amount' then cast(own_amount as double)
            when 'repeating_buyers_share' then repeating_buyers
            when 'repeat_purchase_rate' then repeat_purchase_rate_sum
            when 'share_of_wallet' then share_of_wallet_sum
            when 'aggregate_share_of_wallet'
                then cast(own_amount_of_category_buyers as double)
            when 'share_of_requirements' then share_of_requirements_sum
            when 'deal_share' then deal_share_sum
            when 'own_orders' then own_orders_sum
            when 'recency_days' then recency_days_sum
            when 'attitude_index' then attitude_index_sum
            when 'repurchase_index' then repurchase_index_sum
            when 'recommend_index' then recommend_index_sum
            when 'satisfaction_index' then satisfaction_index_sum
            when 'loyalty_index' then loyalty_index_sum
            when 'behaviour_index' then behaviour_index_sum
            when 'loyal_share' then loyal
            when 'active_share' then active
            when 'own_margin' then cast(own_margin as double)
            when 'gap_days' then gap_days_sum
            when 'loyal_behaviours'
                then case when are_behaviours_seen
                    then loyal_behaviours_sum end
        end as double) as part_sum,
        cast(case names.indicator
            when 'repeat_purchase_rate' then repeat_purchase_rate_squares
            when 'share_of_wallet' then share_of_wallet_squares
            when 'share_of_requirements' then share_of_requirements_squares
            when 'deal_share' then deal_share_squares
            when 'own_orders' then own_orders_squares
            when 'recency_days' then recency_days_squares
            when 'attitude_index' then attitude_index_squares
            when 'repurchase_index' then repurchase_index_squares
            when 'recommend_index' then recommend_index_squares
            when 'satisfaction_index' then satisfaction_index_squares
            when 'loyalty_index' then loyalty_index_squares
            when 'behaviour_index' then behaviour_index_squares
            when 'gap_days' then gap_days_squares
            when 'loyal_behaviours' then loyal_behaviours_squares
        end as double) as part_squares,
        case names.indicator
            when 'behaviour_measured_share' then shared_customers
            when 'attitude_measured_share' then shared_customers
            when 'segment_measured_share' then shared_customers
            when 'behaviour_high_share' then behaviour_measured
            when 'attitude_high_share' then attitude_measured
            when 'own_buyers' then customers_on_file
            when 'own_amount' then customers_on_file
            when 'repeating_buyers_share' then own_buyers
            when 'repeat_purchase_rate' then repeat_purchase_rate_n
            when 'share_of_wallet' then share_of_wallet_n
            when 'aggregate_share_of_wallet' then category_buyers
            when 'share_of_requirements' then share_of_requirements_n
            when 'deal_share' then deal_share_n
            when 'own_orders' then own_buyers
            when 'recency_days' then own_buyers
            when 'attitude_index' then attitude_index_n
            when 'repurchase_index' then repurchase_index_n
            when 'recommend_index' then recommend_index_n
            when 'satisfaction_index' then satisfaction_index_n
            when 'loyalty_index' then loyalty_index_n
            when 'behaviour_index' then behaviour_index_n
            when 'loyal_share' then loyal_known
            when 'active_share' then active_known
            when 'own_margin' then own_margin_n
            when 'gap_days' then gap_days_n
            when 'loyal_behaviours' then loyal_behaviours_n
            else customers
        end as n,
        cast(wallet_amount as double) as wallet_amount
    from names
    cross join dimensions
    left join totals
        on dimensions.dimension_name = totals.dimension_name
        and dimensions.dimension_value = totals.dimension_value
),

values_of_parts as (
    select
        *,
        case kind
            when 'number' then part_sum
            when 'ratio' then part_sum / nullif(wallet_amount, 0)
            else part_sum / nullif(n, 0)
        end as value,
        -- Sample variance; greatest() because rounding may fall below 0.
        case when kind = 'mean' and n > 1
            then greatest(part_squares - part_sum * part_sum / n, 0e0)
                / (n - 1)
        end as variance
    from parts
),

customer_indicators as (
    select
        indicator,
        dimension_name,
        dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        value,
        n,
        case
            when value is null then null
            when kind = 'share' then wilson_low(value * n, n, z)
            when kind = 'mean' and variance is not null
                then greatest(value - z * sqrt(variance / n), 0e0)
        end as low,
        case
            when value is null then null
            when kind = 'share' then wilson_high(value * n, n, z)
            when kind = 'mean' and variance is not null then least(
                value + z * sqrt(variance / n),
                case unit when 'share' then 1e0 when 'index' then 1e2 end
            )
        end as high,
        unit,
        -- The number of customers itself is too small to show.
        coalesce(
            kind = 'number'
            and unit = 'count'
            and value between 1 and $min_cell - 1,
            false
        ) as is_hidden
    from values_of_parts
),

-- n is the base of the share.
segment_indicators as (
    select
        names.indicator,
        'total' as dimension_name,
        'all' as dimension_value,
        'segment' as part_name,
        summary.segment as part_value,
        case names.indicator
            when 'segment_share' then summary.measured_share
            when 'segment_amount_share' then summary.amount_share
            when 'segment_measured_amount_share'
                then summary.measured_amount_share
        end as value,
        case names.indicator
            when 'segment_share' then totals.segment_measured
            when 'segment_amount_share' then totals.shared_customers_on_file
            when 'segment_measured_amount_share'
                then totals.measured_customers_on_file
        end as n,
        case when names.indicator = 'segment_share'
            then summary.measured_share_low end as low,
        case when names.indicator = 'segment_share'
            then summary.measured_share_high end as high,
        'share' as unit
    from segment_summary as summary
    left join totals on totals.dimension_name = 'total'
    cross join (
        values
            ('segment_share'), ('segment_amount_share'),
            ('segment_measured_amount_share')
    ) as names (indicator)
    where
        summary.segment <> 'former'
        and (
            names.indicator = 'segment_amount_share'
            or summary.segment <> 'unmeasured'
        )
),

nps_indicators as (
    select
        names.indicator,
        nps.dimension as dimension_name,
        nps.dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        case names.indicator
            when 'nps' then nps.nps
            when 'weighted_nps' then nps.weighted_nps
        end as value,
        nps.n,
        case names.indicator
            when 'nps' then nps.nps - nps.margin
            when 'weighted_nps' then nps.weighted_nps - nps.weighted_margin
        end as low,
        case names.indicator
            when 'nps' then nps.nps + nps.margin
            when 'weighted_nps' then nps.weighted_nps + nps.weighted_margin
        end as high,
        'nps' as unit,
        coalesce(nps.is_suppressed, false) as is_hidden
    from nps
    cross join (
        values ('nps'), ('weighted_nps')
    ) as names (indicator)
),

own_indicators as (
    select * from customer_indicators
    union all
    select *, false as is_hidden from segment_indicators
    union all
    select * from nps_indicators
),

all_indicators as (
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
        n,
        low,
        high,
        unit,
        is_hidden
    from own_indicators
    union all
    select *, false as is_hidden from summary_indicators
),

marked as (
    select
        *,
        is_hidden or coalesce(n, 0) between 1 and $min_cell - 1
            as is_suppressed
    from all_indicators
),

final as (
    select
        today.indicator,
        today.dimension,
        today.dimension_name,
        today.dimension_value,
        today.part_name,
        today.part_value,
        case when not today.is_suppressed then today.value end as value,
        case when not today.is_suppressed then coalesce(today.n, 0) end as n,
        case when not today.is_suppressed then today.low end as low,
        case when not today.is_suppressed then today.high end as high,
        today.unit,
        textbook.value as textbook_value,
        before.value as previous,
        case when not today.is_suppressed then today.value - before.value end
            as change
    from marked as today
    cross join pareto
    left join previous_indicators as before
        on today.indicator = before.indicator
        and today.dimension = before.dimension
    -- A textbook value has the key of the indicator with the same meaning.
    left join textbook_values as textbook
        on today.indicator = textbook.value_key
        and today.indicator = textbook.indicator
        and today.dimension = 'total'
        -- The Pareto figure applies only to its own share of the amount.
        and (
            today.indicator <> 'pareto_customers_share'
            or abs(
                cast($pareto_amount_share as double) - pareto.amount_share
            ) < 1e-7
        )
)

select * from final
