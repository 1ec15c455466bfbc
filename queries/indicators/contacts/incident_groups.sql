-- One row per customer: whether an incident fell into the $incident_days whole
-- days that end with as_of_date, and what the customer said and did since (A1
-- observed). Unknown where only an incident without a time is on file: it may be
-- recent or none; and of everybody where no contact is on file at all.
--
-- recommend_group: from the response that counts; with an incident only where
-- it was answered at or after the first incident of that time. is_followed: a
-- buyer of the own brand whose next $repurchase_days days are over, counted
-- from that incident, or, without one, the $repurchase_days days that end with
-- as_of_date: everybody is observed equally long, whatever the window of
-- purchases. has_bought_again: an own occasion (B6) in those days.
with

customer_base as (
    select * from customer_base
),

purchase_history as (
    select * from purchase_history
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

contacts_on_file as (
    select count(*) > 0 as are_on_file
    from stg_contacts
    where at is null or at < $as_of_date + 1
),

undated_incidents as (
    select customer_id
    from stg_contacts
    where kind = 'incident' and customer_id is not null and at is null
    group by customer_id
),

-- the moment from which a customer is followed
customers as (
    select
        customers.customer_id,
        incidents.incident_at,
        case
            when incidents.incident_at is not null then true
            when undated.customer_id is null and on_file.are_on_file then false
        end as has_incident,
        case
            when incidents.incident_at is not null
                then cast(incidents.incident_at as date)
            else $as_of_date - $repurchase_days
        end as followed_from,
        coalesce(
            incidents.incident_at,
            cast($as_of_date - ($repurchase_days - 1) as timestamp)
        ) as followed_at,
        history.first_own_ordered_at
    from customer_base as customers
    cross join contacts_on_file as on_file
    left join incidents
        on customers.customer_id = incidents.customer_id
    left join undated_incidents as undated
        on customers.customer_id = undated.customer_id
    left join purchase_history as history
        on customers.customer_id = history.customer_id
),

-- returns netted within the order, dated by what was bought (purchase_history)
own_occasions as (
    select
        customer_id,
        max(case when amount > 0 then ordered_at end) as ordered_at
    from purchase_lines
    where
        brand = $brand
        and case
            when cardinality($categories) = 0 then true
            else array_has($categories, category)
        end
        and ordered_at >= $as_of_date - greatest($incident_days, $repurchase_days)
    group by customer_id, order_id, category
    having sum(amount) > 0
),

repurchases as (
    select orders.customer_id
    from own_occasions as orders
    inner join customers
        on orders.customer_id = customers.customer_id
    where
        orders.ordered_at >= customers.followed_at
        and orders.ordered_at > coalesce(
            customers.incident_at, customers.first_own_ordered_at
        )
        and cast(orders.ordered_at as date)
            <= customers.followed_from + $repurchase_days
    group by orders.customer_id
),

answers as (
    select customer_id, responded_at, recommend_group, tolerance_index
    from survey_responses
    where is_latest
),

final as (
    select
        customers.customer_id,
        customers.has_incident,
        customers.incident_at,
        case when coalesce(answers.responded_at >= customers.incident_at, true)
            then answers.recommend_group end as recommend_group,
        case when coalesce(answers.responded_at >= customers.incident_at, true)
            then answers.tolerance_index end as tolerance_index,
        coalesce(
            customers.first_own_ordered_at < customers.followed_at
            and customers.followed_from <= $as_of_date - $repurchase_days,
            false
        ) as is_followed,
        repurchases.customer_id is not null as has_bought_again
    from customers
    left join answers
        on customers.customer_id = answers.customer_id
    left join repurchases
        on customers.customer_id = repurchases.customer_id
)

select * from final
