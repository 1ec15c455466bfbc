-- One row per dimension, value, measure and reason: the number of customers for
-- whom it is measured, or not measured for that reason, in total and by
-- customer type, without former customers. Reason 'measured' always has a row.
-- It is the input of measurement_coverage, before suppression.
with

customer_loyalty as (
    select * from customer_loyalty where segment is distinct from 'former'
),

customer_behaviour as (
    select customer_id, behaviour_unmeasured_because_code
    from customer_behaviour
),

customer_attitude as (
    select customer_id, attitude_unmeasured_because_code
    from customer_attitude
),

questionnaire_items as (
    select * from questionnaire_items
),

asked as (
    select
        coalesce(max(case when construct = 'recommend' then 1 end), 0) = 1
            as is_recommendation_asked,
        coalesce(max(case when construct = 'repurchase' then 1 end), 0) = 1
            as is_repurchase_asked
    from questionnaire_items
),

reason_words as (
    select code, en from catalogue_codes where column_name = 'reason_code'
),

-- Customers with the same reasons are counted together, so that few rows
-- remain.
groups as (
    select
        coalesce(loyalty.customer_type, 'unknown') as customer_type,
        coalesce(behaviour.behaviour_unmeasured_because_code, 'measured')
            as behaviour,
        coalesce(attitude.attitude_unmeasured_because_code, 'measured')
            as attitude,
        coalesce(loyalty.unmeasured_because_code, 'measured') as segment,
        loyalty.unmeasured_because,
        case
            when loyalty.share_of_wallet is not null then 'measured'
            when loyalty.own_occasions_count is null then 'no_purchase_on_file'
            when loyalty.category_occasions_count is null
                then 'rivals_not_seen'
            when loyalty.category_occasions_count = 0
                and loyalty.own_occasions_count > 0
                then 'rivals_not_seen'
            else 'no_purchase_in_window'
        end as share_of_wallet,
        case
            when loyalty.deal_share is not null then 'measured'
            when loyalty.own_occasions_count is null then 'no_purchase_on_file'
            when loyalty.own_orders_count > 0 then 'deals_not_recorded'
            else 'no_own_purchase_in_window'
        end as deal_share,
        case
            when loyalty.recommend_group is not null then 'measured'
            when not asked.is_recommendation_asked then 'question_not_asked'
            when attitude.attitude_unmeasured_because_code = 'no_survey'
                then 'no_survey'
            when loyalty.responded_at is null then 'no_recent_answer'
            else 'question_not_answered'
        end as recommendation,
        case
            when loyalty.repurchase_index is not null then 'measured'
            when not asked.is_repurchase_asked then 'question_not_asked'
            when attitude.attitude_unmeasured_because_code = 'no_survey'
                then 'no_survey'
            when loyalty.responded_at is null then 'no_recent_answer'
            else 'question_not_answered'
        end as repurchase,
        count(*) as customers_count
    from customer_loyalty as loyalty
    cross join asked
    left join customer_behaviour as behaviour
        on loyalty.customer_id = behaviour.customer_id
    left join customer_attitude as attitude
        on loyalty.customer_id = attitude.customer_id
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9
),

measures as (
    select * from (
        values
            ('segment'), ('behaviour'), ('attitude'), ('share_of_wallet'),
            ('deal_share'), ('recommendation'), ('repurchase')
    ) as measures (measure)
),

counted as (
    select
        groups.customer_type,
        measures.measure,
        case measures.measure
            when 'segment' then groups.segment
            when 'behaviour' then groups.behaviour
            when 'attitude' then groups.attitude
            when 'share_of_wallet' then groups.share_of_wallet
            when 'deal_share' then groups.deal_share
            when 'recommendation' then groups.recommendation
            when 'repurchase' then groups.repurchase
        end as reason_code,
        -- The reason of a segment names both axes.
        case when measures.measure = 'segment'
            then groups.unmeasured_because end as both_reasons,
        groups.customers_count
    from groups
    cross join measures
),

valued as (
    select
        'total' as dimension,
        'all' as dimension_value,
        measure,
        reason_code,
        both_reasons,
        customers_count
    from counted
    union all
    select
        'customer_type' as dimension,
        customer_type as dimension_value,
        measure,
        reason_code,
        both_reasons,
        customers_count
    from counted
    union all
    select
        'total' as dimension,
        'all' as dimension_value,
        measure,
        'measured' as reason_code,
        null as both_reasons,
        0 as customers_count
    from measures
    union all
    select
        'customer_type' as dimension,
        groups.customer_type as dimension_value,
        measures.measure,
        'measured' as reason_code,
        null as both_reasons,
        0 as customers_count
    from groups
    cross join measures
),

reasons as (
    select
        dimension,
        dimension_value,
        measure,
        reason_code,
        max(both_reasons) as both_reasons,
        sum(customers_count) as customers_count
    from valued
    group by dimension, dimension_value, measure, reason_code
),

whole as (
    select
        *,
        sum(customers_count) over (
            partition by dimension, dimension_value, measure
        ) as n
    from reasons
),

final as (
    select
        dimension,
        dimension_value,
        measure,
        reason_code,
        coalesce(both_reasons, reason_words.en) as reason,
        customers_count,
        n,
        cast(customers_count as double) / nullif(n, 0) as customers_share
    from whole
    left join reason_words on whole.reason_code = reason_words.code
)

select * from final
