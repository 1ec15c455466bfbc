-- One row per action of a customer in the window other than an order: a contact
-- made by the customer (stg_contacts of any kind but outreach and care), or a
-- campaign opened or clicked (stg_campaigns).
--
-- A campaign that was only sent is no action. Opening and clicking on the same
-- day, with the same channel and topic, is one action. A contact that is on
-- file twice counts once, with the greatest value of every column.
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
