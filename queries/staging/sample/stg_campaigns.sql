-- One row per campaign sent to a customer, and one for each time the customer
-- opened or clicked a campaign.
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
