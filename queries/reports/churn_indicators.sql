-- One row per indicator and dimension about leaving: headline figures for the
-- table indicators. Only known and unsuppressed values have a row.
--
-- The number of customers who left, the number worth winning back and the
-- shares of causes are known if B11 is known for some customer and could be
-- known of all (customer_activity). The number who may leave is also known if
-- loyalty is measured. The number worth keeping is known if current customers
-- are measured, and either none has segment no_loyalty or the return is known
-- for some who do. Amounts also need purchases on file. A count without
-- customers is 0.
with

customer_loyalty as (
    select
        customer_id,
        coalesce(customer_type, 'unknown') as customer_type,
        is_active,
        coalesce(segment, 'unmeasured') as segment,
        own_occasions_count
    from customer_loyalty
),

customer_activity as (
    select customer_id
    from customer_activity
    where not is_leaving_judged
),

customer_churn as (
    select * from customer_churn
),

churn_causes as (
    select * from churn_causes where left_unknown_because_code is null
),

churn_warning as (
    select * from churn_warning
),

win_back as (
    select * from win_back
),

worth_keeping as (
    select * from worth_keeping
),

satisfaction_defection as (
    select * from satisfaction_defection
),

-- Shares who left by satisfaction, unless the dates of the answers are assumed.
dated_defection as (
    select * from satisfaction_defection where order_of_events = 'on_file'
),

profit_lever as (
    select * from profit_lever where scenario in ('higher', 'lower')
),

customers as (
    select
        loyalty.customer_type,
        loyalty.is_active,
        not_known.customer_id is not null as is_leaving_unknown,
        loyalty.segment <> 'unmeasured' as is_measured,
        loyalty.segment not in ('unmeasured', 'former') as is_rated,
        loyalty.segment = 'no_loyalty' as is_without_loyalty,
        loyalty.own_occasions_count is not null as is_on_file,
        churn.customer_id is not null as has_left,
        cast(churn.amount as double) as left_amount,
        warning.customer_id is not null as is_warned,
        cast(warning.amount_at_risk as double) as amount_at_risk,
        win_back.customer_id is not null as is_gone_candidate,
        win_back.is_worth_it as is_worth_winning_back,
        case when win_back.is_worth_it then win_back.expected_value end
            as win_back_value,
        worth_keeping.is_worth_it as is_worth_keeping,
        case when worth_keeping.is_worth_it then worth_keeping.expected_value
        end as keeping_value
    from customer_loyalty as loyalty
    left join customer_activity as not_known
        on loyalty.customer_id = not_known.customer_id
    left join customer_churn as churn
        on loyalty.customer_id = churn.customer_id
    left join churn_warning as warning
        on loyalty.customer_id = warning.customer_id
    left join win_back
        on loyalty.customer_id = win_back.customer_id
    left join worth_keeping
        on loyalty.customer_id = worth_keeping.customer_id
),

grouped_customers as (
    select 'total' as dimension_name, 'all' as dimension_value, *
    from customers
    union all
    select
        'customer_type' as dimension_name,
        customer_type as dimension_value,
        *
    from customers
),

totals as (
    select
        dimension_name,
        dimension_value,
        count(is_active) as activity_known,
        count(is_active) > 0 and not bool_or(is_leaving_unknown)
            as is_leaving_known,
        bool_or(is_leaving_unknown) as is_leaving_unknown,
        sum(case when is_measured then 1 else 0 end) as measured,
        sum(case when is_rated then 1 else 0 end) as rated,
        sum(case when is_without_loyalty then 1 else 0 end) as without_loyalty,
        sum(case when is_on_file then 1 else 0 end) as on_file,
        sum(case when has_left then 1 else 0 end) as churned,
        coalesce(sum(left_amount), 0e0) as churned_amount,
        sum(case when is_warned then 1 else 0 end) as warned,
        coalesce(sum(amount_at_risk), 0e0) as amount_at_risk,
        sum(case when is_gone_candidate then 1 else 0 end) as gone_candidates,
        count(is_worth_winning_back) as win_back_known,
        sum(case when is_worth_winning_back then 1 else 0 end) as win_back,
        coalesce(sum(win_back_value), 0e0) as win_back_value,
        count(is_worth_keeping) as keeping_known,
        sum(case when is_worth_keeping then 1 else 0 end) as keeping,
        coalesce(sum(keeping_value), 0e0) as keeping_value
    from grouped_customers
    group by dimension_name, dimension_value
),

counts as (
    select
        names.indicator,
        totals.dimension_name,
        totals.dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        case
            when names.indicator = 'churned_customers' and is_leaving_known
                then churned
            when
                names.indicator = 'churned_amount'
                and is_leaving_known and on_file > 0
                then churned_amount
            when
                names.indicator = 'churn_warning_customers'
                and (activity_known + measured > 0 or is_leaving_unknown)
                then warned
            when
                names.indicator = 'amount_at_risk'
                and (activity_known + measured > 0 or is_leaving_unknown)
                and on_file > 0
                then amount_at_risk
            when
                names.indicator = 'win_back_customers'
                and is_leaving_known
                and (gone_candidates = 0 or win_back_known > 0)
                then win_back
            when
                names.indicator = 'win_back_expected_value'
                and is_leaving_known
                and (gone_candidates = 0 or win_back_known > 0)
                then win_back_value
            when
                names.indicator = 'worth_keeping_customers'
                and rated > 0
                and (without_loyalty = 0 or keeping_known > 0)
                then keeping
            when
                names.indicator = 'worth_keeping_expected_value'
                and rated > 0
                and (without_loyalty = 0 or keeping_known > 0)
                then keeping_value
        end as value,
        case names.indicator
            when 'churned_customers' then churned
            when 'churned_amount' then churned
            when 'churn_warning_customers' then warned
            when 'amount_at_risk' then warned
            when 'win_back_customers' then win_back
            when 'win_back_expected_value' then win_back
            when 'worth_keeping_customers' then keeping
            when 'worth_keeping_expected_value' then keeping
        end as n,
        cast(null as double) as low,
        cast(null as double) as high,
        names.unit
    from totals
    cross join (
        values
            ('churned_customers', 'count'),
            ('churned_amount', 'currency'),
            ('churn_warning_customers', 'count'),
            ('amount_at_risk', 'currency'),
            ('win_back_customers', 'count'),
            ('win_back_expected_value', 'currency'),
            ('worth_keeping_customers', 'count'),
            ('worth_keeping_expected_value', 'currency')
    ) as names (indicator, unit)
),

