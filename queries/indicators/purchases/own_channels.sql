-- One row per customer with an own order of known channel in the window: the
-- channel used most (ties by name), its number of orders, and the number over
-- all channels.
with

own_order_channels as (
    select * from own_order_channels
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by orders_count desc nulls last, channel nulls last
        ) as channel_rank
    from own_order_channels
),

final as (
    select
        customer_id,
        max(case when channel_rank = 1 then channel end) as main_channel,
        max(orders_count) as main_channel_orders_count,
        sum(orders_count) as channel_orders_count
    from ranked
    group by customer_id
)

select * from final
