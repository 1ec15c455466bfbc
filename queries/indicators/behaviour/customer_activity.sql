-- One row per customer: B11, whether the customer is still active, and when the
-- next order is due. The one place that says who left.
--
-- By the rule (activity_by_rule), unless silence decides and the data contradict
-- the days of silence in use (inactivity_fit): then is_active is unknown, also
-- of those who bought lately, for a share of the known ones alone would say that
-- everybody stayed. What the account or a contract says stands.
--
-- is_leaving_judged: whether it could be known of the customer, whichever way it
-- went. While the data contradict the days of silence, a closing is known and
-- its absence says nothing, so that shares of those who left are taken over
-- customers under contract ($contractual) only.
with

activity_by_rule as (
    select * from activity_by_rule
),

inactivity_fit as (
    select is_contradicted from inactivity_fit
),

customer_base as (
    select customer_id, is_registered from customer_base
),

judged as (
    select
        activity.customer_id,
        activity.is_active,
        activity.judged_by,
        activity.next_order_due_at,
        not fit.is_contradicted
        or coalesce($contractual and customers.is_registered, false)
            as is_leaving_judged
    from activity_by_rule as activity
    cross join inactivity_fit as fit
    left join customer_base as customers
        on activity.customer_id = customers.customer_id
),

final as (
    select
        customer_id,
        case when judged_by <> 'purchases' or is_leaving_judged
            then is_active end as is_active,
        judged_by,
        is_leaving_judged,
        next_order_due_at
    from judged
)

select * from final
