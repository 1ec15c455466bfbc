-- One row per customer whose behaviour is high and who still is one: why the customer stays, the
-- first rule below that holds, and that rule in words; NULL where none does.
--
-- Five types after Griffin (1995) and Gremler and Brown (1996): monopoly, cost
-- of change, incentives, commitment, habit. "Not high" is a measured low
-- attitude: an unknown one never makes a type. A contract runs up to and with
-- its last day, as in customer_activity. Sample standard deviation of
-- satisfaction over all customers who have one.
with

former_customers as (
    select customer_id from former_candidates where is_former
),

customer_behaviour as (
    select behaviour.*
    from customer_behaviour as behaviour
    left anti join former_customers as former
        on behaviour.customer_id = former.customer_id
    where behaviour.behaviour_state = 'high'
),

customer_attitude as (
    select * from customer_attitude
),

stg_customers as (
    select * from stg_customers
),

-- where a register lists a customer twice, the later contract and the fewer
-- competitors count
circumstances as (
    select
        customer_id,
        max(contract_ends_at) as contract_ends_at,
        min(competitors_available_count) as competitors_available_count,
        max(case when paid_by = 'other' then 1 else 0 end) = 1
            as is_paid_by_other
    from stg_customers
    where customer_id is not null
    group by customer_id
),

satisfaction_sums as (
    select
        count(satisfaction_index) as n,
        avg(satisfaction_index) as mean,
        sum(satisfaction_index) as total,
        sum(satisfaction_index * satisfaction_index) as squares
    from customer_attitude
),

-- greatest() because rounding may fall below 0
satisfaction as (
    select
        mean - case
            when n > 1
                then sqrt(
                    greatest(squares - total * total / n, 0e0) / (n - 1)
                )
        end as dissatisfied_below
    from satisfaction_sums
),

customers as (
    select
        behaviour.customer_id,
        behaviour.own_occasions_count,
        behaviour.deal_share,
        behaviour.gap_days_variation,
        behaviour.main_channel_share,
        attitude.attitude_state,
        attitude.recommend_group = 'promoter' as is_promoter,
        attitude.switching_index,
        attitude.satisfaction_index < satisfaction.dissatisfied_below
            as is_dissatisfied,
        cast(circumstances.contract_ends_at as date) >= $as_of_date
            as is_under_contract,
        circumstances.competitors_available_count,
        circumstances.is_paid_by_other
    from customer_behaviour as behaviour
    left join customer_attitude as attitude
        on behaviour.customer_id = attitude.customer_id
    left join circumstances
        on behaviour.customer_id = circumstances.customer_id
    cross join satisfaction
),

-- the rules; the first that holds gives the type
typed as (
    select
        customer_id,
        case
            -- nobody else to buy from, and no conviction
            when competitors_available_count = 0
                and attitude_state = 'low'
                then 'monopoly'
            -- clearly dissatisfied, yet bound by a contract
            when is_under_contract
                and is_dissatisfied
                then 'cost_of_change'
            -- clearly dissatisfied, yet leaving costs too much
            when switching_index >= $switching_cost_cut - 1e-7
                and is_dissatisfied
                then 'cost_of_change'
            -- buys mostly on deal, without conviction
            when deal_share >= $deal_share_cut - 1e-7
                and attitude_state = 'low'
                then 'incentivised'
            -- somebody else pays, no conviction
            when is_paid_by_other
                and attitude_state = 'low'
                then 'incentivised'
            -- convinced, recommends, and does not need deals
            when attitude_state = 'high'
                and is_promoter
                and deal_share < $deal_share_cut - 1e-7
                then 'committed'
            -- buys like clockwork in one place
            when gap_days_variation < $habit_gap_variation_cut - 1e-7
                and own_occasions_count >= $habit_min_occasions
                and main_channel_share >= $habit_channel_share_cut - 1e-7
                then 'habitual'
        end as loyalty_type,
        is_under_contract,
        deal_share >= $deal_share_cut - 1e-7 as is_mostly_on_deal
    from customers
),

final as (
    select
        customer_id,
        loyalty_type,
        case loyalty_type
            when 'monopoly' then 'no other supplier, attitude not high'
            when 'cost_of_change' then
                case
                    when is_under_contract
                        then 'dissatisfied, but under contract'
                    else 'dissatisfied, but change costs too much'
                end
            when 'incentivised' then
                case
                    when is_mostly_on_deal
                        then 'buys mostly on deal, attitude not high'
                    else 'paid by somebody else, attitude not high'
                end
            when 'committed' then 'convinced, recommends, needs no deals'
            when 'habitual' then 'even intervals, mostly one channel'
        end as loyalty_type_reason
    from typed
)

select * from final
