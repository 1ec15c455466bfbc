-- One row per dimension, value and answer: whether customers acted on their
-- stated intention, in total and by customer type. Groups of fewer than
-- $min_cell customers are suppressed.
--
-- Customers of intended_purchases are grouped by recommendation group and by
-- repurchase answer (fifths of the scale, which are the answers 1 to 5 of a
-- five-point scale). The figures are the share who bought in the
-- $intent_follow_up_days days after the answer with its Wilson (1927) interval,
-- the change of own amount against the same number of days before, and the
-- customers referred.
with

intended_purchases as (
    select * from intended_purchases
),

answer_groups as (
    select * from (
        values
            (0, 'all', 'all'),
            (1, 'recommend', 'detractor'),
            (2, 'recommend', 'passive'),
            (3, 'recommend', 'promoter'),
            (4, 'repurchase', '0-19'),
            (5, 'repurchase', '20-39'),
            (6, 'repurchase', '40-59'),
            (7, 'repurchase', '60-79'),
            (8, 'repurchase', '80-100')
    ) as answer_groups (position, question, answer)
),

customers as (
    select
        *,
        -- 1e-7 compensates for binary rounding at the edges of the fifths.
        case
            when repurchase_index < 20 - 1e-7 then '0-19'
            when repurchase_index < 40 - 1e-7 then '20-39'
            when repurchase_index < 60 - 1e-7 then '40-59'
            when repurchase_index < 80 - 1e-7 then '60-79'
            when repurchase_index is not null then '80-100'
        end as repurchase_answer
    from intended_purchases
),

sums_by_type as (
    select
        customers.customer_type,
        answer_groups.position,
        count(*) as customers_count,
        sum(case when customers.has_bought then 1 else 0 end) as bought_count,
        sum(customers.amount_before) as amount_before,
        sum(customers.amount_after) as amount_after,
        sum(customers.referrals_count) as referrals_count
    from customers
    inner join answer_groups
        on case answer_groups.question
            when 'recommend' then customers.recommend_group
            when 'repurchase' then customers.repurchase_answer
            else 'all'
        end = answer_groups.answer
    group by customers.customer_type, answer_groups.position
),

sums as (
    select
        'customer_type' as dimension,
        customer_type as dimension_value,
        position,
        customers_count,
        bought_count,
        amount_before,
        amount_after,
        referrals_count
    from sums_by_type
    union all
    select
        'total' as dimension,
        'all' as dimension_value,
        position,
        sum(customers_count) as customers_count,
        sum(bought_count) as bought_count,
        sum(amount_before) as amount_before,
        sum(amount_after) as amount_after,
        sum(referrals_count) as referrals_count
    from sums_by_type
    group by position
),

dimensions as (
    select 'customer_type' as dimension, customer_type as dimension_value
    from sums_by_type
    group by customer_type
    union all
    select 'total' as dimension, 'all' as dimension_value
),

-- Every answer has a row, even if nobody gave it.
groups as (
    select
        dimensions.dimension,
        dimensions.dimension_value,
        answer_groups.position,
        answer_groups.question,
        answer_groups.answer,
        coalesce(sums.customers_count, 0) as customers_count,
        sums.bought_count,
        cast(sums.amount_before as double) as amount_before,
        cast(sums.amount_after as double) as amount_after,
        sums.referrals_count
    from dimensions
    cross join answer_groups
    left join sums
        on dimensions.dimension = sums.dimension
        and dimensions.dimension_value = sums.dimension_value
        and answer_groups.position = sums.position
),

shares as (
    select
        *,
        customers_count between 1 and $min_cell - 1 as is_suppressed,
        cast(customers_count as double) as n,
        cast(bought_count as double) / nullif(customers_count, 0)
            as bought_share,
        cast($interval_z as double) as z
    from groups
),

wilson as (
    select
        *,
        wilson_low(bought_count, n, z) as bought_share_low,
        wilson_high(bought_count, n, z) as bought_share_high
    from shares
),

final as (
    select
        dimension,
        dimension_value,
        position,
        question,
        answer,
        is_suppressed,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when not is_suppressed then bought_share end as bought_share,
        case when not is_suppressed then bought_share_low end
            as bought_share_low,
        case when not is_suppressed then bought_share_high end
            as bought_share_high,
        case when not is_suppressed
            then amount_before / nullif(n, 0) end as mean_amount_before,
        case when not is_suppressed
            then amount_after / nullif(n, 0) end as mean_amount_after,
        case when not is_suppressed
            then (amount_after - amount_before) / nullif(n, 0) end
            as mean_amount_change,
        case when not is_suppressed and amount_before > 0
            then amount_after / amount_before - 1 end as amount_change_rate,
        case when not is_suppressed then referrals_count end
            as referrals_count,
        case when not is_suppressed
            then cast(referrals_count as double) / nullif(n, 0) end
            as mean_referrals
    from wilson
)

select * from final
