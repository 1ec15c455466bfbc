-- One row per customer who was in touch with the brand in the window: B5,
-- brand attention. A touch is a campaign the customer was reached by
-- (stg_campaigns) or a contact that shows interest (stg_contacts of kind visit,
-- enquiry, suggestion or extra_request); complaints and incidents are trouble,
-- outreach and care are ours. A visit without a purchase is one on a day on
-- which the customer placed no own order.
with

stg_campaigns as (
    select * from stg_campaigns
),

stg_contacts as (
    select * from stg_contacts
),

own_orders as (
    select * from own_orders
),

touches as (
    select customer_id, channel, topic, at, 'campaign' as kind
    from stg_campaigns
    where
        customer_id is not null
        and at >= $as_of_date - ($window_days - 1)
        and at < $as_of_date + 1
    union all
    select customer_id, channel, topic, at, kind
    from stg_contacts
    where
        customer_id is not null
        and kind in ('visit', 'enquiry', 'suggestion', 'extra_request')
        and at >= $as_of_date - ($window_days - 1)
        and at < $as_of_date + 1
),

touch_counts as (
    select
        customer_id,
        count(*) as touches_count
    from touches
    group by customer_id
),

channels as (
    select customer_id, channel
    from touches
    where channel is not null
    group by customer_id, channel
),

channel_counts as (
    select customer_id, count(*) as touch_channels_count
    from channels
    group by customer_id
),

topics as (
    select customer_id, topic
    from touches
    where topic is not null
    group by customer_id, topic
),

topic_counts as (
    select customer_id, count(*) as touch_topics_count
    from topics
    group by customer_id
),

visits as (
    select customer_id, cast(at as date) as visited_on, count(*) as visits_count
    from touches
    where kind = 'visit'
    group by customer_id, cast(at as date)
),

order_days as (
    select customer_id, cast(ordered_at as date) as ordered_on
    from own_orders
    group by customer_id, cast(ordered_at as date)
),

visit_counts as (
    select
        visits.customer_id,
        sum(
            case when order_days.customer_id is null
                then visits.visits_count else 0 end
        ) as visits_without_purchase_count
    from visits
    left join order_days
        on visits.customer_id = order_days.customer_id
        and visits.visited_on = order_days.ordered_on
    group by visits.customer_id
),

final as (
    select
        touches.customer_id,
        touches.touches_count,
        coalesce(channels.touch_channels_count, 0) as touch_channels_count,
        coalesce(topics.touch_topics_count, 0) as touch_topics_count,
        coalesce(visits.visits_without_purchase_count, 0)
            as visits_without_purchase_count
    from touch_counts as touches
    left join channel_counts as channels
        on touches.customer_id = channels.customer_id
    left join topic_counts as topics
        on touches.customer_id = topics.customer_id
    left join visit_counts as visits
        on touches.customer_id = visits.customer_id
)

select * from final
