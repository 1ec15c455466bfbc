-- One row per customer who no longer is one, or would not be if behaviour were
-- high: why, and whether that makes a former customer.
--
-- Former: the account is closed at as_of_date; or behaviour is high and the
-- customer is no longer active (B11), because a contract ran out or because of
-- silence. Low behaviour never makes anybody former: not buying is what latent
-- customers and those without loyalty do. Of whom it is not known (B11) nobody is
-- former (customer_activity).
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
