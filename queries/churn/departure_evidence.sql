-- One row per customer of evidence_windows, who left in the window or stayed:
-- the facts that departure_signs and customer_churn judge.
--
-- Evidence counts from $churn_evidence_days days before the relationship
-- stopped to the day on which the customer counts as gone, or to as_of_date if
-- that is earlier. A promise is broken if its day is over by then and it was
-- not fulfilled on time, later or never.
--
-- Purchases from rivals after the last own order are not evidence by
-- themselves, because the customer may always have bought there. Orders after
-- the day of the last own order are therefore compared with those of equally
-- many days up to that day, in own categories in which rivals are seen. The
-- comparison covers at most $window_days days, and no more than the customer's
-- history before the last own order. rivals_only_chance is the probability of
-- that many orders without an own one if the customer chose as before: (1 - s)
-- ^ n. s is the earlier own share of orders by Laplace's rule of succession,
-- (own + 1) / (all + 2).
with

departures as (
    select
        *,
        stopped_at - $churn_evidence_days as evidence_from,
        least(left_at, $as_of_date) as evidence_to
    from evidence_windows
),

customer_profile as (
    select * from customer_profile
),

customer_months as (
    select * from customer_months
),

departure_amounts as (
    select * from departure_amounts
),

purchase_lines as (
    select * from purchase_lines
),

stg_customers as (
    select * from stg_customers
),

stg_purchases as (
    select * from stg_purchases
),

stg_contacts as (
    select
        *,
        cast(at as date) as on_day
    from stg_contacts
    where customer_id is not null
),

contact_resolutions as (
    select * from contact_resolutions
),

stg_account_owners as (
    select * from stg_account_owners
),

stg_situations as (
    select
        category,
        kind,
        cast(from_at as date) as from_day,
        cast(to_at as date) as to_day
    from stg_situations
),

stg_category_rules as (
    select category, rivals_seen from stg_category_rules
),

stg_close_reason_causes as (
    select * from stg_close_reason_causes
),

stg_complaint_causes as (
    select * from stg_complaint_causes
),

-- The stated reason and the cause it is mapped to. If there are several, the
-- first by name counts.
close_reason_causes as (
    select close_reason, min(cause) as cause
    from stg_close_reason_causes
    group by close_reason
),

close_reasons as (
    select
        customers.customer_id,
        min(customers.close_reason) as close_reason,
        min(causes.cause) as mapped_cause
    from stg_customers as customers
    left join close_reason_causes as causes
        on customers.close_reason = causes.close_reason
    where
        customers.close_reason is not null
        and cast(customers.closed_at as date) <= $as_of_date
    group by customers.customer_id
),

complaint_causes as (
    select topic, min(cause) as cause
    from stg_complaint_causes
    group by topic
),

-- All counts of contacts, in one pass.
contact_facts as (
    select
        departures.customer_id,
        contacts.kind,
        contacts.on_day,
        contacts.waited_seconds,
        coalesce(causes.cause, contacts.topic) as complaint_cause,
        contacts.on_day
            between departures.evidence_from and departures.evidence_to
            as is_evidence,
        contacts.on_day
            between departures.left_at - $no_outreach_days
            and departures.evidence_to as is_recent,
        resolutions.are_resolutions_noted
        and (
            resolutions.resolved_on is null
            or resolutions.resolved_on > departures.evidence_to
        ) as is_unresolved,
        contacts.on_day <= departures.evidence_to
        and cast(contacts.promised_at as date)
            between departures.evidence_from and departures.evidence_to - 1
        and (
            contacts.fulfilled_at is null
            or cast(contacts.fulfilled_at as date)
                > cast(contacts.promised_at as date)
        ) as is_promise_broken
    from stg_contacts as contacts
    inner join departures
        on contacts.customer_id = departures.customer_id
    left join complaint_causes as causes
        on contacts.topic = causes.topic
    left join contact_resolutions as resolutions
        on contacts.contact_id = resolutions.contact_id
),

contact_counts as (
    select
        customer_id,
        sum(
            case when is_evidence and kind = 'complaint'
                and complaint_cause in ('arrogance', 'passing_the_buck')
                then 1 else 0 end
        ) as arrogance_complaints_count,
        sum(
            case when is_evidence and kind = 'complaint'
                and complaint_cause = 'broken_promise'
                then 1 else 0 end
        ) as promise_complaints_count,
        sum(
            case when is_evidence and kind = 'complaint' and is_unresolved
                then 1 else 0 end
        ) as unresolved_complaints_count,
        sum(case when is_promise_broken then 1 else 0 end)
            as broken_promises_count,
        sum(
            case when is_recent and kind in ('outreach', 'care', 'visit')
                then 1 else 0 end
        ) as recent_outreach_count,
        avg(case when is_evidence then waited_seconds end)
            as mean_waited_seconds
    from contact_facts
    group by customer_id
),

