-- One row per customer: the loyalty segment with the measures behind it.
--
-- Segments after Dick and Basu (1994): true (behaviour high, attitude high),
-- latent (low, high), spurious (high, low), none (low, low); unmeasured where
-- either is unknown, with the reason. Unknown is never counted as low.
with

customer_base as (
    select * from customer_base
),

customer_behaviour as (
    select * from customer_behaviour
),

customer_attitude as (
    select * from customer_attitude
),

final as (
    select
        customers.customer_id,
        case
            when behaviour.behaviour_state = 'high'
                and attitude.attitude_state = 'high' then 'true'
            when behaviour.behaviour_state = 'low'
                and attitude.attitude_state = 'high' then 'latent'
            when behaviour.behaviour_state = 'high'
                and attitude.attitude_state = 'low' then 'spurious'
            when behaviour.behaviour_state = 'low'
                and attitude.attitude_state = 'low' then 'none'
            else 'unmeasured'
        end as segment,
        behaviour.behaviour_state,
        attitude.attitude_state,
        nullif(
            concat_ws(
                ', ',
                behaviour.behaviour_unmeasured_because,
                attitude.attitude_unmeasured_because
            ),
            ''
        ) as unmeasured_because,
        behaviour.own_orders_count,
        behaviour.repeat_purchases_count,
        behaviour.own_products_count,
        behaviour.own_categories_count,
        behaviour.own_occasions_count,
        behaviour.category_occasions_count,
        behaviour.repeat_purchase_rate,
        behaviour.own_amount,
        behaviour.category_amount,
        behaviour.share_of_wallet,
        behaviour.wallet_source,
        behaviour.share_of_requirements,
        behaviour.deal_share,
        behaviour.recency_days,
        attitude.attitude_index,
        attitude.attitude_raw,
        attitude.attitude_raw_share,
        attitude.answered_weight_share,
        attitude.repurchase_index,
        attitude.recommend_index,
        attitude.recommend_group,
        attitude.responded_at
    from customer_base as customers
    left join customer_behaviour as behaviour
        on customers.customer_id = behaviour.customer_id
    left join customer_attitude as attitude
        on customers.customer_id = attitude.customer_id
)

select * from final
