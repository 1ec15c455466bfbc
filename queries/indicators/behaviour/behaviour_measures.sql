-- One row per customer: all measures of behavioural loyalty, before any cut is
-- applied.
--
-- Amounts, quantities and margins are over all lines of the window, returns
-- included, and may be negative. In shares of wallet and of requirements, a
-- negative amount of a brand counts as 0 (customer_occasions). A customer who
-- returned everything has no own occasion and no own order.
--
-- Counts are NULL for a customer without any purchase on file, and 0 if all
-- purchases lie outside the window. Measures of the whole category are NULL if
-- rivals are not on file. Touches, visits and campaigns received are NULL if
-- none of any customer is on file. A margin is NULL if its costs are not on
-- file.
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

choice_times as (
    select * from choice_times
),

order_gaps as (
    select * from order_gaps
),

own_channels as (
    select * from own_channels
),

customer_switching as (
    select * from customer_switching
),

own_margins as (
    select * from own_margins
),

brand_touches as (
    select * from brand_touches
),

own_categories as (
    select * from own_categories
),

declared_wallet as (
    select * from declared_wallet
),

stg_campaigns as (
    select * from stg_campaigns
),

stg_contacts as (
    select * from stg_contacts
),

stg_products as (
    select * from stg_products
),

touch_records as (
    select
        count(*) as campaigns_count,
        sum(case when kind in ('opened', 'clicked') then 1 else 0 end)
            as touches_count,
        0 as visits_count
    from stg_campaigns
    where at < $as_of_date + 1
    union all
    select
        0 as campaigns_count,
        sum(
            case when kind in ('visit', 'enquiry', 'suggestion', 'extra_request')
                then 1 else 0 end
        ) as touches_count,
        sum(case when kind = 'visit' then 1 else 0 end) as visits_count
    from stg_contacts
    where at < $as_of_date + 1
    union all
    select
        0 as campaigns_count,
        count(last_own_occasion_at) as touches_count,
        0 as visits_count
    from purchase_history
),

touches_on_file as (
    select
        coalesce(sum(touches_count), 0) > 0 as has_touches,
        coalesce(sum(visits_count), 0) > 0 as has_visits,
        coalesce(sum(campaigns_count), 0) > 0 as has_campaigns
    from touch_records
),

costs_on_file as (
    select count(*) > 0 as has_costs
    from stg_products
    where unit_cost is not null
),

rivals as (
    select coalesce(bool_or(rivals_seen), $rivals_seen) as are_seen
    from own_categories
),

-- Counts are 0 with purchases on file, and NULL without.
counted as (
    select
        customers.customer_id,
        customers.has_purchases,
        history.first_own_ordered_at,
        history.last_own_ordered_at,
        history.last_own_occasion_at,
        occasions.last_own_ordered_at as last_occasion_at,
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
        case when customers.has_purchases and rivals.are_seen
            then coalesce(occasions.category_occasions_count, 0) end
            as category_occasions_count,
        case when customers.has_purchases
            then coalesce(occasions.own_amount, 0) end
            as own_amount,
        case when customers.has_purchases and rivals.are_seen
            then coalesce(occasions.category_amount, 0) end
            as category_amount,
        occasions.compared_own_occasions_count,
        occasions.compared_own_amount,
        occasions.required_own_quantity,
        occasions.required_quantity,
        occasions.wallet_own_amount,
        occasions.wallet_amount,
        occasions.needed_occasions,
        occasions.needed_amount,
        occasions.enough_share,
        occasions.high_share,
        occasions.own_window_days,
        occasions.own_inactivity_days,
        own.customer_id is not null as has_own_lines,
        own.own_deal_quantity,
        own.own_bought_quantity
    from customer_base as customers
    cross join rivals
    left join purchase_history as history
        on customers.customer_id = history.customer_id
    left join customer_occasions as occasions
        on customers.customer_id = occasions.customer_id
    left join own_purchases as own
        on customers.customer_id = own.customer_id
),