large_customers as (
    select avg(contacts.waited_seconds) as mean_waited_seconds
    from stg_contacts as contacts
    inner join customer_profile as profile
        on contacts.customer_id = profile.customer_id
    where
        profile.size = 'large'
        and contacts.on_day <= $as_of_date
        and contacts.on_day
            >= $as_of_date - ($window_days - 1) - $churn_evidence_days
),

outreach_on_file as (
    select count(*) > 0 as is_outreach_recorded
    from stg_contacts
    where kind in ('outreach', 'care') and on_day <= $as_of_date
),

late_deliveries as (
    select
        departures.customer_id,
        count(*) as late_lines_count
    from stg_purchases as purchases
    inner join departures
        on purchases.customer_id = departures.customer_id
    where
        purchases.brand = $brand
        and not coalesce(purchases.is_return, false)
        and cast(purchases.promised_at as date) < departures.evidence_to
        and (
            purchases.delivered_at is null
            or cast(purchases.delivered_at as date)
                > cast(purchases.promised_at as date)
        )
        and cast(purchases.ordered_at as date)
            between departures.evidence_from and departures.evidence_to
    group by departures.customer_id
),

-- Changes of account owner. A first owner is no change.
owner_changes as (
    select
        departures.customer_id,
        max(cast(owners.from_at as date)) as owner_changed_on
    from stg_account_owners as owners
    inner join departures
        on owners.customer_id = departures.customer_id
    inner join stg_account_owners as earlier
        on owners.customer_id = earlier.customer_id
    where
        earlier.from_at < owners.from_at
        and earlier.account_owner <> owners.account_owner
        and cast(owners.from_at as date)
            between departures.evidence_from and departures.evidence_to
    group by departures.customer_id
),

departed_categories as (
    select
        months.customer_id,
        months.category,
        coalesce(rules.rivals_seen, $rivals_seen) as rivals_seen
    from customer_months as months
    inner join departures
        on months.customer_id = departures.customer_id
    left join stg_category_rules as rules
        on months.category = rules.category
    where months.own_occasions_count is distinct from 0
    group by
        months.customer_id,
        months.category,
        coalesce(rules.rivals_seen, $rivals_seen)
),

-- Without known categories, the shared parameter applies.
unseen_rivals as (
    select
        departures.customer_id,
        coalesce(
            bool_or(not departed.rivals_seen), not $rivals_seen
        ) as has_unseen_rivals
    from departures
    left join departed_categories as departed
        on departures.customer_id = departed.customer_id
    group by departures.customer_id
),

-- Situations of a category that the customer bought, and of all categories.
situation_facts as (
    select
        departed.customer_id,
        not departed.rivals_seen as is_where_unseen,
        situations.*
    from departed_categories as departed
    inner join stg_situations as situations
        on departed.category = situations.category
    union all
    select
        rivals.customer_id,
        rivals.has_unseen_rivals as is_where_unseen,
        situations.*
    from unseen_rivals as rivals
    cross join (
        select * from stg_situations where category is null
    ) as situations
),

situation_counts as (
    select
        departures.customer_id,
        sum(case when facts.kind = 'vendor_turbulence' then 1 else 0 end)
            as turbulences_count,
        sum(
            case when facts.kind = 'rival_promotion' and facts.is_where_unseen
                then 1 else 0 end
        ) as unseen_rival_promotions_count
    from situation_facts as facts
    inner join departures
        on facts.customer_id = departures.customer_id
    where
        facts.from_day <= departures.evidence_to
        and (
            facts.to_day is null
            or facts.to_day >= departures.evidence_from
        )
    group by departures.customer_id
),

-- Orders of all brands by customers who left, in categories with rivals on
-- file.
seen_occasions as (
    select
        lines.customer_id,
        lines.order_id,
        coalesce(lines.brand = $brand, false) as is_own,
        cast(
            max(case when lines.amount > 0 then lines.ordered_at end) as date
        ) as ordered_on
    from purchase_lines as lines
    inner join departed_categories as departed
        on lines.customer_id = departed.customer_id
        and lines.category = departed.category
        and departed.rivals_seen
    group by
        lines.customer_id, lines.order_id, lines.brand, lines.category
    having sum(lines.amount) > 0
),

