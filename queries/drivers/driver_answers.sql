-- One row per group, customer and construct that the customer answered in the
-- response that counts: the input of importance and performance. The groups are
-- the total, the customer type, the band of competition, and the market
-- situation at the time of the answer (response_situations). A customer whose
-- band or situation is unknown has no row in that dimension.
--
-- Costs, effort and switching costs are burdens. Their index is reversed (100 -
-- index) and the name ends in _reversed: cost_money_reversed is high if the
-- price is no burden. is_performance is false for outcomes of loyalty, for
-- standards, for traits of the customer, and for the cost of leaving a rival.
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
            -- Outcomes of loyalty.
            'recommend', 'encourage', 'repurchase', 'cross_buy', 'tolerance',
            'competitor', 'price_tolerance', 'promotion_immunity', 'complaint',
            'wallet_declared', 'brand_rank',
            -- Standards that performance is measured against.
            'demand', 'expectation', 'promise_set', 'need_first',
            -- Traits of the customer.
            'personal_values', 'consumption_setting',
            -- The cost of leaving a rival.
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
