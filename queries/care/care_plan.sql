-- One row per customer to act on: the reason, which of nine forms of care,
-- when, by whom, and through which channel. The rules are the `case`
-- expressions below. The first rule that applies counts. Change the rules here.
--
-- The strategy differs by segment. Customers with true loyalty are retained,
-- never by price cuts. For latent loyalty, the barrier to buying is removed.
-- For spurious loyalty, the attitude is strengthened. Customers with no loyalty
-- are cared for only if the expected return covers the cost. Former customers
-- are won back under the same condition. The form of win-back follows the cause
-- of leaving: better service rather than a discount, unless the cause was the
-- price.
--
-- care_facts decides who may receive care. A customer without a reason to act
-- has no row. A customer whose next care is due later than
-- $care_due_days_normal days from now has none either. A reason that was in the
-- previous plan keeps its day of planning and its due date until care is given.
--
-- First contacts are spread over time, because a team cannot make all of them
-- in the first days. They concern customers with a regular frequency who never
-- had care and are not urgent. Each frequency has its own queue, ordered by
-- priority, then by the money at stake. At least $care_first_contacts_per_day
-- customers of the queue are due per day, or more if the queue would otherwise
-- last longer than one interval (30, 91 or 182 days). Customer number k of n is
-- due floor(min((k - 1) / $care_first_contacts_per_day, (k - 1) x interval /
-- n)) days after as_of_date, or on the day that the priority sets if that is
-- later.
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
            -- Former customers are won back only if it pays.
            when segment = 'former' and is_worth_it then 'win_back'
            when segment = 'former' then null
            -- An open complaint comes before every other reason.
            when segment <> 'no_loyalty' and has_open_complaint
                then 'open_complaint'
            -- Loyal, but overdue: ask how they are.
            when segment = 'true_loyalty' and is_overdue then 'overdue'
            -- Loyal intermediaries sell together with us.
            when segment = 'true_loyalty' and customer_type = 'intermediary'
                then 'partner'
            when segment = 'true_loyalty' and is_key then 'key_customer'
            -- Loyal, and recommends us.
            when segment = 'true_loyalty' and is_advocate then 'advocate'
            -- Loyal, and buys new products.
            when segment = 'true_loyalty' and is_trying_new then 'tries_new'
            -- All other loyal customers: stay in touch.
            when segment = 'true_loyalty' then 'keep'
            -- High attitude, but a known barrier prevents purchases.
            when segment = 'latent_loyalty' and barrier is not null then barrier
            -- High attitude, and the barrier is unknown.
            when segment = 'latent_loyalty' then 'unknown_barrier'
            -- Buys for a known reason other than a high attitude.
            when segment = 'spurious_loyalty' and loyalty_type in (
                'monopoly', 'cost_of_change', 'incentivised', 'habitual'
            ) then loyalty_type
            -- Low attitude, and overdue.
            when segment = 'spurious_loyalty' and is_overdue then 'overdue'
            -- Low attitude, without a known reason to buy.
            when segment = 'spurious_loyalty' then 'no_conviction'
            -- Attitude or behaviour is unknown, and the customer is overdue.
            when segment = 'unmeasured' and is_overdue then 'overdue'
            -- No loyalty, but the expected return covers the cost.
            when segment = 'no_loyalty' and is_worth_it then 'pays_off'
        end as main_reason
    from care_facts
),

-- Win-back covers former customers and customers with no loyalty who left.
with_win_back as (
    select
        *,
        main_reason = 'win_back'
        or (main_reason = 'pays_off' and churn_cause is not null)
            as is_asked_back
    from reasoned
),

