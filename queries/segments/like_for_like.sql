-- One row per figure: how it changed since the run that this one is compared
-- with among the customers of whom it is known both times, like for like.
-- Without an earlier run, and for a figure that nobody has twice, there is no
-- row.
--
-- Former customers of either time stand outside. The interval of a share is
-- that of the difference of two shares of the same customers after Agresti and
-- Min (2005), as in segment_changes; that of a mean is d +- z s / sqrt(n), with
-- d and s the mean and the standard deviation of the customers' differences.
with

customer_loyalty as (
    select
        customer_id,
        case behaviour_state when 'high' then 1 when 'low' then 0 end
            as behaviour_high,
        case attitude_state when 'high' then 1 when 'low' then 0 end
            as attitude_high,
        case when is_loyal then 1 when not is_loyal then 0 end as loyal,
        case recommend_group
            when 'promoter' then 1 when 'passive' then 0 when 'detractor' then -1
        end as recommends,
        cast(attitude_index as double) as attitude_index,
        cast(repurchase_index as double) as repurchase_index,
        cast(recommend_index as double) as recommend_index,
        cast(satisfaction_index as double) as satisfaction_index,
        cast(loyalty_index as double) as loyalty_index,
        cast(behaviour_index as double) as behaviour_index
    from customer_loyalty
    where segment is distinct from 'former'
),

previous_customer_loyalty as (
    select
        customer_id,
        case behaviour_state when 'high' then 1 when 'low' then 0 end
            as behaviour_high,
        case attitude_state when 'high' then 1 when 'low' then 0 end
            as attitude_high,
        case when is_loyal then 1 when not is_loyal then 0 end as loyal,
        case recommend_group
            when 'promoter' then 1 when 'passive' then 0 when 'detractor' then -1
        end as recommends,
        cast(attitude_index as double) as attitude_index,
        cast(repurchase_index as double) as repurchase_index,
        cast(recommend_index as double) as recommend_index,
        cast(satisfaction_index as double) as satisfaction_index,
        cast(loyalty_index as double) as loyalty_index,
        cast(behaviour_index as double) as behaviour_index
    from previous_customer_loyalty
    where segment is distinct from 'former'
),

-- NULL where the figure is not known both times
differences as (
    select
        cast(today.loyal - before.loyal as double) as loyal,
        cast(today.behaviour_high - before.behaviour_high as double)
            as behaviour_high,
        cast(today.attitude_high - before.attitude_high as double)
            as attitude_high,
        cast(today.recommends - before.recommends as double) as recommends,
        today.attitude_index - before.attitude_index as attitude_index,
        today.repurchase_index - before.repurchase_index as repurchase_index,
        today.recommend_index - before.recommend_index as recommend_index,
        today.satisfaction_index - before.satisfaction_index
            as satisfaction_index,
        today.loyalty_index - before.loyalty_index as loyalty_index,
        today.behaviour_index - before.behaviour_index as behaviour_index
    from customer_loyalty as today
    inner join previous_customer_loyalty as before
        on today.customer_id = before.customer_id
),

-- one pass over the customers: counts, sums, and sums of squares
totals as (
    select
        count(loyal) as loyal_n,
        sum(loyal) as loyal_sum,
        sum(loyal * loyal) as loyal_squares,
        count(behaviour_high) as behaviour_high_n,
        sum(behaviour_high) as behaviour_high_sum,
        sum(behaviour_high * behaviour_high) as behaviour_high_squares,
        count(attitude_high) as attitude_high_n,
        sum(attitude_high) as attitude_high_sum,
        sum(attitude_high * attitude_high) as attitude_high_squares,
        count(recommends) as recommends_n,
        sum(recommends) as recommends_sum,
        sum(recommends * recommends) as recommends_squares,
        count(attitude_index) as attitude_index_n,
        sum(attitude_index) as attitude_index_sum,
        sum(attitude_index * attitude_index) as attitude_index_squares,
        count(repurchase_index) as repurchase_index_n,
        sum(repurchase_index) as repurchase_index_sum,
        sum(repurchase_index * repurchase_index) as repurchase_index_squares,
        count(recommend_index) as recommend_index_n,
        sum(recommend_index) as recommend_index_sum,
        sum(recommend_index * recommend_index) as recommend_index_squares,
        count(satisfaction_index) as satisfaction_index_n,
        sum(satisfaction_index) as satisfaction_index_sum,
        sum(satisfaction_index * satisfaction_index)
            as satisfaction_index_squares,
        count(loyalty_index) as loyalty_index_n,
        sum(loyalty_index) as loyalty_index_sum,
        sum(loyalty_index * loyalty_index) as loyalty_index_squares,
        count(behaviour_index) as behaviour_index_n,
        sum(behaviour_index) as behaviour_index_sum,
        sum(behaviour_index * behaviour_index) as behaviour_index_squares
    from differences
),

figures as (
    select
        names.figure,
        names.unit,
        case names.figure
            when 'loyal_share' then loyal_n
            when 'behaviour_high_share' then behaviour_high_n
            when 'attitude_high_share' then attitude_high_n
            when 'nps' then recommends_n
            when 'attitude_index' then attitude_index_n
            when 'repurchase_index' then repurchase_index_n
            when 'recommend_index' then recommend_index_n
            when 'satisfaction_index' then satisfaction_index_n
            when 'loyalty_index' then loyalty_index_n
            when 'behaviour_index' then behaviour_index_n
        end as n,
        case names.figure
            when 'loyal_share' then loyal_sum
            when 'behaviour_high_share' then behaviour_high_sum
            when 'attitude_high_share' then attitude_high_sum
            when 'nps' then recommends_sum
            when 'attitude_index' then attitude_index_sum
            when 'repurchase_index' then repurchase_index_sum
            when 'recommend_index' then recommend_index_sum
            when 'satisfaction_index' then satisfaction_index_sum
            when 'loyalty_index' then loyalty_index_sum
            when 'behaviour_index' then behaviour_index_sum
        end as net,
        case names.figure
            when 'loyal_share' then loyal_squares
            when 'behaviour_high_share' then behaviour_high_squares
            when 'attitude_high_share' then attitude_high_squares
            when 'nps' then recommends_squares
            when 'attitude_index' then attitude_index_squares
            when 'repurchase_index' then repurchase_index_squares
            when 'recommend_index' then recommend_index_squares
            when 'satisfaction_index' then satisfaction_index_squares
            when 'loyalty_index' then loyalty_index_squares
            when 'behaviour_index' then behaviour_index_squares
        end as squares
    from totals
    cross join (
        values
            ('loyal_share', 'share'),
            ('behaviour_high_share', 'share'),
            ('attitude_high_share', 'share'),
            ('nps', 'nps'),
            ('attitude_index', 'index'),
            ('repurchase_index', 'index'),
            ('recommend_index', 'index'),
            ('satisfaction_index', 'index'),
            ('loyalty_index', 'index'),
            ('behaviour_index', 'index')
    ) as names (figure, unit)
),

-- greatest() because rounding may fall below 0
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
