-- One row per customer who is no longer active: the reason, and whether the
-- customer belongs to segment former.
--
-- A customer is former if the account is closed at as_of_date, or if behaviour
-- is high and the customer is no longer active (B11) because of silence or the
-- end of a contract. Low behaviour never makes a customer former, because
-- customers with latent loyalty and with no loyalty buy little by definition.
-- Customers whose B11 is unknown have no row (customer_activity).
with

customer_activity as (
    select * from customer_activity where not is_active
),

customer_behaviour as (
    select customer_id, behaviour_state from customer_behaviour
),

final as (
    select
        activity.customer_id,
        case activity.judged_by
            when 'closing' then 'closed'
            when 'contract_end' then 'contract ended'
            when 'purchases' then 'silent'
        end as former_because,
        activity.judged_by = 'closing'
        or coalesce(behaviour.behaviour_state = 'high', false) as is_former
    from customer_activity as activity
    left join customer_behaviour as behaviour
        on activity.customer_id = behaviour.customer_id
)

select * from final
