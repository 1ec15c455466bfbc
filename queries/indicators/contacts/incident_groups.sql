-- One row per customer: whether an incident occurred in the $incident_days
-- whole days that end with as_of_date, the purchases before it, and the
-- purchases and answers since (A1 observed). has_incident is NULL if only an
-- incident without a time is on file, and for every customer if no contact is
-- on file.
--
-- Each customer is followed from one moment: the first incident, or, for a
-- customer without one, the moment of another customer's incident. These
-- moments are assigned in turn, in the order of ids, so that both groups are
-- followed over the same days of the year. match_group (1 to 9) groups buyers
-- of the $repurchase_days days before that moment by recency (three equal
-- spans) and by own orders (1, 2, 3 or more). It is NULL for all other
-- customers. If no purchases are on file, all customers are in group 0.
--
-- recommend_group comes from the response that counts; for a customer with an
-- incident, only if it was answered at or after the incident. is_followed: the
-- next $repurchase_days days are over. has_bought_again: an own order with an
-- occasion (B6) in these days.
with

customer_base as (
    select * from customer_base
),

purchase_lines as (
    select * from purchase_lines
),

survey_responses as (
    select * from survey_responses
),

stg_contacts as (
    select * from stg_contacts
),

incidents as (
    select customer_id, min(at) as incident_at
    from stg_contacts
    where
        kind = 'incident'
        and customer_id is not null
        and at >= $as_of_date - ($incident_days - 1)
        and at < $as_of_date + 1
    group by customer_id
),

numbered_incidents as (
    select
        incident_at,
        row_number() over (
            order by incident_at nulls last, customer_id nulls last
        ) - 1 as incident_number,
        count(*) over () as incidents_count
    from incidents
),

incidents_on_file as (
    select count(*) as incidents_count from incidents
),

contacts_on_file as (
    select count(*) > 0 as are_on_file
    from stg_contacts
    where at is null or at < $as_of_date + 1
),

purchases_on_file as (
    select count(*) > 0 as are_on_file from purchase_lines
),

undated_incidents as (
    select customer_id
    from stg_contacts
    where kind = 'incident' and customer_id is not null and at is null
    group by customer_id
),

sides as (
    select
        customers.customer_id,
        incidents.incident_at,
        case
            when incidents.incident_at is not null then true
            when undated.customer_id is null and on_file.are_on_file then false
        end as has_incident
    from customer_base as customers
    cross join contacts_on_file as on_file
    left join incidents
        on customers.customer_id = incidents.customer_id
    left join undated_incidents as undated
        on customers.customer_id = undated.customer_id
),

-- nullif() because there may be no incident.
assigned_incidents as (
    select
        sides.customer_id,
        (
            row_number() over (order by sides.customer_id nulls last) - 1
        ) % nullif(incidents.incidents_count, 0) as incident_number
    from sides
    cross join incidents_on_file as incidents
    where not sides.has_incident
),

-- The moment from which each customer is followed.
customers as (
    select
        sides.customer_id,
        sides.has_incident,
        sides.incident_at,
        coalesce(sides.incident_at, matched.incident_at) as followed_at,
        cast(coalesce(sides.incident_at, matched.incident_at) as date)
            as followed_on
    from sides
    left join assigned_incidents as assigned
        on sides.customer_id = assigned.customer_id
    left join numbered_incidents as matched
        on assigned.incident_number = matched.incident_number
),

-- Returns are netted within the order, as in purchase_history.
own_occasions as (
    select
        customer_id,
        order_id,
        max(case when amount > 0 then ordered_at end) as ordered_at
    from purchase_lines
    where
        brand = $brand
        and case
            when cardinality($categories) = 0 then true
            else array_has($categories, category)
        end
        and ordered_at
            >= $as_of_date - ($incident_days - 1) - $repurchase_days
    group by customer_id, order_id, category
    having sum(amount) > 0
),

own_orders as (
    select
        customer_id,
        order_id,
        max(ordered_at) as ordered_at
    from own_occasions
    group by customer_id, order_id
),

orders_around as (
    select
        customers.customer_id,
        sum(
            case when orders.ordered_at <= customers.followed_at
                then 1 else 0 end
        ) as orders_before_count,
        min(
            case when orders.ordered_at <= customers.followed_at
                then customers.followed_on - cast(orders.ordered_at as date)
            end
        ) as days_before,
        sum(
            case when orders.ordered_at > customers.followed_at
                then 1 else 0 end
        ) as orders_after_count
    from customers
    inner join own_orders as orders
        on customers.customer_id = orders.customer_id
    where
        cast(orders.ordered_at as date)
            between customers.followed_on - $repurchase_days
            and customers.followed_on + $repurchase_days
    group by customers.customer_id
),

answers as (
    select customer_id, responded_at, recommend_group, tolerance_index
    from survey_responses
    where is_latest
),

joined as (
    select
        customers.*,
        on_file.are_on_file,
        orders.orders_before_count,
        orders.days_before,
        coalesce(orders.orders_after_count, 0) > 0 as has_bought_again,
        answers.recommend_group,
        answers.tolerance_index,
        coalesce(answers.responded_at >= customers.incident_at, true)
            as is_answered_since
    from customers
    cross join purchases_on_file as on_file
    left join orders_around as orders
        on customers.customer_id = orders.customer_id
    left join answers
        on customers.customer_id = answers.customer_id
),

final as (
    select
        customer_id,
        has_incident,
        incident_at,
        followed_at,
        case
            when not are_on_file then 0
            when orders_before_count > 0
                then 3 * case
                    when 3 * days_before <= $repurchase_days then 0
                    when 3 * days_before <= 2 * $repurchase_days then 1
                    else 2
                end
                + least(orders_before_count, 3)
        end as match_group,
        case when is_answered_since then recommend_group end
            as recommend_group,
        case when is_answered_since then tolerance_index end
            as tolerance_index,
        coalesce(
            followed_on <= $as_of_date - $repurchase_days, false
        ) as is_followed,
        has_bought_again
    from joined
)

select * from final
