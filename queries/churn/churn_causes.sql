-- One row per dimension, value and cause of leaving, always all eight causes,
-- the price and unknown: customers who left in the window, with their share and
-- the money that went with them, in total and by customer type. Groups of fewer
-- than $min_cell customers are suppressed.
--
-- Where $nearly_all_share or more of all who were customers in the window left,
-- the table shows the rule of leaving rather than why customers leave: then no
-- measure is named, and the report draws no conclusion. Where the data contradict
-- the days of silence it is not known who left (left_unknown_because_code): only
-- closed accounts are counted, and nothing is said where there are none.
-- A cause that nothing on file could show (is_observable) has no numbers: nobody
-- is known to have left for it, and nobody is known not to.
with

customer_churn as (
    select * from customer_churn
),

customer_profile as (
    select * from customer_profile
),

customer_activity as (
    select customer_id, is_active, is_leaving_judged from customer_activity
),

stg_contacts as (
    select count(*) as rows_count from stg_contacts
),

stg_account_owners as (
    select count(*) as rows_count from stg_account_owners
),

stg_situations as (
    select
        count(case when kind = 'vendor_turbulence' then 1 end)
            as turbulences_count,
        count(case when kind = 'rival_promotion' then 1 end)
            as promotions_count
    from stg_situations
),

stg_category_rules as (
    select count(case when rivals_seen then 1 end) as seen_count
    from stg_category_rules
),

stg_purchases as (
    select count(promised_at) as promises_count from stg_purchases
),

stated_reasons as (
    select count(close_reason) as reasons_count from customer_churn
),

-- what could show a cause; a customer who gives a reason may name any
on_file as (
    select
        reasons.reasons_count > 0 as has_reasons,
        contacts.rows_count > 0 as has_contacts,
        owners.rows_count > 0 as has_owners,
        purchases.promises_count > 0 as has_promises,
        situations.turbulences_count > 0 as has_turbulences,
        $rivals_seen or rules.seen_count > 0 or situations.promotions_count > 0
            as has_rivals
    from stated_reasons as reasons
    cross join stg_contacts as contacts
    cross join stg_account_owners as owners
    cross join stg_purchases as purchases
    cross join stg_situations as situations
    cross join stg_category_rules as rules
),

measure_words as (
    select code, en from catalogue_codes where column_name = 'measure_code'
),

all_causes as (
    select * from (
        values
            (1, 'staff_turnover', 'hand_over_in_person'),
            (2, 'competitor', 'win_back_by_service'),
            (3, 'vendor_turbulence', 'tell_changes_first'),
            (4, 'neglected_details', 'settle_complaints'),
            (5, 'broken_promises', 'keep_every_promise'),
            (6, 'overbearing_vendor', 'treat_as_equals'),
            (7, 'unequal_treatment', 'serve_small_alike'),
            (8, 'natural', 'stay_in_touch'),
            (9, 'price', 'modest_concession'),
            (10, 'unknown', 'ask_for_reasons')
    ) as causes (position, churn_cause, measure_code)
),

causes as (
    select
        causes.*,
        on_file.has_reasons
        or case causes.churn_cause
            when 'staff_turnover' then on_file.has_owners
            when 'competitor' then on_file.has_rivals
            when 'vendor_turbulence' then on_file.has_turbulences
            when 'broken_promises'
                then on_file.has_contacts or on_file.has_promises
            when 'price' then false
            when 'unknown' then true
            else on_file.has_contacts
        end as is_observable
    from all_causes as causes
    cross join on_file
),

typed as (
    select
        churn.churn_cause,
        churn.cause_source,
        churn.amount,
        coalesce(profile.customer_type, 'unknown') as customer_type
    from customer_churn as churn
    left join customer_profile as profile
        on churn.customer_id = profile.customer_id
),

by_type as (
    select
        customer_type,
        churn_cause,
        count(*) as customers_count,
        sum(case when cause_source = 'stated' then 1 else 0 end)
            as stated_count,
        sum(amount) as amount
    from typed
    group by customer_type, churn_cause
),

