-- One row per customer: the loyalty segment and the measures behind it.
--
-- The segments are those of Dick and Basu (1994) by behaviour and attitude:
-- true_loyalty (high, high), latent_loyalty (low, high), spurious_loyalty
-- (high, low) and no_loyalty (low, low). A customer is unmeasured if either
-- state is unknown, with the reason; unknown never counts as low. Segment
-- former (former_candidates) comes before all of these, and is_loyal is then
-- NULL. Further columns are the loyalty index and why the customer stays
-- (loyalty_types).
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

customer_profile as (
    select * from customer_profile
),

former_words as (
    select code, en from catalogue_codes
    where
        column_name = 'is_loyal_reason_code'
        and code = 'no_longer_customer'
),

former_customers as (
    select
        candidates.customer_id,
        candidates.former_because,
        'no_longer_customer' as is_loyal_reason_code,
        former_words.en as is_loyal_reason
    from former_candidates as candidates
    left join former_words on former_words.code = 'no_longer_customer'
    where candidates.is_former
),

loyalty_types as (
    select * from loyalty_types
),

loyalty_index as (
    select * from loyalty_index
),

loyal_customers as (
    select * from loyal_customers
),

final as (
    select
        customers.customer_id,
        case
            when former.customer_id is not null then 'former'
            when behaviour.behaviour_state = 'high'
                and attitude.attitude_state = 'high' then 'true_loyalty'
            when behaviour.behaviour_state = 'low'
                and attitude.attitude_state = 'high' then 'latent_loyalty'
            when behaviour.behaviour_state = 'high'
                and attitude.attitude_state = 'low' then 'spurious_loyalty'
            when behaviour.behaviour_state = 'low'
                and attitude.attitude_state = 'low' then 'no_loyalty'
            else 'unmeasured'
        end as segment,
        behaviour.behaviour_state,
        attitude.attitude_state,
        former.former_because,
        case when former.customer_id is null then nullif(
            concat_ws(
                ',',
                behaviour.behaviour_unmeasured_because_code,
                attitude.attitude_unmeasured_because_code
            ),
            ''
        ) end as unmeasured_because_code,
        case when former.customer_id is null then nullif(
            concat_ws(
                ', ',
                behaviour.behaviour_unmeasured_because,
                attitude.attitude_unmeasured_because
            ),
            ''
        ) end as unmeasured_because,
        case when former.customer_id is null then loyal.is_loyal end
            as is_loyal,
        coalesce(former.is_loyal_reason_code, loyal.is_loyal_reason_code)
            as is_loyal_reason_code,
        coalesce(former.is_loyal_reason, loyal.is_loyal_reason)
            as is_loyal_reason,
        types.loyalty_type,
        types.loyalty_type_reason_code,
        types.loyalty_type_reason,
        types.loyalty_type_unknown_because_code,
        types.loyalty_type_unknown_because,
        loyalty_index.loyalty_index,
        behaviour.behaviour_index,
        profile.customer_type,
        profile.size,
        profile.region,
        behaviour.is_active,
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
        behaviour.own_margin,
        behaviour.loyal_behaviours_count,
        behaviour.recency_days,
        behaviour.last_own_ordered_at,
        behaviour.gap_days_median,
        behaviour.next_order_due_at,
        attitude.attitude_index,
        attitude.attitude_raw,
        attitude.attitude_raw_share,
        attitude.answered_weight_share,
        attitude.repurchase_index,
        attitude.recommend_index,
        attitude.recommend_group,
        attitude.satisfaction_index,
        attitude.responded_at
    from customer_base as customers
    left join customer_behaviour as behaviour
        on customers.customer_id = behaviour.customer_id
    left join customer_attitude as attitude
        on customers.customer_id = attitude.customer_id
    left join customer_profile as profile
        on customers.customer_id = profile.customer_id
    left join former_customers as former
        on customers.customer_id = former.customer_id
    left join loyalty_types as types
        on customers.customer_id = types.customer_id
    left join loyalty_index
        on customers.customer_id = loyalty_index.customer_id
    left join loyal_customers as loyal
        on customers.customer_id = loyal.customer_id
)

select * from final
