-- One row per customer with purchases in the window or an answer: the four
-- segments of Dick and Basu (1994), and unmeasured if either axis is unknown.
-- Segment former does not occur, because these data have no closed accounts and
-- no customer is silent for longer than the window.
with

states as (
    select
        coalesce(behaviour.customer_id, attitude.customer_id) as customer_id,
        coalesce(behaviour.behaviour_state, 'insufficient') as behaviour_state,
        coalesce(attitude.attitude_state, 'unmeasured') as attitude_state,
        behaviour.own_amount,
        behaviour.share_of_wallet,
        behaviour.repeat_purchase_rate,
        attitude.attitude_index,
        behaviour.recency_days
    from customer_behaviour as behaviour
    full outer join customer_attitude as attitude
        on behaviour.customer_id = attitude.customer_id
),

final as (
    select
        customer_id,
        behaviour_state,
        attitude_state,
        case
            when behaviour_state = 'insufficient'
                or attitude_state = 'unmeasured' then 'unmeasured'
            when behaviour_state = 'high' and attitude_state = 'high'
                then 'true_loyalty'
            when attitude_state = 'high' then 'latent_loyalty'
            when behaviour_state = 'high' then 'spurious_loyalty'
            else 'no_loyalty'
        end as segment,
        own_amount,
        share_of_wallet,
        repeat_purchase_rate,
        attitude_index,
        recency_days
    from states
)

select * from final
