-- One row per customer and campaign that reached the customer.
with

campaigns as (
    select * from campaigns
),

final as (
    select
        customer_id,
        at,
        channel,
        topic,
        kind
    from campaigns
)

select * from final