shown_counts as (
    select
        indicator,
        dimension_name,
        dimension_value,
        part_name,
        part_value,
        case when n = 0 or n >= $min_cell then value end as value,
        n,
        low,
        high,
        unit
    from counts
),

-- n: all customers who left.
cause_shares as (
    select
        'churn_cause_share' as indicator,
        causes.dimension as dimension_name,
        causes.dimension_value,
        'churn_cause' as part_name,
        causes.churn_cause as part_value,
        causes.customers_share as value,
        totals.churned as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from churn_causes as causes
    inner join totals
        on causes.dimension = totals.dimension_name
        and causes.dimension_value = totals.dimension_value
),

-- The keys are those of textbook_values.
left_shares as (
    select
        case band
            when 1 then 'left_share_very_dissatisfied'
            when 2 then 'left_share_dissatisfied'
            when 3 then 'left_share_neutral'
            when 4 then 'left_share_satisfied'
            when 5 then 'left_share_very_satisfied'
        end as indicator,
        dimension as dimension_name,
        dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        left_share as value,
        n,
        low,
        high,
        'share' as unit
    from dated_defection
),

-- n: very satisfied customers who answered whether they would buy again.
not_returning_shares as (
    select
        'fully_satisfied_not_returning_share' as indicator,
        defection.dimension as dimension_name,
        defection.dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        defection.not_returning_share as value,
        defection.asked_count as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from satisfaction_defection as defection
    where defection.band = 5
),

-- The two highest bands together, and the two lowest. NULL if one of them is
-- suppressed.
end_bands as (
    select
        dimension as dimension_name,
        dimension_value,
        cast(nullif(sum(case when band >= 4 then n end), 0) as double)
            as satisfied_n,
        cast(sum(case when band >= 4 then left_count end) as double)
            as satisfied_left,
        count(
            case when band >= 4 and order_of_events = 'on_file' then n end
        ) = 2 as is_left_known,
        cast(nullif(sum(case when band >= 4 then asked_count end), 0) as double)
            as satisfied_asked,
        sum(
            case when band >= 4
                then asked_count * (1 - coalesce(not_returning_share, 0)) end
        ) as satisfied_returning,
        cast(nullif(sum(case when band <= 2 then asked_count end), 0) as double)
            as dissatisfied_asked,
        sum(
            case when band <= 2
                then asked_count * (1 - coalesce(not_returning_share, 0)) end
        ) as dissatisfied_returning,
        count(case when band <> 3 then asked_count end) = 4 as is_intent_known,
        cast($interval_z as double) as z
    from satisfaction_defection
    group by dimension, dimension_value
),

-- Satisfied and very satisfied customers who left afterwards, with the Wilson
-- (1927) interval.
satisfied_left_shares as (
    select
        'satisfied_left_share' as indicator,
        dimension_name,
        dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        share as value,
        satisfied_n as n,
        wilson_low(satisfied_left, satisfied_n, z) as low,
        wilson_high(satisfied_left, satisfied_n, z) as high,
        'share' as unit
    from (
        select *, satisfied_left / satisfied_n as share
        from end_bands
        where is_left_known
    )
),

-- The share of (very) satisfied customers who would buy again / that of (very)
-- dissatisfied customers; n counts both.
rebuy_ratios as (
    select
        'satisfied_rebuy_ratio' as indicator,
        dimension_name,
        dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        (satisfied_returning / satisfied_asked)
            / nullif(dissatisfied_returning / dissatisfied_asked, 0) as value,
        satisfied_asked + dissatisfied_asked as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'ratio' as unit
    from end_bands
    where is_intent_known
),

-- The effect of $retention_change more or less retention on the lifetime
-- margin.
lever_gains as (
    select
        names.indicator,
        lever.dimension as dimension_name,
        lever.dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        case names.indicator
            when 'retention_profit_gain'
                then lever.lifetime_margin_change_share
            when 'retention_margin_gain' then lever.lifetime_margin_change
            when 'retention_profit_loss'
                then -lever.lifetime_margin_change_share
        end as value,
        lever.customers_count as n,
        cast(null as double) as low,
        cast(null as double) as high,
        names.unit
    from profit_lever as lever
    inner join (
        values
            ('retention_profit_gain', 'share', 'higher'),
            ('retention_margin_gain', 'currency', 'higher'),
            ('retention_profit_loss', 'share', 'lower')
    ) as names (indicator, unit, scenario)
        on lever.scenario = names.scenario
),

all_indicators as (
    select * from shown_counts
    union all
    select * from cause_shares
    union all
    select * from left_shares
    union all
    select * from not_returning_shares
    union all
    select * from satisfied_left_shares
    union all
    select * from rebuy_ratios
    union all
    select * from lever_gains
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
        cast(value as double) as value,
        cast(coalesce(n, 0) as bigint) as n,
        low,
        high,
        unit
    from all_indicators
    where value is not null
)

select * from final