with_care_form as (
    select
        *,
        case
            -- One employee handles the complaint until it is resolved.
            when main_reason = 'open_complaint' then 'personal_service'
            -- A personal contact, without a discount.
            when segment = 'true_loyalty' and main_reason = 'overdue'
                then 'personal_service'
            when main_reason = 'partner' then 'joint_promotion'
            -- An employee who knows the customer.
            when main_reason = 'key_customer' then 'personal_service'
            -- Early access to new products.
            when main_reason = 'tries_new' then 'event'
            -- A place to meet the people they recommend us to.
            when main_reason = 'advocate' then 'customer_club'
            -- Greetings and small attentions.
            when main_reason = 'keep' then 'family_service'
            -- Sales through a partner near the customer.
            when main_reason = 'no_availability' then 'joint_promotion'
            -- Help with the switch.
            when main_reason = 'switching_cost' then 'personal_service'
            -- Smaller packs, or payment by instalments.
            when main_reason = 'money' then 'offer'
            -- Member benefits instead of a price war.
            when main_reason = 'rival_promotions' then 'customer_club'
            -- A product to try in addition to the usual brand.
            when main_reason = 'habit' then 'product_recommendation'
            -- A suitable product, and a question about what is missing.
            when main_reason = 'unknown_barrier' then 'product_recommendation'
            -- A better reputation before a rival enters the market.
            when main_reason = 'monopoly' then 'public_relations'
            -- Higher satisfaction of customers who are bound by switching
            -- costs.
            when main_reason = 'cost_of_change' then 'personal_service'
            -- Member benefits instead of deals.
            when main_reason = 'incentivised' then 'customer_club'
            -- Contact with other users turns habit into preference.
            when main_reason = 'habitual' then 'group_event'
            when main_reason = 'no_conviction' then 'group_event'
            -- An incentive to buy again soon.
            when segment = 'spurious_loyalty' and main_reason = 'overdue' then 'offer'
            -- A reminder of what they usually buy.
            when main_reason = 'overdue' then 'product_recommendation'
            -- A modest discount, only where the price was the cause of leaving.
            when is_asked_back and churn_cause = 'price' then 'offer'
            -- A natural cause: stay in touch.
            when is_asked_back and churn_cause = 'natural'
                then 'family_service'
            -- News of what has changed since the turbulence.
            when is_asked_back and churn_cause = 'vendor_turbulence'
                then 'public_relations'
            -- Every other cause: better service without a discount. Where the
            -- cause is unknown, the employee asks for it.
            when is_asked_back then 'personal_service'
            -- No loyalty, and has not left: an offer.
            when main_reason = 'pays_off' then 'offer'
        end as care_form,
        main_reason = 'open_complaint'
        or is_overdue
        or (is_gone and segment not in ('no_loyalty', 'former'))
            as is_pressing
    from with_win_back
    where main_reason is not null
),

with_channel as (
    select
        *,
        case
            -- The complaint is about the last purchase.
            when main_reason = 'open_complaint' then 'after'
            -- The next purchase is overdue or missing.
            when is_overdue
                or is_gone
                or segment in ('latent_loyalty', 'no_loyalty', 'former')
                then 'before'
            -- The next purchase is due soon.
            when next_order_due_at <= $as_of_date + $care_before_days
                then 'before'
            -- The last purchase is recent.
            when last_ordered_at >= $as_of_date - $care_after_days then 'after'
            -- Between two purchases, while the product is in use.
            else 'during'
        end as phase,
        case
            -- Large customers and intermediaries are visited.
            when care_form in (
                'personal_service', 'joint_promotion', 'public_relations'
            ) and (size = 'large' or customer_type = 'intermediary')
                then 'visit'
            -- The account owner calls.
            when (care_form = 'personal_service' or is_pressing)
                and account_owner is not null then 'phone'
            -- Without an account owner, the call centre calls.
            when care_form = 'personal_service' or is_pressing
                then 'call_centre'
            -- Customers who order on the website are contacted there.
            when is_on_website and care_form in (
                'product_recommendation', 'customer_club', 'offer'
            ) then 'website'
            -- All others receive a message.
            else 'message'
        end as channel,
        case
            when main_reason = 'open_complaint' then 'once'
            when care_form = 'offer' or is_asked_back then 'once'
            -- Key customers are contacted every month.
            when is_key then 'monthly'
            -- Active buyers are contacted every quarter.
            when segment in ('true_loyalty', 'spurious_loyalty') then 'quarterly'
            else 'half_yearly'
        end as frequency,
        coalesce(account_owner, $care_default_owner) as owner,
        case
            -- A complaint, or a key customer who may leave or has left.
            when main_reason = 'open_complaint' then 1
            when is_key
                and (
                    is_warned
                    or (is_gone and segment not in ('no_loyalty', 'former'))
                )
                then 1
            -- Any other customer who may leave or has left, or a key customer.
            when is_warned
                or (is_gone and segment not in ('no_loyalty', 'former'))
                or is_key
                then 2
            else 3
        end as priority
    from with_care_form
),

-- The days between two contacts, by frequency.
with_interval as (
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
    from with_channel
),

queued as (
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
    from with_interval
),

-- The contact is due before the next order, if that order lies in the future.
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
    from queued
    where
        not_before is null
        or not_before <= $as_of_date + $care_due_days_normal
),

previous_tasks as (
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
        coalesce(previous_tasks.planned_at, $as_of_date) as planned_at,
        least(dated.newly_due_at, previous_tasks.due_at) as due_at,
        dated.own_amount,
        dated.stake_amount,
        dated.stake_low,
        dated.stake_high,
        dated.stake_source
    from dated
    left join previous_tasks
        on dated.customer_id = previous_tasks.customer_id
        and dated.main_reason = previous_tasks.main_reason
        and (
            dated.last_care_at is null
            or dated.last_care_at < previous_tasks.planned_at
        )
)

select * from final
