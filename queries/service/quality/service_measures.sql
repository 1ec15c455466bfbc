-- One row per measure of service and observation in the window.
--
-- The measures are waited_seconds and handled_seconds per contact,
-- resolution_seconds per resolved case (service_cases), delay_days per promise
-- that fell due (negative if early; days so far if still open), and
-- satisfaction_index (0-100) per response, anonymous or not. The channel is
-- that of the contact, or of the first contact of the case. For a response it
-- is that of the contact or order it refers to, or else the channel through
-- which the customer orders most, ties by name. Promises have no channel. The
-- month (YYYY-MM) is that of the contact, of the first contact of the case, of
-- the promised day, or of the answer.
with

service_contacts as (
    select * from service_contacts where is_in_window
),

service_cases as (
    select * from service_cases
),

promises as (
    select * from promises
),

response_experiences as (
    select * from response_experiences
    where
        satisfaction_index is not null
        and responded_at >= $as_of_date - ($window_days - 1)
),

own_order_products as (
    select * from own_order_products where channel is not null
),

customer_profile as (
    select * from customer_profile
),

order_channels as (
    select customer_id, order_id, min(channel) as channel
    from own_order_products
    group by customer_id, order_id
),

channel_orders as (
    select customer_id, channel, count(*) as orders_count
    from order_channels
    group by customer_id, channel
),

ranked_channels as (
    select
        customer_id,
        channel,
        row_number() over (
            partition by customer_id
            order by orders_count desc nulls last, channel nulls last
        ) as channel_rank
    from channel_orders
),

observations as (
    select
        'waited_seconds' as measure,
        cast(contact_id as varchar) as observation_id,
        customer_id,
        channel,
        at,
        cast(waited_seconds as double) as value
    from service_contacts
    where waited_seconds is not null
    union all
    select
        'handled_seconds' as measure,
        cast(contact_id as varchar) as observation_id,
        customer_id,
        channel,
        at,
        cast(handled_seconds as double) as value
    from service_contacts
    where handled_seconds is not null
    union all
    select
        'resolution_seconds' as measure,
        case_id as observation_id,
        customer_id,
        nullif(channel, 'unknown') as channel,
        first_at as at,
        cast(resolution_seconds as double) as value
    from service_cases
    where resolution_seconds is not null
    union all
    select
        'delay_days' as measure,
        promise_id as observation_id,
        customer_id,
        cast(null as varchar) as channel,
        promised_at as at,
        cast(
            coalesce(delay_days, $as_of_date - cast(promised_at as date))
            as double
        ) as value
    from promises
    union all
    select
        'satisfaction_index' as measure,
        cast(responses.response_id as varchar) as observation_id,
        responses.customer_id,
        coalesce(contacts.channel, orders.channel, main.channel) as channel,
        responses.responded_at as at,
        responses.satisfaction_index as value
    from response_experiences as responses
    left join service_contacts as contacts
        on responses.contact_id = contacts.contact_id
    left join order_channels as orders
        on responses.customer_id = orders.customer_id
        and responses.order_id = orders.order_id
    left join ranked_channels as main
        on responses.customer_id = main.customer_id
        and main.channel_rank = 1
),

final as (
    select
        observations.measure,
        observations.observation_id,
        observations.customer_id,
        coalesce(profile.customer_type, 'unknown') as customer_type,
        profile.size,
        observations.channel,
        to_char(observations.at, '%Y-%m') as month,
        observations.value
    from observations
    left join customer_profile as profile
        on observations.customer_id = profile.customer_id
)

select * from final
