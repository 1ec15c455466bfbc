-- One row per customer with an own order in the window: the input of rfm, and
-- whether the customer is scored.
--
-- Former customers (former_candidates) are not scored, because the groups are
-- meant for action, and their values would shift the cuts of the others. With
-- $rfm_rule r_package all customers are scored, as in the package.
with

customer_behaviour as (
    select * from customer_behaviour
),

former_customers as (
    select customer_id from former_candidates where is_former
),

final as (
    select
        behaviour.customer_id,
        behaviour.recency_days,
        behaviour.own_orders_count as orders_count,
        behaviour.own_amount as amount,
        former.customer_id is null or $rfm_rule = 'r_package' as is_scored
    from customer_behaviour as behaviour
    left join former_customers as former
        on behaviour.customer_id = former.customer_id
    where behaviour.own_orders_count > 0
)

select * from final
