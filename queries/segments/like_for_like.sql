-- One row per figure: its change since the compared run among customers for
-- whom it is known in both runs (like for like). There is no row without an
-- earlier run, or for a figure that no customer has twice.
--
-- Customers who are former in either run do not count. The interval of a share
-- is that of the difference of two paired proportions by Agresti and Min
-- (2005), as in segment_changes. That of a mean is d +- z s / sqrt(n), with d
-- and s the mean and the standard deviation of the customers' differences.
with

customer_loyalty as (
    select * from customer_loyalty
),

previous_customer_loyalty as (
    select * from previous_customer_loyalty
),

columns_of_both as (
    select
        true as is_today,
        customer_id,
        segment,
        behaviour_state,
        attitude_state,
        is_loyal,
        recommend_group,
        attitude_index,
        repurchase_index,
        recommend_index,
        satisfaction_index,
        loyalty_index,
        behaviour_index
    from customer_loyalty
    union all
    select
        false as is_today,
        customer_id,
        segment,
        behaviour_state,
        attitude_state,
        is_loyal,
        recommend_group,
        attitude_index,
        repurchase_index,
        recommend_index,
        satisfaction_index,
        loyalty_index,
        behaviour_index
    from previous_customer_loyalty
),

-- The figures of a customer as numbers, in the order of the names in pairs.
customer_figures as (
    select
        is_today,
        customer_id,
        make_array(
            case when is_loyal then 1e0 when not is_loyal then 0e0 end,
            case behaviour_state when 'high' then 1e0 when 'low' then 0e0 end,
            case attitude_state when 'high' then 1e0 when 'low' then 0e0 end,
            case recommend_group
                when 'promoter' then 1e0
                when 'passive' then 0e0
                when 'detractor' then -1e0
            end,
            cast(attitude_index as double),
            cast(repurchase_index as double),
            cast(recommend_index as double),
            cast(satisfaction_index as double),
            cast(loyalty_index as double),
            cast(behaviour_index as double)
        ) as numbers
    from columns_of_both
    where segment is distinct from 'former'
),

pairs as (
    select
        unnest(make_array(
            'loyal_share', 'behaviour_high_share', 'attitude_high_share', 'nps',
            'attitude_index', 'repurchase_index', 'recommend_index',
            'satisfaction_index', 'loyalty_index', 'behaviour_index'
        )) as figure,
        unnest(today.numbers) as number_today,
        unnest(before.numbers) as number_before
    from customer_figures as today
    inner join customer_figures as before
        on today.customer_id = before.customer_id
    where today.is_today and not before.is_today
),

-- Counts, sums and sums of squares of the differences, in one pass.
figures as (
    select
        figure,
        case
            when figure like '%_share' then 'share'
            when figure like '%_index' then 'index'
            else 'nps'
        end as unit,
        count(number_today - number_before) as n,
        sum(number_today - number_before) as net,
        sum(
            (number_today - number_before) * (number_today - number_before)
        ) as squares
    from pairs
    group by figure
),

-- greatest() because rounding may fall below 0.
spreads as (
    select
        *,
        case when unit = 'share' then net / (n + 2e0)
            else net / n end as centre,
        cast($interval_z as double) * case
            when unit = 'share'
                then sqrt(greatest(squares + 1 - net * net / (n + 2e0), 0e0))
                    / (n + 2e0)
            when n > 1
                then sqrt(greatest(squares - net * net / n, 0e0) / (n - 1) / n)
        end as half_width
    from figures
    where n > 0
),

final as (
    select
        figure,
        unit,
        case when n >= $min_cell then n end as like_for_like_n,
        case when n >= $min_cell then net / n end as like_for_like_change,
        case when n >= $min_cell then centre - half_width end
            as like_for_like_change_low,
        case when n >= $min_cell then centre + half_width end
            as like_for_like_change_high
    from spreads
)

select * from final