-- The last own order in these categories, and the days compared before and
-- after.
own_spans as (
    select
        departures.customer_id,
        max(case when occasions.is_own then occasions.ordered_on end)
            as last_own_on,
        min(occasions.ordered_on) as first_on
    from seen_occasions as occasions
    inner join departures
        on occasions.customer_id = departures.customer_id
    where occasions.ordered_on <= departures.stopped_at
    group by departures.customer_id
),

compared_spans as (
    select
        customer_id,
        last_own_on,
        least(
            $window_days,
            $as_of_date - last_own_on,
            last_own_on - first_on + 1
        ) as compared_days
    from own_spans
    where last_own_on is not null
),

-- An order with an own and a rival's occasion counts once for each.
compared_orders as (
    select
        occasions.customer_id,
        occasions.order_id,
        occasions.is_own,
        occasions.ordered_on > spans.last_own_on as is_after
    from seen_occasions as occasions
    inner join compared_spans as spans
        on occasions.customer_id = spans.customer_id
    where
        occasions.ordered_on > spans.last_own_on - spans.compared_days
        and occasions.ordered_on <= spans.last_own_on + spans.compared_days
    group by
        occasions.customer_id,
        occasions.order_id,
        occasions.is_own,
        occasions.ordered_on > spans.last_own_on
),

rival_counts as (
    select
        customer_id,
        sum(case when is_after and not is_own then 1 else 0 end)
            as rival_orders_count,
        sum(case when not is_after and not is_own then 1 else 0 end)
            as rival_orders_before_count,
        sum(case when not is_after and is_own then 1 else 0 end)
            as own_orders_before_count
    from compared_orders
    group by customer_id
),

final as (
    select
        departures.customer_id,
        departures.has_left,
        departures.stopped_at,
        departures.left_at,
        close_reasons.close_reason,
        close_reasons.mapped_cause,
        profile.size,
        coalesce(contacts.arrogance_complaints_count, 0)
            as arrogance_complaints_count,
        coalesce(contacts.promise_complaints_count, 0)
            as promise_complaints_count,
        coalesce(contacts.unresolved_complaints_count, 0)
            as unresolved_complaints_count,
        coalesce(contacts.broken_promises_count, 0) as broken_promises_count,
        coalesce(late_deliveries.late_lines_count, 0) as late_lines_count,
        owner_changes.owner_changed_on,
        contacts.mean_waited_seconds
            / nullif(large_customers.mean_waited_seconds, 0)
            as waiting_against_large,
        coalesce(situations.turbulences_count, 0) as turbulences_count,
        coalesce(situations.unseen_rival_promotions_count, 0)
            as unseen_rival_promotions_count,
        coalesce(spans.compared_days, 0) as compared_days,
        coalesce(rivals.rival_orders_count, 0) as rival_orders_count,
        coalesce(rivals.rival_orders_before_count, 0)
            as rival_orders_before_count,
        coalesce(rivals.own_orders_before_count, 0) as own_orders_before_count,
        power(
            cast(rivals.rival_orders_before_count + 1 as double)
            / (
                rivals.own_orders_before_count
                + rivals.rival_orders_before_count + 2
            ),
            rivals.rival_orders_count
        ) as rivals_only_chance,
        outreach_on_file.is_outreach_recorded,
        coalesce(contacts.recent_outreach_count, 0) as recent_outreach_count,
        amounts.amount
    from departures
    cross join large_customers
    cross join outreach_on_file
    left join customer_profile as profile
        on departures.customer_id = profile.customer_id
    left join close_reasons
        on departures.customer_id = close_reasons.customer_id
    left join contact_counts as contacts
        on departures.customer_id = contacts.customer_id
    left join late_deliveries
        on departures.customer_id = late_deliveries.customer_id
    left join owner_changes
        on departures.customer_id = owner_changes.customer_id
    left join situation_counts as situations
        on departures.customer_id = situations.customer_id
    left join compared_spans as spans
        on departures.customer_id = spans.customer_id
    left join rival_counts as rivals
        on departures.customer_id = rivals.customer_id
    left join departure_amounts as amounts
        on departures.customer_id = amounts.customer_id
)

select * from final
