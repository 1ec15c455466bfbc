-- One row per dimension, value, kind and topic: extra requests and suggestions
-- in the window, with the number of customers, their own amount, and the share
-- fulfilled; in total and by customer type. Groups of fewer than $min_cell
-- customers are suppressed.
--
-- The topic all holds every topic of the kind, and unknown the contacts without
-- a topic. An anonymous contact counts as one customer. The amount counts each
-- customer once. A contact is fulfilled if it has a moment of fulfilment by
-- as_of_date, or if it is a resolved extra request without a promise. A
-- resolved suggestion was answered, but not necessarily adopted. The share is
-- NULL for a kind for which fulfilment is never recorded.
with

service_contacts as (
    select * from service_contacts
    where kind in ('extra_request', 'suggestion') and is_in_window
),

customer_loyalty as (
    select customer_id, own_amount from customer_loyalty
),

amounts_on_file as (
    select count(own_amount) > 0 as are_noted
    from customer_loyalty
),

fulfilments_on_file as (
    select
        kind,
        count(promised_at) + count(fulfilled_at) > 0
        or (kind = 'extra_request' and count(resolved_at) > 0) as are_noted
    from service_contacts
    group by kind
),

by_dimension as (
    select
        contacts.kind,
        coalesce(contacts.topic, 'unknown') as own_topic,
        contacts.customer_id,
        coalesce(
            cast(contacts.customer_id as varchar),
            concat('contact ', cast(contacts.contact_id as varchar))
        ) as person,
        case
            when on_file.are_noted
                then contacts.fulfilled_at is not null
                    or (
                        contacts.kind = 'extra_request'
                        and contacts.promised_at is null
                        and contacts.resolved_at is not null
                    )
        end as is_fulfilled,
        unnest(make_array('total', 'customer_type')) as dimension,
        unnest(make_array('all', contacts.customer_type)) as dimension_value
    from service_contacts as contacts
    inner join fulfilments_on_file as on_file
        on contacts.kind = on_file.kind
),

by_topic as (
    select
        dimension,
        dimension_value,
        kind,
        unnest(make_array('all', own_topic)) as topic,
        customer_id,
        person,
        is_fulfilled
    from by_dimension
),

-- Each customer counts once per topic.
per_person as (
    select
        dimension,
        dimension_value,
        kind,
        topic,
        person,
        max(customer_id) as customer_id,
        count(*) as requests_count,
        count(is_fulfilled) as known_count,
        sum(case when is_fulfilled then 1 else 0 end) as fulfilled_count
    from by_topic
    group by dimension, dimension_value, kind, topic, person
),

sums as (
    select
        persons.dimension,
        persons.dimension_value,
        persons.kind,
        persons.topic,
        count(*) as customers_count,
        sum(persons.requests_count) as requests_count,
        sum(persons.known_count) as known_count,
        sum(persons.fulfilled_count) as fulfilled_count,
        sum(loyalty.own_amount) as amount
    from per_person as persons
    left join customer_loyalty as loyalty
        on persons.customer_id = loyalty.customer_id
    group by
        persons.dimension, persons.dimension_value, persons.kind, persons.topic
),

-- Topics add up to a group, and groups to a topic: each could be derived from
-- the rest.
hidden_topics as (
    select
        *,
        suppress(customers_count, $min_cell) over (
            partition by dimension, dimension_value, kind, topic = 'all'
            order by topic nulls last
        ) as is_topic_hidden
    from sums
),

hidden_groups as (
    select
        *,
        suppress(customers_count, $min_cell, is_topic_hidden) over (
            partition by dimension, kind, topic
            order by dimension_value nulls last
        ) as is_group_hidden
    from hidden_topics
),

marked as (
    select
        *,
        suppress(customers_count, $min_cell, is_group_hidden) over (
            partition by dimension, dimension_value, kind, topic = 'all'
            order by topic nulls last
        ) as is_suppressed
    from hidden_groups
),

final as (
    select
        marked.dimension,
        marked.dimension_value,
        marked.kind,
        marked.topic,
        marked.is_suppressed,
        case when not marked.is_suppressed then marked.customers_count end
            as customers_count,
        case when not marked.is_suppressed then marked.requests_count end
            as requests_count,
        case when not marked.is_suppressed and on_file.are_noted
            then cast(coalesce(marked.amount, 0) as decimal(28, 2)) end
            as amount,
        case when not marked.is_suppressed and marked.known_count > 0
            then marked.fulfilled_count end as fulfilled_count,
        case when not marked.is_suppressed
            then marked.fulfilled_count
                / nullif(cast(marked.known_count as double), 0) end
            as fulfilled_share
    from marked
    cross join amounts_on_file as on_file
)

select * from final
