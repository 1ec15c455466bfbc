-- One row per customer to act on: why, in which of nine forms of care, when, by
-- whom and how. The rules are the `case` lines below. The first rule that holds
-- counts. Change the rules here.
--
-- Segments: the truly loyal are kept and bound, never by price cuts. For the latent
-- the barrier is removed. The conviction of the spurious is raised before it is too
-- late. Those without loyalty are cared for only if it pays. The former are won back,
-- and only if it pays. The form of winning back follows from the cause of leaving:
-- service and not a price, unless the price was the cause.
--
-- Whom care may reach at all is said in care_facts. A customer without a reason to
-- act has no row. Nor has one who had care before and whose next care is not due
-- within $care_due_days_normal days. A reason that stood in the plan before keeps
-- its day of planning and its due date until care was given.
--
-- First contacts: a customer who is to hear from us regularly and never had care is
-- contacted for the first time, unless it presses. Where there are many, a team
-- cannot do all of them in the first days. So each frequency of contact has a queue,
-- ordered by priority, then by the money at stake. At least
-- $care_first_contacts_per_day of the queue are due a day, and as many more as empty
-- it within one interval (30, 91 or 182 days): of n customers number k is due
-- floor(min((k - 1) / $care_first_contacts_per_day, (k - 1) x interval / n)) days
-- after as_of_date, or on the day of its priority where that is later.
with

care_facts as (
    select * from care_facts
),

previous_care_plan as (
    select * from previous_care_plan
),

reasoned as (
    select
        *,
        case
            -- who has left is asked back only where it pays
            when segment = 'former' and is_worth_it then 'win_back'
            when segment = 'former' then null
            -- first of all put right what went wrong
            when segment <> 'no_loyalty' and has_open_complaint
                then 'open_complaint'
            -- convinced, but silent: ask how they are
            when segment = 'true_loyalty' and is_overdue then 'overdue'
            -- convinced intermediaries sell with us
            when segment = 'true_loyalty' and customer_type = 'intermediary'
                then 'partner'
            -- convinced and important
            when segment = 'true_loyalty' and is_key then 'key_customer'
            -- convinced and says so to others
            when segment = 'true_loyalty' and is_advocate then 'advocate'
            -- convinced and curious
            when segment = 'true_loyalty' and is_trying_new then 'tries_new'
            -- convinced: thank and stay close
            when segment = 'true_loyalty' then 'keep'
            -- convinced, but something keeps them from buying
            when segment = 'latent_loyalty' and barrier is not null then barrier
            -- convinced, and nobody knows why they do not buy
            when segment = 'latent_loyalty' then 'unknown_barrier'
            -- buys because of something other than conviction
            when segment = 'spurious_loyalty' and loyalty_type in (
                'monopoly', 'cost_of_change', 'incentivised', 'habitual'
            ) then loyalty_type
            -- buys without conviction and grows silent
            when segment = 'spurious_loyalty' and is_overdue then 'overdue'
            -- buys without conviction
            when segment = 'spurious_loyalty' then 'no_conviction'
            -- attitude unknown, and silent for unusually long
            when segment = 'unmeasured' and is_overdue then 'overdue'
            -- without loyalty, but worth the effort
            when segment = 'no_loyalty' and is_worth_it then 'pays_off'
        end as main_reason
    from care_facts
),

-- who left, former or not
called_back as (
    select
        *,
        main_reason = 'win_back'
        or (main_reason = 'pays_off' and churn_cause is not null)
            as is_asked_back
    from reasoned
),

formed as (
    select
        *,
        case
            -- one person takes care of it to the end
            when main_reason = 'open_complaint' then 'personal_service'
            -- a personal word, no price
            when segment = 'true_loyalty' and main_reason = 'overdue'
                then 'personal_service'
            -- sell together
            when main_reason = 'partner' then 'joint_promotion'
            -- somebody who knows them
            when main_reason = 'key_customer' then 'personal_service'
            -- first to see what is new
            when main_reason = 'tries_new' then 'event'
            -- a place to meet those they convince
            when main_reason = 'advocate' then 'customer_club'
            -- greetings and small attentions, as among family
            when main_reason = 'keep' then 'family_service'
            -- sell through a partner near them
            when main_reason = 'no_availability' then 'joint_promotion'
            -- carry the change for them
            when main_reason = 'switching_cost' then 'personal_service'
            -- smaller packs, instalments
            when main_reason = 'money' then 'offer'
            -- a benefit of membership, not a price war
            when main_reason = 'rival_promotions' then 'customer_club'
            -- something to try beside the usual brand
            when main_reason = 'habit' then 'product_recommendation'
            -- something that suits them, and a question what is missing
            when main_reason = 'unknown_barrier' then 'product_recommendation'
            -- be liked before a rival comes
            when main_reason = 'monopoly' then 'public_relations'
            -- make the bound ones content
            when main_reason = 'cost_of_change' then 'personal_service'
            -- benefits that only members have instead of deals
            when main_reason = 'incentivised' then 'customer_club'
            -- meet others who use it: from habit to liking
            when main_reason = 'habitual' then 'group_event'
            when main_reason = 'no_conviction' then 'group_event'
            -- a reason to come back today
            when segment = 'spurious_loyalty' and main_reason = 'overdue' then 'offer'
            -- what they usually buy is due
            when main_reason = 'overdue' then 'product_recommendation'
            -- who left: a modest concession where the price was the cause
            when is_asked_back and churn_cause = 'price' then 'offer'
            -- nobody is to blame: stay in touch, part on good terms
            when is_asked_back and churn_cause = 'natural'
                then 'family_service'
            -- say what has changed since the turmoil
            when is_asked_back and churn_cause = 'vendor_turbulence'
                then 'public_relations'
            -- lost to a rival or by our service: better service, no discount;
            -- and somebody who asks why, where it is not known
            when is_asked_back then 'personal_service'
            -- still there: the offer that pays for itself
            when main_reason = 'pays_off' then 'offer'
        end as care_form,
        main_reason = 'open_complaint'
        or is_overdue
        or (is_gone and segment not in ('no_loyalty', 'former'))
            as is_pressing
    from called_back
    where main_reason is not null
),

