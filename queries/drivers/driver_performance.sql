-- One row per dimension, value and driver: how well the brand does on what
-- loyalty depends on, and how much it matters; in total, by customer type, by
-- band of competition, and by the situation of the market at the time of the
-- answer (response_situations).
--
-- Drivers are constructs of the questionnaire. Costs, effort and switching costs
-- are a burden, so they are reversed (100 - index) and say so in their name:
-- cost_money_reversed is high where the price is no burden. What customers do or
-- intend as a result of loyalty (recommend, repurchase, complaint and the like),
-- what was promised to them or they demand or expect, what comes first for them,
-- where they use it, and what it costs to leave a rival is no performance and
-- left out.
-- Performance is the mean index over customers, latest response each, with a
-- normal interval from the sample standard deviation. Importances are given
-- from outside (stg_driver_importances, by construct). Quadrants (importance-performance
-- analysis, Martilla and James 1977) have their crosshair at the means of both
-- over the constructs with an importance; a mean itself counts as high: keep up
-- (important, good), concentrate here (important, poor), low priority (poor),
-- possible overkill (good). Groups under $min_cell customers are suppressed and
-- do not move the crosshair.
with

customer_constructs as (
    select * from customer_constructs
),

customer_profile as (
    select * from customer_profile
),

survey_responses as (
    select response_id, customer_id from survey_responses where is_latest
),

response_situations as (
    select * from response_situations
),

stg_driver_importances as (
    select * from stg_driver_importances
),

importances as (
    select construct, avg(importance) as importance
    from stg_driver_importances
    group by construct
),

asked as (
    select
        *,
        starts_with(construct, 'cost_')
        or starts_with(construct, 'switching_')
        or construct = 'effort' as is_burden
    from customer_constructs
    where
        construct not in (
            -- outcomes
            'recommend', 'encourage', 'repurchase', 'cross_buy', 'tolerance',
            'competitor', 'price_tolerance', 'promotion_immunity', 'complaint',
            'wallet_declared', 'brand_rank',
            -- standards that performance is held against
            'demand', 'expectation', 'promise_set', 'need_first',
            -- what customers are like
            'personal_values', 'consumption_setting',
            -- what it costs to leave a rival
            'rival_switching_money', 'rival_switching_mind',
            'rival_switching_time'
        )
),

drivers as (
    select
        customer_id,
        construct as asked_construct,
        case when is_burden then construct || '_reversed' else construct end
            as driver,
        case when is_burden then 100 - construct_index else construct_index end
            as driver_index
    from asked
),

answers as (
    select
        drivers.asked_construct,
        drivers.driver as construct,
        drivers.driver_index as construct_index,
        unnest(make_array(
            'total',
            'customer_type',
            'competition',
            'situation'
        )) as dimension,
        unnest(make_array(
            'all',
            coalesce(profile.customer_type, 'unknown'),
            profile.competition,
            situations.situation
        )) as dimension_value
    from drivers
    left join customer_profile as profile
        on drivers.customer_id = profile.customer_id
    left join survey_responses as responses
        on drivers.customer_id = responses.customer_id
    left join response_situations as situations
        on responses.response_id = situations.response_id
),

sums as (
    select
        dimension,
        dimension_value,
        construct,
        asked_construct,
        count(*) as n,
        cast(count(*) as double) as weight,
        sum(construct_index) as total,
        sum(construct_index * construct_index) as squares
    from answers
    where dimension_value is not null
    group by dimension, dimension_value, construct, asked_construct
),

means as (
    select
        sums.dimension,
        sums.dimension_value,
        sums.construct,
        sums.n,
        sums.n < $min_cell as is_suppressed,
        case when sums.n >= $min_cell then sums.total / sums.weight end
            as mean_index,
        -- rounding may push the variance of equal values below 0
        case when sums.n >= $min_cell and sums.n > 1
            then cast($interval_z as double) * sqrt(
                greatest(
                    sums.squares - sums.total * (sums.total / sums.weight), 0.0
                ) / ((sums.weight - 1) * sums.weight)
            ) end as margin,
        importances.importance
    from sums
    left join importances
        on sums.asked_construct = importances.construct
),

crosshairs as (
    select
        dimension,
        dimension_value,
        avg(case when mean_index is not null then importance end)
            as mean_importance,
        avg(case when importance is not null then mean_index end)
            as mean_performance
    from means
    group by dimension, dimension_value
),

-- 1e-7: a construct that is the mean on paper may miss it in binary
placed as (
    select
        means.*,
        case when means.importance is not null
            then crosshairs.mean_importance end as crosshair_importance,
        case when means.importance is not null
            then crosshairs.mean_performance end as crosshair_performance,
        means.importance >= crosshairs.mean_importance - 1e-7 as is_important,
        means.mean_index >= crosshairs.mean_performance - 1e-7 as is_good
    from means
    inner join crosshairs
        on means.dimension = crosshairs.dimension
        and means.dimension_value = crosshairs.dimension_value
),

final as (
    select
        dimension,
        dimension_value,
        construct,
        is_suppressed,
        case when not is_suppressed then n end as n,
        mean_index,
        case when margin is not null
            then greatest(mean_index - margin, 0.0) end as low,
        case when margin is not null
            then least(mean_index + margin, 100.0) end as high,
        importance,
        crosshair_importance,
        crosshair_performance,
        case
            when is_important and is_good then 'keep_up'
            when is_important and not is_good then 'concentrate_here'
            when not is_important and not is_good then 'low_priority'
            when not is_important and is_good then 'possible_overkill'
        end as quadrant
    from placed
)

select * from final
