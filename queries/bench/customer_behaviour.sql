-- One row per customer with any line in the window, within the categories of
-- the own brand: B1, B2, B4 (a), B6, B7, B10 of the loyalty catalogue.
-- Cuts are inclusive and compared exactly (integers and decimals).
with

totals as (
    select
        coalesce(own.customer_id, rivals.customer_id) as customer_id,
        coalesce(own.occasions_count, 0) as own_occasions_count,
        coalesce(own.quantity, 0) as own_quantity,
        coalesce(own.amount, 0) as own_amount,
        coalesce(own.occasions_count, 0)
            + coalesce(rivals.occasions_count, 0) as category_occasions_count,
        coalesce(own.quantity, 0)
            + coalesce(rivals.quantity, 0) as category_quantity,
        coalesce(own.amount, 0)
            + coalesce(rivals.amount, 0) as category_amount,
        own.deal_quantity,
        own.bought_quantity,
        own.last_ordered_at
    from own_totals as own
    full outer join rival_totals as rivals
        on own.customer_id = rivals.customer_id
),

final as (
    select
        totals.customer_id,
        coalesce(own_orders.orders_count, 0) as own_orders_count,
        -- The first own purchase ever is not a repeat purchase.
        coalesce(own_orders.orders_count, 0) - case
            when own_orders.orders_count > 0
                and earlier_buyers.customer_id is null then 1
            else 0
        end as repeat_purchases_count,
        coalesce(own_breadth.categories_count, 0) as own_categories_count,
        totals.own_occasions_count,
        totals.category_occasions_count,
        cast(totals.own_occasions_count as double)
            / nullif(cast(totals.category_occasions_count as double), 0)
            as repeat_purchase_rate,
        cast(totals.own_amount as decimal(18, 2)) as own_amount,
        cast(totals.category_amount as decimal(18, 2)) as category_amount,
        cast(totals.own_amount as double)
            / nullif(cast(totals.category_amount as double), 0)
            as share_of_wallet,
        cast(totals.own_quantity as double)
            / nullif(cast(totals.category_quantity as double), 0)
            as share_of_requirements,
        cast(coalesce(totals.deal_quantity, 0) as double)
            / nullif(cast(totals.bought_quantity as double), 0)
            as deal_share,
        $as_of_date - cast(totals.last_ordered_at as date) as recency_days,
        case
            when totals.category_occasions_count < $min_category_occasions
                then 'insufficient'
            when totals.own_occasions_count
                >= $behaviour_cut * totals.category_occasions_count
                then 'high'
            when totals.category_amount > 0
                and totals.own_amount
                >= $behaviour_cut * totals.category_amount
                then 'high'
            else 'low'
        end as behaviour_state
    from totals
    left join own_orders
        on totals.customer_id = own_orders.customer_id
    left join own_breadth
        on totals.customer_id = own_breadth.customer_id
    left join earlier_buyers
        on totals.customer_id = earlier_buyers.customer_id
)

select * from final
