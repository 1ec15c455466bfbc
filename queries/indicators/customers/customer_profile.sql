-- One row per customer of stg_customers: the attributes used for grouping, how
-- the customer was won, and whether the customer may be contacted.
--
-- If a customer is registered twice, the greatest value of an attribute counts,
-- the earlier joining date and the smaller number of competitors; one row that
-- forbids contact is enough. The customer has left when the last registration
-- is closed: while one has no closing date, closed_at is NULL. The bands of
-- competition are no rival, few rivals, or many ($many_competitors_from or
-- more).
with

stg_customers as (
    select * from stg_customers
),

final as (
    select
        customer_id,
        max(customer_type) as customer_type,
        max(size) as size,
        max(region) as region,
        max(age_group) as age_group,
        case
            when min(competitors_available_count) <= 0 then 'no_rival'
            when min(competitors_available_count) < $many_competitors_from
                then 'few_rivals'
            when min(competitors_available_count) is not null
                then 'many_rivals'
        end as competition,
        max(background) as background,
        max(heard_from) as heard_from,
        max(referred_by_customer_id) as referred_by_customer_id,
        max(referrals_count) as referrals_count,
        min(may_contact) as may_contact,
        min(joined_at) as joined_at,
        case when count(closed_at) = count(*) then max(closed_at) end
            as closed_at
    from stg_customers
    where customer_id is not null
    group by customer_id
)

select * from final