arranged as (
    select
        *,
        case
            -- what went wrong with the last purchase
            when main_reason = 'open_complaint' then 'after'
            -- the next purchase is what is missing
            when is_overdue
                or is_gone
                or segment in ('latent_loyalty', 'no_loyalty', 'former')
                then 'before'
            -- the next purchase is near
            when next_order_due_at <= $as_of_date + $care_before_days
                then 'before'
            -- the last purchase is fresh
            when last_ordered_at >= $as_of_date - $care_after_days then 'after'
            -- while they use it
            else 'during'
        end as phase,
        case
            -- large customers and intermediaries are visited
            when care_form in (
                'personal_service', 'joint_promotion', 'public_relations'
            ) and (size = 'large' or customer_type = 'intermediary')
                then 'visit'
            -- whom they know rings them up
            when (care_form = 'personal_service' or is_pressing)
                and account_owner is not null then 'phone'
            -- the call centre does
            when care_form = 'personal_service' or is_pressing
                then 'call_centre'
            -- who orders on the website is met there
            when is_on_website and care_form in (
                'product_recommendation', 'customer_club', 'offer'
            ) then 'website'
            -- all else in writing
            else 'message'
        end as channel,
        case
            -- done when it is done
            when main_reason = 'open_complaint' then 'once'
            when care_form = 'offer' or is_asked_back then 'once'
            -- important customers hear from us every month
            when is_key then 'monthly'
            -- those who buy, every quarter
            when segment in ('true_loyalty', 'spurious_loyalty') then 'quarterly'
            else 'half_yearly'
        end as frequency,
        coalesce(account_owner, $care_default_owner) as owner,
        case
            -- a complaint, or much money about to go
            when main_reason = 'open_complaint' then 1
            when is_key
                and (
                    is_warned
                    or (is_gone and segment not in ('no_loyalty', 'former'))
                )
                then 1
            -- about to go, or important
            when is_warned
                or (is_gone and segment not in ('no_loyalty', 'former'))
                or is_key
                then 2
            else 3
        end as priority
    from formed
),

-- days until a customer hears from us again
rhythmic as (
    select
        *,
        case frequency
            when 'monthly' then 30
            when 'quarterly' then 91
            else 182
        end as interval_days,
        last_care_at is null
        and frequency <> 'once'
        and is_pressing is not true
            as is_first_contact
    from arranged
),

timed as (
    select
        *,
        $as_of_date + case priority
            when 1 then $care_due_days_urgent
            when 2 then $care_due_days_soon
            else $care_due_days_normal
        end as due_by_priority,
        case when main_reason <> 'open_complaint'
            then last_care_at + interval_days end as not_before,
        row_number() over (
            partition by is_first_contact, frequency
            order by
                priority,
                stake_amount desc nulls last,
                customer_id nulls last
        ) - 1 as before_count,
        count(*) over (partition by is_first_contact, frequency) as queue_count
    from rhythmic
),

-- before the next order where that can still be reached
dated as (
    select
        *,
        greatest(
            case when next_order_due_at > $as_of_date
                then least(due_by_priority, next_order_due_at)
                else due_by_priority end,
            not_before,
            case when is_first_contact then $as_of_date + cast(
                least(
                    before_count / $care_first_contacts_per_day,
                    before_count * interval_days / queue_count
                ) as integer
            ) end
        ) as newly_due_at
    from timed
    where
        not_before is null
        or not_before <= $as_of_date + $care_due_days_normal
),

standing as (
    select
        customer_id,
        main_reason,
        min(planned_at) as planned_at,
        min(due_at) as due_at
    from previous_care_plan
    group by customer_id, main_reason
),

final as (
    select
        dated.customer_id,
        dated.segment,
        dated.loyalty_type,
        dated.main_reason,
        dated.churn_cause,
        dated.care_form,
        dated.phase,
        dated.channel,
        dated.frequency,
        dated.owner,
        dated.priority,
        coalesce(standing.planned_at, $as_of_date) as planned_at,
        least(dated.newly_due_at, standing.due_at) as due_at,
        dated.own_amount,
        dated.stake_amount,
        dated.stake_low,
        dated.stake_high,
        dated.stake_source
    from dated
    left join standing
        on dated.customer_id = standing.customer_id
        and dated.main_reason = standing.main_reason
        and (
            dated.last_care_at is null
            or dated.last_care_at < standing.planned_at
        )
)

select * from final
