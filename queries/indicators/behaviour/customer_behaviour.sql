-- One row per customer: behavioural loyalty over the window of $window_days
-- whole days that end with as_of_date.
--
-- B1 repeat purchases, B2 share of category requirements, B3 decision time, B4
-- (a) deal share, B5 brand attention, B6 repeat purchase rate, B7 share of
-- wallet, B8 switching, B10 behaviour_state, B11 is_active, B12 loyal
-- behaviours. behaviour_measures defines the numbers.
--
-- Cuts are inclusive and compared exactly. The index, the pooled category
-- shares and a share of wallet from the survey are compared within 1e-7.
-- Categories with rules of their own are pooled (customer_occasions).
with

behaviour_measures as (
    select * from behaviour_measures
),

customer_activity as (
    select * from customer_activity
),

loyal_behaviours as (
    select * from loyal_behaviours
),

behaviour_index as (
    select * from behaviour_index
),

stg_declared_behaviour as (
    select * from stg_declared_behaviour
),

-- Contradictory declarations of a customer make the state unknown.
declared as (
    select
        customer_id,
        case
            when min(behaviour_state) = max(behaviour_state)
                then min(behaviour_state)
        end as declared_state
    from stg_declared_behaviour
    where customer_id is not null
    group by customer_id
),

measured as (
    select
        measures.*,
        activity.is_active,
        activity.next_order_due_at,
        loyal.is_repeating,
        loyal.is_wallet_loyal,
        loyal.is_recommending,
        loyal.is_forgiving,
        loyal.is_trying_new,
        loyal.loyal_behaviours_count,
        indices.behaviour_index,
        declared.declared_state
    from behaviour_measures as measures
    left join customer_activity as activity
        on measures.customer_id = activity.customer_id
    left join loyal_behaviours as loyal
        on measures.customer_id = loyal.customer_id
    left join behaviour_index as indices
        on measures.customer_id = indices.customer_id
    left join declared
        on measures.customer_id = declared.customer_id
),

reason_words as (
    select code, en from catalogue_codes
    where column_name = 'behaviour_unmeasured_because_code'
),

-- The reason why a state is not measured; NULL if it is.
explained as (
    select
        *,
        case
            when $behaviour_rule = 'declared' then
                case
                    when declared_state in ('high', 'low') then null
                    else 'not_declared'
                end
            when $behaviour_rule = 'retained' then
                case
                    when is_active is null and has_purchases
                        then 'silence_contradicted'
                    when is_active is null
                        then 'no_contract_or_purchase'
                end
            when $behaviour_rule = 'index' then
                case
                    when behaviour_index is null
                        then 'index_unknown'
                end
            when $behaviour_rule = 'share' and wallet_source <> 'observed'
                then null
            when not has_purchases then 'no_purchase_on_file'
            when $behaviour_rule = 'count' then null
            when category_occasions_count is null then 'rivals_not_seen'
            when category_occasions_count = 0 and own_occasions_count > 0
                then 'rivals_not_seen'
            when category_occasions_count = 0 then 'no_purchase_in_window'
            when enough_share < 1 - 1e-7 then 'too_few_purchases'
        end as behaviour_unmeasured_because_code
    from measured
),

final as (
    select
        customer_id,
        own_orders_count,
        repeat_purchases_count,
        own_products_count,
        own_categories_count,
        own_occasions_count,
        category_occasions_count,
        repeat_purchase_rate,
        own_amount,
        category_amount,
        compared_own_occasions_count,
        cast(compared_own_amount as decimal(18, 2)) as compared_own_amount,
        cast(wallet_own_amount as decimal(18, 2)) as wallet_own_amount,
        cast(wallet_amount as decimal(18, 2)) as wallet_amount,
        share_of_wallet,
        wallet_source,
        share_of_requirements,
        choice_seconds_median,
        deal_share,
        touches_count,
        touch_channels_count,
        touch_topics_count,
        visits_without_purchase_count,
        campaigns_received_count,
        switching_rate,
        own_margin,
        recency_days,
        last_own_ordered_at,
        gap_days_median,
        gap_days_variation,
        next_order_due_at,
        main_channel_share,
        is_active,
        is_repeating,
        is_wallet_loyal,
        is_recommending,
        is_forgiving,
        is_trying_new,
        loyal_behaviours_count,
        behaviour_index,
        case
            when behaviour_unmeasured_because_code is not null
                then 'insufficient'
            when $behaviour_rule = 'declared' then declared_state
            when $behaviour_rule = 'retained' then
                case when is_active then 'high' else 'low' end
            when $behaviour_rule = 'index' then
                case
                    when behaviour_index
                        >= cast($behaviour_index_cut as double) - 1e-7
                        then 'high'
                    else 'low'
                end
            when $behaviour_rule = 'count' then
                case
                    when high_share >= 1 - 1e-7 then 'high'
                    else 'low'
                end
            when wallet_source <> 'observed' then
                case
                    when share_of_wallet
                        >= cast($behaviour_cut as double) - 1e-7 then 'high'
                    else 'low'
                end
            when compared_own_occasions_count >= needed_occasions then 'high'
            when wallet_own_amount > 0 and wallet_own_amount >= needed_amount
                then 'high'
            else 'low'
        end as behaviour_state,
        behaviour_unmeasured_because_code,
        reason_words.en as behaviour_unmeasured_because
    from explained
    left join reason_words
        on explained.behaviour_unmeasured_because_code = reason_words.code
)

select * from final
