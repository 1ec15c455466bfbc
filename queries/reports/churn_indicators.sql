-- One row per indicator and dimension about leaving: headline figures for the
-- long table indicators. Only values that are known and not suppressed.
--
-- The number of customers who left is known where B11 is known for anybody; the
-- number who may leave, also where loyalty is measured; the number worth
-- winning back, where loyalty is measured; amounts, where purchases are on
-- file. A count of nobody is 0.
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

customer_churn as (
    select * from customer_churn
),

churn_causes as (
    select * from churn_causes
),

churn_warning as (
    select * from churn_warning
),

win_back as (
    select * from win_back
),

satisfaction_defection as (
    select * from satisfaction_defection
),

profit_lever as (
    select * from profit_lever where scenario = 'higher'
),

customers as (
    select
        loyalty.customer_type,
        loyalty.is_active,
        loyalty.segment <> 'unmeasured' as is_measured,
        loyalty.own_occasions_count is not null as is_on_file,
        churn.customer_id is not null as has_left,
        cast(churn.amount as double) as left_amount,
        warning.customer_id is not null as is_warned,
        cast(warning.amount_at_risk as double) as amount_at_risk,
        win_back.customer_id is not null as is_candidate,
        win_back.is_worth_it,
        case when win_back.is_worth_it then win_back.expected_value end
            as expected_value
    from customer_loyalty as loyalty
    left join customer_churn as churn
        on loyalty.customer_id = churn.customer_id
    left join churn_warning as warning
        on loyalty.customer_id = warning.customer_id
    left join win_back
        on loyalty.customer_id = win_back.customer_id
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
        sum(case when is_measured then 1 else 0 end) as measured,
        sum(case when is_on_file then 1 else 0 end) as on_file,
        sum(case when has_left then 1 else 0 end) as churned,
        coalesce(sum(left_amount), 0e0) as churned_amount,
        sum(case when is_warned then 1 else 0 end) as warned,
        coalesce(sum(amount_at_risk), 0e0) as amount_at_risk,
        sum(case when is_candidate then 1 else 0 end) as candidates,
        count(is_worth_it) as worth_known,
        sum(case when is_worth_it then 1 else 0 end) as worth_it,
        coalesce(sum(expected_value), 0e0) as expected_value
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
            when names.indicator = 'churned_customers' and activity_known > 0
                then churned
            when
                names.indicator = 'churned_amount'
                and activity_known > 0 and on_file > 0
                then churned_amount
            when
                names.indicator = 'churn_warning_customers'
                and activity_known + measured > 0
                then warned
            when
                names.indicator = 'amount_at_risk'
                and activity_known + measured > 0 and on_file > 0
                then amount_at_risk
            when
                names.indicator = 'win_back_customers'
                and measured > 0 and (candidates = 0 or worth_known > 0)
                then worth_it
            when
                names.indicator = 'win_back_expected_value'
                and measured > 0 and (candidates = 0 or worth_known > 0)
                then expected_value
        end as value,
        case names.indicator
            when 'churned_customers' then churned
            when 'churned_amount' then churned
            when 'churn_warning_customers' then warned
            when 'amount_at_risk' then warned
            when 'win_back_customers' then worth_it
            when 'win_back_expected_value' then worth_it
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
            ('win_back_expected_value', 'currency')
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

-- n: all who left
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

-- keys as in textbook_values
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
    from satisfaction_defection
),

-- n: very satisfied customers who said whether they would buy again
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

-- what $retention_change more retention does over the customers' lifetime
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
        end as value,
        lever.customers_count as n,
        cast(null as double) as low,
        cast(null as double) as high,
        names.unit
    from profit_lever as lever
    cross join (
        values
            ('retention_profit_gain', 'share'),
            ('retention_margin_gain', 'currency')
    ) as names (indicator, unit)
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
        coalesce(n, 0) as n,
        low,
        high,
        unit
    from all_indicators
    where value is not null
)

select * from final
