-- One row per customer whose behaviour is high and who is not former: the
-- loyalty type by the first rule below that applies, with its reason, or else
-- why no type is known.
--
-- The five types follow Griffin (1995) and Gremler and Brown (1996): monopoly,
-- cost of change, incentives, commitment, habit. A low attitude must be
-- measured; an unknown one never leads to a type. A contract includes its last
-- day, as in customer_activity. A customer is dissatisfied if the satisfaction
-- is more than one sample standard deviation below the mean of the customers
-- whose behaviour is high. is_recommending is one of the five loyal behaviours.
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

-- If a customer is registered twice, the later contract and the smaller number
-- of competitors count.
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

-- customer_behaviour holds only customers whose behaviour is high.
satisfaction_sums as (
    select
        count(attitude.satisfaction_index) as n,
        avg(attitude.satisfaction_index) as mean,
        sum(attitude.satisfaction_index) as total,
        sum(attitude.satisfaction_index * attitude.satisfaction_index)
            as squares
    from customer_behaviour as behaviour
    inner join customer_attitude as attitude
        on behaviour.customer_id = attitude.customer_id
),

-- greatest() because rounding may fall below 0.
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
        behaviour.is_recommending,
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

reason_words as (
    select code, en from catalogue_codes
    where column_name = 'loyalty_type_reason_code'
),

unknown_words as (
    select code, en from catalogue_codes
    where column_name = 'loyalty_type_unknown_because_code'
),

-- The first rule that applies gives the type.
typed as (
    select
        customer_id,
        case
            -- No other supplier available, and attitude low.
            when competitors_available_count = 0
                and attitude_state = 'low'
                then 'monopoly'
            -- Under contract, and attitude low.
            when is_under_contract
                and attitude_state = 'low'
                then 'cost_of_change'
            -- Clearly dissatisfied, and switching is costly.
            when switching_index >= $switching_cost_cut - 1e-7
                and is_dissatisfied
                then 'cost_of_change'
            -- Buys mostly on deal, and attitude low.
            when deal_share >= $deal_share_cut - 1e-7
                and attitude_state = 'low'
                then 'incentivised'
            -- Another party pays, and attitude low.
            when is_paid_by_other
                and attitude_state = 'low'
                then 'incentivised'
            -- Attitude high, recommends, and does not buy mostly on deal.
            when attitude_state = 'high'
                and is_recommending
                and (
                    deal_share is null
                    or deal_share < $deal_share_cut - 1e-7
                )
                then 'committed'
            -- Buys at regular intervals through one channel.
            when gap_days_variation < $habit_gap_variation_cut - 1e-7
                and own_occasions_count >= $habit_min_occasions
                and main_channel_share >= $habit_channel_share_cut - 1e-7
                then 'habitual'
        end as loyalty_type,
        is_under_contract and attitude_state = 'low' as is_bound,
        deal_share >= $deal_share_cut - 1e-7 as is_mostly_on_deal,
        attitude_state,
        is_recommending,
        deal_share,
        competitors_available_count
    from customers
),

explained as (
    select
        customer_id,
        loyalty_type,
        case loyalty_type
            when 'monopoly' then 'no_other_supplier'
            when 'cost_of_change' then
                case
                    when is_bound then 'under_contract'
                    else 'change_costs_too_much'
                end
            when 'incentivised' then
                case
                    when is_mostly_on_deal then 'mostly_on_deal'
                    else 'paid_by_other'
                end
            when 'committed' then
                case
                    when deal_share is null then 'recommends'
                    else 'recommends_without_deals'
                end
            when 'habitual' then 'even_intervals'
        end as loyalty_type_reason_code,
        case
            when loyalty_type is not null then null
            when attitude_state = 'high' and is_recommending is null
                then 'recommending_unknown'
            when attitude_state = 'high' then 'no_rule_holds'
            when attitude_state = 'low'
                and competitors_available_count is null
                and deal_share is null
                then 'rivals_and_deals_unknown'
            when attitude_state = 'low' then 'no_rule_holds'
            else 'attitude_unmeasured'
        end as loyalty_type_unknown_because_code
    from typed
),

final as (
    select
        explained.customer_id,
        explained.loyalty_type,
        explained.loyalty_type_reason_code,
        reason_words.en as loyalty_type_reason,
        explained.loyalty_type_unknown_because_code,
        unknown_words.en as loyalty_type_unknown_because
    from explained
    left join reason_words
        on explained.loyalty_type_reason_code = reason_words.code
    left join unknown_words
        on explained.loyalty_type_unknown_because_code = unknown_words.code
)

select * from final
