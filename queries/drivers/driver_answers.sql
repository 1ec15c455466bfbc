-- One row per group of customers, customer and construct that the customer
-- answered in the response that counts: what importance and performance are
-- computed from. A customer is in the group of all, of the customer type, of
-- the band of competition, and of the situation of the market at the time of
-- the answer (response_situations); unknown bands and situations have no row.
--
-- Costs, effort and switching costs are a burden, so they are reversed (100 -
-- index) and say so in their name: cost_money_reversed is high where the price
-- is no burden. What customers do or intend as a result of loyalty (recommend,
-- repurchase, complaint and the like), what was promised to them or they demand
-- or expect, what comes first for them, where they use it, and what it costs
-- to leave a rival is no performance.
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

asked as (
    select
        *,
        starts_with(construct, 'cost_')
        or starts_with(construct, 'switching_')
        or construct = 'effort' as is_burden,
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
        ) as is_performance
    from customer_constructs
),

drivers as (
    select
        customer_id,
        construct,
        is_performance,
        case when is_burden then construct || '_reversed' else construct end
            as driver,
        case when is_burden then 100 - construct_index else construct_index end
            as driver_index
    from asked
),

grouped as (
    select
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
        )) as dimension_value,
        drivers.customer_id,
        drivers.construct,
        drivers.driver,
        drivers.driver_index,
        drivers.is_performance
    from drivers
    left join customer_profile as profile
        on drivers.customer_id = profile.customer_id
    left join survey_responses as responses
        on drivers.customer_id = responses.customer_id
    left join response_situations as situations
        on responses.response_id = situations.response_id
),

final as (
    select * from grouped where dimension_value is not null
)

select * from final
