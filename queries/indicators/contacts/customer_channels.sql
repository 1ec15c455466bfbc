-- One row per customer and channel that the customer used in the window: to
-- order, to get in touch (customer_actions, complaints included), or to open or
-- click a campaign. A campaign that was only sent is no use of a channel.
with

own_order_channels as (
    select * from own_order_channels
),

customer_actions as (
    select * from customer_actions
    where channel is not null
),

uses as (
    select customer_id, channel, orders_count, 0 as actions_count
    from own_order_channels
    union all
    select
        customer_id, channel, 0 as orders_count, count(*) as actions_count
    from customer_actions
    group by customer_id, channel
),

final as (
    select
        customer_id,
        channel,
        sum(orders_count) as orders_count,
        sum(actions_count) as actions_count
    from uses
    group by customer_id, channel
)

select * from final
