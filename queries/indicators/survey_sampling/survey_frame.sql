-- One row per customer who may be surveyed now, with the stratum that
-- survey_sample draws from: segment and value group.
--
-- A customer may be surveyed if contact is permitted (if unknown,
-- $contact_when_unknown decides), if the customer has joined and is not former,
-- and if there was no invitation and no answer within the $survey_rest_days
-- whole days that end with as_of_date. The value group is the third of own
-- buyers by own amount of the window, or none without an own amount. It uses
-- the mean rank, so that ties stay together; if all amounts are equal, all are
-- in the middle.
with

customer_loyalty as (
    select * from customer_loyalty
),

customer_profile as (
    select * from customer_profile
),

stg_survey_invitations as (
    select * from stg_survey_invitations
),

stg_survey_answers as (
    select * from stg_survey_answers
),

invitations as (
    select
        customer_id,
        max(cast(coalesce(invited_at, delivered_at) as date)) as invited_on
    from stg_survey_invitations
    where
        customer_id is not null
        and coalesce(invited_at, delivered_at) < $as_of_date + 1
    group by customer_id
),

answers as (
    select customer_id, max(cast(answered_at as date)) as answered_on
    from stg_survey_answers
    where customer_id is not null and answered_at < $as_of_date + 1
    group by customer_id
),

amounts as (
    select own_amount, count(*) as customers_count
    from customer_loyalty
    where own_amount > 0
    group by own_amount
),

-- The mean rank, doubled, compared with thirds in integers.
ranked_amounts as (
    select
        own_amount,
        3 * (
            2 * sum(customers_count) over (order by own_amount nulls last)
            - customers_count
        ) as place,
        2 * sum(customers_count) over () as places
    from amounts
),

final as (
    select
        loyalty.customer_id,
        loyalty.segment,
        case
            when amounts.own_amount is null then 'none'
            when amounts.place <= amounts.places then 'low'
            when amounts.place <= 2 * amounts.places then 'middle'
            else 'high'
        end as value_group,
        profile.customer_type,
        invitations.invited_on as last_invited_on,
        answers.answered_on as last_answered_on
    from customer_loyalty as loyalty
    left join customer_profile as profile
        on loyalty.customer_id = profile.customer_id
    left join invitations
        on loyalty.customer_id = invitations.customer_id
    left join answers
        on loyalty.customer_id = answers.customer_id
    left join ranked_amounts as amounts
        on loyalty.own_amount = amounts.own_amount
    where
        coalesce(profile.may_contact, $contact_when_unknown)
        and loyalty.segment <> 'former'
        and coalesce(profile.joined_at < $as_of_date + 1, true)
        and coalesce(
            invitations.invited_on <= $as_of_date - $survey_rest_days, true
        )
        and coalesce(
            answers.answered_on <= $as_of_date - $survey_rest_days, true
        )
)

select * from final
