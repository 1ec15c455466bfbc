-- One row per customer: behavioural loyalty over the window of $window_days
-- whole days that end with as_of_date.
--
-- B1 repeat purchases, B2 share of category requirements, B4 (a) deal share,
-- B6 repeat purchase rate, B7 share of wallet, B10 behaviour_state. Counts are
-- NULL for a customer without any purchase on file, 0 for one whose purchases
-- lie outside the window. Where rivals are not seen, everything about the
-- whole category is NULL: own purchases alone say nothing about shares.
-- Cuts are inclusive and compared exactly (integers and decimals).
with

customer_base as (
    select * from customer_base
),

purchase_history as (
    select * from purchase_history
),

customer_occasions as (
    select * from customer_occasions
),

own_purchases as (
    select * from own_purchases
),

stg_declared_behaviour as (
    select * from stg_declared_behaviour
),

-- a customer declared in two different ways is not known
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

-- zero where purchases are on file, NULL where they are not
counted as (
    select
        customers.customer_id,
        customers.has_purchases,
        declared.declared_state,
        history.first_own_ordered_at,
        occasions.last_own_ordered_at,
        case when customers.has_purchases
            then coalesce(own.own_orders_count, 0) end
            as own_orders_count,
        case when customers.has_purchases
            then coalesce(own.own_products_count, 0) end
            as own_products_count,
        case when customers.has_purchases
            then coalesce(own.own_categories_count, 0) end
            as own_categories_count,
        case when customers.has_purchases
            then coalesce(occasions.own_occasions_count, 0) end
            as own_occasions_count,
        case when customers.has_purchases and $rivals_seen
            then coalesce(occasions.category_occasions_count, 0) end
            as category_occasions_count,
        case when customers.has_purchases
            then coalesce(occasions.own_amount, 0) end
            as own_amount,
        case when customers.has_purchases and $rivals_seen
            then coalesce(occasions.category_amount, 0) end
            as category_amount,
        occasions.own_quantity,
        case when $rivals_seen then occasions.category_quantity end
            as category_quantity,
        own.own_deal_quantity,
        own.own_bought_quantity
    from customer_base as customers
    left join purchase_history as history
        on customers.customer_id = history.customer_id
    left join customer_occasions as occasions
        on customers.customer_id = occasions.customer_id
    left join own_purchases as own
        on customers.customer_id = own.customer_id
    left join declared
        on customers.customer_id = declared.customer_id
),

measured as (
    select
        *,
        -- the first own purchase ever is no repeat
        own_orders_count - case
            when own_orders_count > 0
                and first_own_ordered_at >= $as_of_date - ($window_days - 1)
                then 1
            else 0
        end as repeat_purchases_count,
        cast(own_occasions_count as double)
            / nullif(cast(category_occasions_count as double), 0)
            as repeat_purchase_rate,
        cast(own_amount as double)
            / nullif(cast(category_amount as double), 0)
            as share_of_wallet,
        cast(own_quantity as double)
            / nullif(cast(category_quantity as double), 0)
            as share_of_requirements,
        cast(own_deal_quantity as double)
            / nullif(cast(own_bought_quantity as double), 0)
            as deal_share,
        $as_of_date - cast(last_own_ordered_at as date)
            as recency_days
    from counted
),

-- why a state cannot be given; NULL where it can
explained as (
    select
        *,
        case
            when $behaviour_rule = 'declared' then
                case
                    when declared_state in ('high', 'low') then null
                    else 'behaviour not declared'
                end
            when not has_purchases then 'no purchase on file'
            when $behaviour_rule = 'count' then null
            when not $rivals_seen then 'rivals not seen'
            when category_occasions_count = 0 then 'no purchase in the window'
            when category_occasions_count < $min_category_occasions
                then 'too few purchases'
        end as behaviour_unmeasured_because
    from measured
),

judged as (
    select
        *,
        case
            when behaviour_unmeasured_because is not null then 'insufficient'
            when $behaviour_rule = 'declared' then declared_state
            when $behaviour_rule = 'count' then
                case
                    when own_occasions_count >= $own_occasions_cut then 'high'
                    else 'low'
                end
            when own_occasions_count
                >= $behaviour_cut * category_occasions_count then 'high'
            when own_amount >= $behaviour_cut * category_amount then 'high'
            else 'low'
        end as behaviour_state
    from explained
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
        cast(own_amount as decimal(18, 2)) as own_amount,
        cast(category_amount as decimal(18, 2)) as category_amount,
        share_of_wallet,
        case when share_of_wallet is not null then 'observed' end
            as wallet_source,
        share_of_requirements,
        deal_share,
        recency_days,
        behaviour_state,
        behaviour_unmeasured_because
    from judged
)

select * from final
