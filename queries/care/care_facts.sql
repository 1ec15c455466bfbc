-- One row per customer who may receive care now, with everything that the rules
-- of care_plan use.
--
-- Two groups have no row: customers who may not be contacted (where this is
-- unknown, $contact_when_unknown decides), and customers who had
-- $care_cap_contacts or more contacts of kind care or outreach in the
-- $care_cap_days days that end with as_of_date.
with

customer_loyalty as (
    select * from customer_loyalty
),

customer_behaviour as (
    select customer_id, is_recommending, is_trying_new from customer_behaviour
),

behaviour_measures as (
    select customer_id, last_own_occasion_at from behaviour_measures
),

own_channels as (
    select customer_id, main_channel from own_channels
),

customer_profile as (
    select * from customer_profile
),

churn_warning as (
    select * from churn_warning
),

win_back as (
    select * from win_back
),

customer_churn as (
    select customer_id, churn_cause from customer_churn
),

worth_keeping as (
    select * from worth_keeping
),

latent_barriers as (
    select * from latent_barriers
),

current_owners as (
    select * from current_owners
),

money_at_stake as (
    select * from money_at_stake
),

stg_contacts as (
    select
        contact_id,
        customer_id,
        kind,
        cast(at as date) as on_day
    from stg_contacts
    where customer_id is not null and at < $as_of_date + 1
),

contact_resolutions as (
    select * from contact_resolutions
),

contacts as (
    select
        contacts.customer_id,
        sum(
            case when contacts.kind in ('care', 'outreach')
                and contacts.on_day >= $as_of_date - ($care_cap_days - 1)
                then 1 else 0 end
        ) as recent_contacts_count,
        max(case when contacts.kind = 'care' then contacts.on_day end)
            as last_care_at,
        sum(
            case when contacts.kind = 'complaint'
                and contacts.on_day >= $as_of_date - ($window_days - 1)
                and resolutions.are_resolutions_noted
                and (
                    resolutions.resolved_on is null
                    or resolutions.resolved_on > $as_of_date
                )
                then 1 else 0 end
        ) as open_complaints_count
    from stg_contacts as contacts
    left join contact_resolutions as resolutions
        on contacts.contact_id = resolutions.contact_id
    group by contacts.customer_id
),

-- If a customer has several barriers, the first in this order counts.
first_barriers as (
    select
        customer_id,
        min(
            case barrier
                when 'no_availability' then 1
                when 'switching_cost' then 2
                when 'money' then 3
                when 'rival_promotions' then 4
                when 'habit' then 5
            end
        ) as barrier_rank
    from latent_barriers
    group by customer_id
),

buyers as (
    select
        avg(case when own_amount > 0 then cast(own_amount as double) end)
            as mean_own_amount
    from customer_loyalty
),

measured as (
    select
        loyalty.customer_id,
        loyalty.segment,
        loyalty.loyalty_type,
        profile.customer_type,
        profile.size,
        stakes.own_amount,
        stakes.stake_amount,
        stakes.stake_low,
        stakes.stake_high,
        stakes.stake_source,
        coalesce(
            profile.size = 'large'
            or cast(loyalty.own_amount as double)
                >= cast($key_customer_factor as double)
                * buyers.mean_own_amount - 1e-7,
            false
        ) as is_key,
        coalesce(contacts.open_complaints_count, 0) > 0 as has_open_complaint,
        coalesce(not loyalty.is_active, false) as is_gone,
        warning.customer_id is not null as is_warned,
        coalesce(warning.is_overdue, false) as is_overdue,
        coalesce(win_back.is_worth_it, worth_keeping.is_worth_it, false)
            as is_worth_it,
        churn.churn_cause,
        coalesce(behaviour.is_trying_new, false) as is_trying_new,
        coalesce(
            loyalty.recommend_group = 'promoter' or behaviour.is_recommending,
            false
        ) as is_advocate,
        case barriers.barrier_rank
            when 1 then 'no_availability'
            when 2 then 'switching_cost'
            when 3 then 'money'
            when 4 then 'rival_promotions'
            when 5 then 'habit'
        end as barrier,
        coalesce(
            $as_of_date - loyalty.recency_days,
            cast(measures.last_own_occasion_at as date)
        ) as last_ordered_at,
        loyalty.next_order_due_at,
        coalesce(array_has($website_channels, channels.main_channel), false)
            as is_on_website,
        contacts.last_care_at,
        owners.account_owner,
        coalesce(profile.may_contact, $contact_when_unknown) as may_contact,
        coalesce(contacts.recent_contacts_count, 0) as recent_contacts_count
    from customer_loyalty as loyalty
    cross join buyers
    inner join money_at_stake as stakes
        on loyalty.customer_id = stakes.customer_id
    left join customer_behaviour as behaviour
        on loyalty.customer_id = behaviour.customer_id
    left join behaviour_measures as measures
        on loyalty.customer_id = measures.customer_id
    left join own_channels as channels
        on loyalty.customer_id = channels.customer_id
    left join customer_profile as profile
        on loyalty.customer_id = profile.customer_id
    left join churn_warning as warning
        on loyalty.customer_id = warning.customer_id
    left join win_back
        on loyalty.customer_id = win_back.customer_id
    left join worth_keeping
        on loyalty.customer_id = worth_keeping.customer_id
    left join customer_churn as churn
        on loyalty.customer_id = churn.customer_id
    left join first_barriers as barriers
        on loyalty.customer_id = barriers.customer_id
    left join contacts
        on loyalty.customer_id = contacts.customer_id
    left join current_owners as owners
        on loyalty.customer_id = owners.customer_id
),

final as (
    select
        customer_id,
        segment,
        loyalty_type,
        customer_type,
        size,
        own_amount,
        stake_amount,
        stake_low,
        stake_high,
        stake_source,
        is_key,
        has_open_complaint,
        is_gone,
        is_warned,
        is_overdue,
        is_worth_it,
        churn_cause,
        is_trying_new,
        is_advocate,
        barrier,
        last_ordered_at,
        next_order_due_at,
        is_on_website,
        last_care_at,
        account_owner
    from measured
    where may_contact and recent_contacts_count < $care_cap_contacts
)

select * from final