valued as (
    select
        'total' as dimension, 'all' as dimension_value,
        churn_cause, customers_count, stated_count, amount
    from by_type
    union all
    select
        'customer_type' as dimension, customer_type as dimension_value,
        churn_cause, customers_count, stated_count, amount
    from by_type
    union all
    -- keeps the total when nobody left
    select
        'total' as dimension, 'all' as dimension_value,
        'unknown' as churn_cause, 0 as customers_count, 0 as stated_count,
        cast(null as decimal(18, 2)) as amount
),

totals as (
    select
        dimension,
        dimension_value,
        sum(customers_count) as all_customers,
        sum(amount) as all_amount
    from valued
    group by dimension, dimension_value
),

still_active as (
    select
        coalesce(profile.customer_type, 'unknown') as customer_type,
        sum(case when activity.is_active then 1 else 0 end) as active_count,
        sum(case when not activity.is_leaving_judged then 1 else 0 end)
            as unknown_count
    from customer_activity as activity
    left join customer_profile as profile
        on activity.customer_id = profile.customer_id
    group by 1
),

actives as (
    select
        'customer_type' as dimension, customer_type as dimension_value,
        active_count, unknown_count
    from still_active
    union all
    select
        'total' as dimension, 'all' as dimension_value,
        sum(active_count) as active_count,
        sum(unknown_count) as unknown_count
    from still_active
),

measured as (
    select
        totals.dimension,
        totals.dimension_value,
        totals.all_customers,
        totals.all_amount,
        coalesce(actives.unknown_count, 0) > 0 as is_leaving_unknown,
        coalesce(actives.unknown_count, 0) > 0
        or coalesce(
            cast(totals.all_customers as double)
                / nullif(
                    totals.all_customers + coalesce(actives.active_count, 0), 0
                ) >= cast($nearly_all_share as double),
            false
        ) as did_nearly_all_leave,
        causes.position,
        causes.churn_cause,
        causes.measure_code,
        causes.is_observable,
        coalesce(sum(valued.customers_count), 0) as customers_count,
        coalesce(sum(valued.stated_count), 0) as stated_count,
        -- unknown where customers left and nothing is on file of any
        case when totals.all_amount is not null or totals.all_customers = 0
            then coalesce(sum(valued.amount), 0) end as amount
    from totals
    cross join causes
    left join actives
        on totals.dimension = actives.dimension
        and totals.dimension_value = actives.dimension_value
    left join valued
        on totals.dimension = valued.dimension
        and totals.dimension_value = valued.dimension_value
        and causes.churn_cause = valued.churn_cause
    group by
        totals.dimension, totals.dimension_value, totals.all_customers,
        totals.all_amount, actives.active_count, actives.unknown_count,
        causes.position, causes.churn_cause, causes.measure_code,
        causes.is_observable
),

marked as (
    select
        *,
        (is_leaving_unknown and all_customers = 0)
        or (
            not is_observable and customers_count = 0 and all_customers > 0
        ) as is_nothing_known,
        suppress(customers_count, $min_cell) over (
            partition by dimension, dimension_value
            order by position nulls last
        ) as is_suppressed
    from measured
),

final as (
    select
        dimension,
        dimension_value,
        position,
        churn_cause,
        is_suppressed,
        is_observable,
        case when not is_suppressed and not is_nothing_known
            then customers_count end as customers_count,
        case when is_leaving_unknown then 'silence_contradicted' end
            as left_unknown_because_code,
        case
            when is_leaving_unknown and all_customers = 0 then null
            when all_customers = 0 or all_customers >= $min_cell
                then all_customers
        end as n,
        case when not is_suppressed and not is_nothing_known
            then cast(customers_count as double) / nullif(all_customers, 0) end
            as customers_share,
        -- how many of them said so themselves; the rest is judged by rules
        case when not is_suppressed
            then cast(stated_count as double) / nullif(customers_count, 0) end
            as stated_share,
        case when not is_suppressed and not is_nothing_known
            then cast(amount as decimal(28, 2)) end as amount,
        case when not is_suppressed and not is_nothing_known
            then cast(amount as double)
                / nullif(cast(all_amount as double), 0) end
            as amount_share,
        case when not did_nearly_all_leave then measure_code end
            as measure_code,
        case when not did_nearly_all_leave then measure_words.en end as measure
    from marked
    left join measure_words on marked.measure_code = measure_words.code
)

select * from final
