-- One row per customer and indicator that the loyalty definition uses: the
-- value as a number, NULL if it is unknown.
with

customer_base as (
    select customer_id from customer_base
),

behaviour_measures as (
    select * from behaviour_measures
),

loyal_behaviours as (
    select * from loyal_behaviours
),

customer_attitude as (
    select * from customer_attitude
),

loyalty_conditions as (
    select indicator from loyalty_conditions
),

loyalty_index_items as (
    select indicator from loyalty_index_items
),

named as (
    select indicator from loyalty_conditions
    union all
    select indicator from loyalty_index_items
),

indicators as (
    select indicator from named group by indicator
),

customers as (
    select
        customers.customer_id,
        behaviour.own_orders_count,
        behaviour.repeat_purchases_count,
        behaviour.own_products_count,
        behaviour.own_categories_count,
        behaviour.own_occasions_count,
        behaviour.repeat_purchase_rate,
        behaviour.share_of_wallet,
        behaviour.share_of_requirements,
        behaviour.deal_share,
        behaviour.switching_rate,
        behaviour.choice_seconds_median,
        behaviour.recency_days,
        loyal.loyal_behaviours_count,
        case when loyal.is_recommending then 1 when not loyal.is_recommending
            then 0 end as is_recommending,
        behaviour.touches_count,
        attitude.attitude_index,
        attitude.recommend_index,
        attitude.repurchase_index,
        attitude.tolerance_index,
        attitude.price_tolerance_index,
        attitude.promotion_immunity_index,
        attitude.relative_attitude,
        attitude.cross_buy_index,
        attitude.encourage_index,
        attitude.satisfaction_index,
        attitude.battery_index
    from customer_base as customers
    left join behaviour_measures as behaviour
        on customers.customer_id = behaviour.customer_id
    left join loyal_behaviours as loyal
        on customers.customer_id = loyal.customer_id
    left join customer_attitude as attitude
        on customers.customer_id = attitude.customer_id
),

final as (
    select
        customers.customer_id,
        indicators.indicator,
        cast(case indicators.indicator
            when 'own_orders_count' then own_orders_count
            when 'repeat_purchases_count' then repeat_purchases_count
            when 'own_products_count' then own_products_count
            when 'own_categories_count' then own_categories_count
            when 'own_occasions_count' then own_occasions_count
            when 'repeat_purchase_rate' then repeat_purchase_rate
            when 'share_of_wallet' then share_of_wallet
            when 'share_of_requirements' then share_of_requirements
            when 'deal_share' then deal_share
            when 'switching_rate' then switching_rate
            when 'choice_seconds_median' then choice_seconds_median
            when 'recency_days' then recency_days
            when 'loyal_behaviours_count' then loyal_behaviours_count
            when 'is_recommending' then is_recommending
            when 'touches_count' then touches_count
            when 'attitude_index' then attitude_index
            when 'recommend_index' then recommend_index
            when 'repurchase_index' then repurchase_index
            when 'tolerance_index' then tolerance_index
            when 'price_tolerance_index' then price_tolerance_index
            when 'promotion_immunity_index' then promotion_immunity_index
            when 'relative_attitude' then relative_attitude
            when 'cross_buy_index' then cross_buy_index
            when 'encourage_index' then encourage_index
            when 'satisfaction_index' then satisfaction_index
            when 'battery_index' then battery_index
        end as double) as value
    from customers
    cross join indicators
)

select * from final
