-- One row per act of a customer in the window that is no order: a contact that
-- the customer made (stg_contacts of any kind but outreach and care, which are
-- ours), or a campaign that the customer opened or clicked (stg_campaigns).
--
-- What was only sent is no act. A campaign that was opened and clicked on one
-- day is one act: same customer, channel and topic. A contact on file twice
-- counts once, with the greater value of every column.
with

stg_contacts as (
    select * from stg_contacts
),

stg_campaigns as (
    select * from stg_campaigns
),

contacts as (
    select
        max(customer_id) as customer_id,
        concat('contact ', cast(contact_id as varchar)) as action_id,
        max(kind) as kind,
        max(at) as at,
        max(channel) as channel,
        max(topic) as topic
    from stg_contacts
    where contact_id is not null
    group by contact_id
),

campaigns as (
    select
        customer_id,
        concat(
            'campaign ', cast(cast(at as date) as varchar), ' ',
            coalesce(channel, '-'), ' ', coalesce(topic, '-')
        ) as action_id,
        'campaign' as kind,
        min(at) as at,
        channel,
        topic
    from stg_campaigns
    where kind in ('opened', 'clicked')
    group by customer_id, cast(at as date), channel, topic
),

actions as (
    select * from contacts
    where kind not in ('outreach', 'care')
    union all
    select * from campaigns
),

final as (
    select
        customer_id,
        action_id,
        kind,
        at,
        channel,
        topic
    from actions
    where
        customer_id is not null
        and at >= $as_of_date - ($window_days - 1)
        and at < $as_of_date + 1
)

select * from final
