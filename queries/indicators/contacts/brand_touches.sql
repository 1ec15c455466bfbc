-- One row per customer with a touch or a campaign in the window: brand
-- attention (B5). A touch is something the customer does, not something the
-- vendor sends.
--
-- Touches are own orders, visits, enquiries, suggestions, extra requests, and
-- campaigns opened or clicked (customer_actions). Complaints and incidents do
-- not count. Topics are those of contacts and campaigns; orders have none. A
-- visit is without purchase if the customer placed no own order on that day.
-- campaigns_received_count counts campaigns sent (stg_campaigns of kind sent,
-- or of no kind).
with

customer_actions as (
    select * from customer_actions
),

own_orders as (
    select * from own_orders
),

own_order_channels as (
    select * from own_order_channels
),

stg_campaigns as (
    select * from stg_campaigns
),

touches as (
    select * from customer_actions
    where kind not in ('complaint', 'incident')
),

order_days as (
    select
        customer_id,
        cast(ordered_at as date) as ordered_on,
        count(*) as orders_count
    from own_orders
    group by customer_id, cast(ordered_at as date)
),

visits as (
    select customer_id, cast(at as date) as visited_on, count(*) as visits_count
    from touches
    where kind = 'visit'
    group by customer_id, cast(at as date)
),

channels as (
    select customer_id, channel
    from own_order_channels
    union
    select customer_id, channel
    from touches
    where channel is not null
),

topics as (
    select customer_id, topic
    from touches
    where topic is not null
    group by customer_id, topic
),

-- One row per customer and kind of count.
counts as (
    select
        customer_id,
        count(*) as touches_count,
        0 as channels_count,
        0 as topics_count,
        0 as idle_visits_count,
        0 as campaigns_count
    from touches
    group by customer_id
    union all
    select customer_id, sum(orders_count), 0, 0, 0, 0
    from order_days
    group by customer_id
    union all
    select customer_id, 0, count(*), 0, 0, 0
    from channels
    group by customer_id
    union all
    select customer_id, 0, 0, count(*), 0, 0
    from topics
    group by customer_id
    union all
    select visits.customer_id, 0, 0, 0, sum(visits.visits_count), 0
    from visits
    left anti join order_days
        on visits.customer_id = order_days.customer_id
        and visits.visited_on = order_days.ordered_on
    group by visits.customer_id
    union all
    select customer_id, 0, 0, 0, 0, count(*)
    from stg_campaigns
    where
        customer_id is not null
        and coalesce(kind, 'sent') = 'sent'
        and at >= $as_of_date - ($window_days - 1)
        and at < $as_of_date + 1
    group by customer_id
),

final as (
    select
        customer_id,
        sum(touches_count) as touches_count,
        sum(channels_count) as touch_channels_count,
        sum(topics_count) as touch_topics_count,
        sum(idle_visits_count) as visits_without_purchase_count,
        sum(campaigns_count) as campaigns_received_count
    from counts
    group by customer_id
)

select * from final
