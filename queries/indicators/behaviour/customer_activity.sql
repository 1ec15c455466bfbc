-- One row per customer: whether the customer is still active (B11), and when
-- the next order is due. This is the only definition of who left.
--
-- is_active comes from activity_by_rule. If the data contradict the days of
-- silence in use (inactivity_fit), is_active is NULL for every customer whom
-- only purchases decide about, including recent buyers: a share over the
-- remaining customers would be biased. What a closing or a contract decides
-- stays known.
--
-- is_leaving_judged says whether leaving and staying could both be known of the
-- customer. If the data contradict the days of silence, this holds only for
-- customers under contract ($contractual), and shares of customers who left are
-- taken over them.
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