-- is_compared: rivals are on file in the categories that the customer bought.
compared as (
    select
        *,
        coalesce(
            category_occasions_count > 0 or own_occasions_count = 0,
            false
        ) and category_occasions_count is not null as is_compared
    from counted
),

final as (
    select
        counted.customer_id,
        counted.has_purchases,
        counted.own_orders_count,
        -- The first own purchase ever is not a repeat purchase.
        counted.own_orders_count - case
            when counted.own_orders_count > 0
                and counted.first_own_ordered_at >= $as_of_date
                    - (coalesce(counted.own_window_days, $window_days) - 1)
                then 1
            else 0
        end as repeat_purchases_count,
        counted.own_products_count,
        counted.own_categories_count,
        counted.own_occasions_count,
        counted.category_occasions_count,
        cast(counted.compared_own_occasions_count as double)
            / nullif(cast(counted.category_occasions_count as double), 0)
            as repeat_purchase_rate,
        cast(counted.own_amount as decimal(18, 2)) as own_amount,
        cast(counted.category_amount as decimal(18, 2)) as category_amount,
        case
            when counted.is_compared
                then cast(counted.wallet_own_amount as double)
                    / nullif(cast(counted.wallet_amount as double), 0)
            else wallets.declared_share_of_wallet
        end as share_of_wallet,
        case
            when not counted.is_compared then wallets.wallet_source
            when counted.wallet_amount > 0 then 'observed'
        end as wallet_source,
        cast(counted.required_own_quantity as double)
            / nullif(cast(counted.required_quantity as double), 0)
            as share_of_requirements,
        choices.choice_seconds_median,
        cast(counted.own_deal_quantity as double)
            / nullif(cast(counted.own_bought_quantity as double), 0)
            as deal_share,
        case when on_file.has_touches
            then coalesce(touches.touches_count, 0) end
            as touches_count,
        case when on_file.has_touches
            then coalesce(touches.touch_channels_count, 0) end
            as touch_channels_count,
        case when on_file.has_touches
            then coalesce(touches.touch_topics_count, 0) end
            as touch_topics_count,
        case when on_file.has_visits
            then coalesce(touches.visits_without_purchase_count, 0) end
            as visits_without_purchase_count,
        case when on_file.has_campaigns
            then coalesce(touches.campaigns_received_count, 0) end
            as campaigns_received_count,
        cast(switching.brand_switches_count as double)
            / nullif(cast(switching.brand_pairs_count as double), 0)
            as switching_rate,
        case
            when counted.own_occasions_count = 0
                and not counted.has_own_lines
                and costs.has_costs
                then cast(0 as decimal(18, 2))
            else margins.own_margin
        end as own_margin,
        $as_of_date - cast(counted.last_occasion_at as date) as recency_days,
        counted.last_own_ordered_at,
        counted.last_own_occasion_at,
        gaps.gap_days_median,
        gaps.gap_days_variation,
        cast(channels.main_channel_orders_count as double)
            / nullif(cast(channels.channel_orders_count as double), 0)
            as main_channel_share,
        -- Inputs of the category rules.
        counted.compared_own_occasions_count,
        counted.compared_own_amount,
        counted.wallet_own_amount,
        counted.wallet_amount,
        counted.needed_occasions,
        counted.needed_amount,
        counted.enough_share,
        counted.high_share,
        coalesce(counted.own_inactivity_days, $inactivity_days)
            as inactivity_days
    from compared as counted
    cross join touches_on_file as on_file
    cross join costs_on_file as costs
    left join choice_times as choices
        on counted.customer_id = choices.customer_id
    left join brand_touches as touches
        on counted.customer_id = touches.customer_id
    left join customer_switching as switching
        on counted.customer_id = switching.customer_id
    left join own_margins as margins
        on counted.customer_id = margins.customer_id
    left join order_gaps as gaps
        on counted.customer_id = gaps.customer_id
    left join own_channels as channels
        on counted.customer_id = channels.customer_id
    left join declared_wallet as wallets
        on counted.customer_id = wallets.customer_id
)

select * from final
