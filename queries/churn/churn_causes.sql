-- One row per dimension, value and cause of leaving: the customers who left in
-- the window, their share, and their amount, in total and by customer type. All
-- eight causes, the price and unknown always have a row. Each customer who left
-- counts under one cause. Groups of fewer than $min_cell customers are
-- suppressed.
--
-- Three cases limit what can be said. If $nearly_all_share or more of the
-- customers of the window left, no measure is recommended: the result then
-- reflects the rule that defines leaving, and the report draws no conclusion.
-- If the data contradict the days of silence, only closed accounts count
-- (left_unknown_because_code); without any, all numbers are NULL. A cause that
-- no data on file could show (is_observable) has NULL, not 0. Stated reasons
-- can show the causes that stg_close_reason_causes lists, or any cause if that
-- list is empty.
--
-- Signs (departure_signs) are counted separately from causes, because a
-- customer may show several. The share of a sign among customers who left is
-- compared with its share among those who stayed, over comparable days
-- (evidence_windows). The interval of the difference is method 10 of Newcombe
-- (1998), from Wilson (1927) intervals. Purchases from rivals are not compared
-- in this way, because their rule already compares each customer with the
-- customer's earlier orders. A measure is recommended only for a cause that
-- customers stated, or whose sign is significantly more frequent among those
-- who left.
with

customer_churn as (
    select * from customer_churn
),

departure_signs as (
    select * from departure_signs
),

customer_profile as (
    select * from customer_profile
),

customer_activity as (
    select customer_id, is_active, is_leaving_judged from customer_activity
),

stg_contacts as (
    select count(*) as rows_count from stg_contacts where at < $as_of_date + 1
),

stg_account_owners as (
    select count(*) as rows_count
    from stg_account_owners
    where from_at is null or from_at < $as_of_date + 1
),

stg_situations as (
    select
        count(case when kind = 'vendor_turbulence' then 1 end)
            as turbulences_count,
        count(case when kind = 'rival_promotion' then 1 end)
            as promotions_count
    from stg_situations
    where from_at < $as_of_date + 1
),

stg_category_rules as (
    select count(case when rivals_seen then 1 end) as seen_count
    from stg_category_rules
),

stg_purchases as (
    select count(promised_at) as promises_count
    from stg_purchases
    where ordered_at < $as_of_date + 1
),

stg_close_reason_causes as (
    select cause from stg_close_reason_causes where cause is not null
),

stated_reasons as (
    select count(close_reason) as reasons_count from customer_churn
),

listed_causes as (
    select cause from stg_close_reason_causes group by cause
),

reason_list as (
    select count(*) > 0 as has_list from listed_causes
),

-- Which causes the data on file could show.
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

sign_causes as (
    select
        causes.*,
        on_file.has_reasons
        and (not reason_list.has_list or listed_causes.cause is not null)
            as is_reason_possible,
        case causes.churn_cause
            when 'staff_turnover' then on_file.has_owners
            when 'competitor' then on_file.has_rivals
            when 'vendor_turbulence' then on_file.has_turbulences
            when 'broken_promises'
                then on_file.has_contacts or on_file.has_promises
            when 'price' then false
            when 'unknown' then false
            else on_file.has_contacts
        end as is_sign_observable
    from all_causes as causes
    cross join on_file
    cross join reason_list
    left join listed_causes
        on causes.churn_cause = listed_causes.cause
),

causes as (
    select
        *,
        is_reason_possible or is_sign_observable or churn_cause = 'unknown'
            as is_observable
    from sign_causes
),

signs as (
    select
        coalesce(profile.customer_type, 'unknown') as customer_type,
        signs.has_left,
        signs.has_new_owner as staff_turnover,
        coalesce(signs.has_turned_to_rivals, false)
        or signs.has_rival_promotion as competitor,
        signs.has_turbulence as vendor_turbulence,
        signs.is_complaint_open as neglected_details,
        signs.has_complained_of_promise
        or signs.has_broken_promise
        or signs.has_late_delivery as broken_promises,
        signs.has_complained_of_arrogance as overbearing_vendor,
        signs.has_waited_longer as unequal_treatment,
        signs.has_no_outreach as natural,
        signs.are_rivals_seen
    from departure_signs as signs
    left join customer_profile as profile
        on signs.customer_id = profile.customer_id
),

sign_rows as (
    select
        dimensions.dimension,
        case when dimensions.dimension = 'total' then 'all'
            else signs.customer_type end as dimension_value,
        causes.churn_cause,
        signs.has_left,
        signs.are_rivals_seen and causes.churn_cause = 'competitor'
            as is_compared_with_earlier,
        case causes.churn_cause
            when 'staff_turnover' then signs.staff_turnover
            when 'competitor' then signs.competitor
            when 'vendor_turbulence' then signs.vendor_turbulence
            when 'neglected_details' then signs.neglected_details
            when 'broken_promises' then signs.broken_promises
            when 'overbearing_vendor' then signs.overbearing_vendor
            when 'unequal_treatment' then signs.unequal_treatment
            when 'natural' then signs.natural
        end as has_sign
    from signs
    cross join (
        select churn_cause from causes where is_sign_observable
    ) as causes
    cross join (values ('total'), ('customer_type'))
        as dimensions (dimension)
),

sign_counts as (
    select
        dimension,
        dimension_value,
        churn_cause,
        bool_or(is_compared_with_earlier) as is_compared_with_earlier,
        sum(case when has_left then 1 else 0 end) as left_n,
        sum(case when has_left and has_sign then 1 else 0 end) as left_signs,
        sum(case when has_left then 0 else 1 end) as stayed_n,
        sum(case when not has_left and has_sign then 1 else 0 end)
            as stayed_signs
    from sign_rows
    group by dimension, dimension_value, churn_cause
),

-- Suppression covers small groups and groups that could be derived by
-- subtraction.
hidden_signs as (
    select
        *,
        suppress(left_signs, $min_cell) over (
            partition by churn_cause, dimension
            order by dimension_value nulls last
        ) as is_left_hidden,
        suppress(stayed_signs, $min_cell) over (
            partition by churn_cause, dimension
            order by dimension_value nulls last
        ) as is_stayed_hidden
    from sign_counts
),

sign_shares as (
    select
        dimension,
        dimension_value,
        churn_cause,
        is_compared_with_earlier,
        case when left_n >= $min_cell and not is_left_hidden
            then cast(left_signs as double) end as left_signs,
        cast(left_n as double) as left_n,
        case
            when
                stayed_n >= $min_cell
                and not is_stayed_hidden and not is_compared_with_earlier
                then cast(stayed_signs as double)
        end as stayed_signs,
        cast(stayed_n as double) as stayed_n,
        cast($interval_z as double) as z
    from hidden_signs
),

sign_limits as (
    select
        *,
        left_signs / nullif(left_n, 0) as left_share,
        stayed_signs / nullif(stayed_n, 0) as stayed_share,
        wilson_low(left_signs, left_n, z) as left_low,
        wilson_high(left_signs, left_n, z) as left_high,
        wilson_low(stayed_signs, stayed_n, z) as stayed_low,
        wilson_high(stayed_signs, stayed_n, z) as stayed_high
    from sign_shares
),

compared as (
    select
        dimension,
        dimension_value,
        churn_cause,
        is_compared_with_earlier,
        left_signs,
        left_share,
        stayed_share,
        case when stayed_share is not null then stayed_n end as stayed_n,
        left_share - stayed_share as sign_difference,
        left_share - stayed_share - sqrt(
            power(left_share - left_low, 2)
            + power(stayed_high - stayed_share, 2)
        ) as sign_difference_low,
        left_share - stayed_share + sqrt(
            power(left_high - left_share, 2)
            + power(stayed_share - stayed_low, 2)
        ) as sign_difference_high
    from sign_limits
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
    -- This row keeps the total if no customer left.
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
        -- NULL, not 0, if customers left and no purchases of any customer are
        -- on file.
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
        ) as is_suppressed,
        sum(stated_count) over (partition by dimension, dimension_value)
            as all_stated
    from measured
),

judged as (
    select
        marked.*,
        compared.left_share as sign_share,
        compared.stayed_share as stayed_sign_share,
        compared.stayed_n,
        compared.sign_difference,
        compared.sign_difference_low,
        compared.sign_difference_high,
        coalesce(compared.sign_difference_low > 0, false)
            as is_more_frequent,
        not did_nearly_all_leave
        and (
            marked.churn_cause = 'unknown'
            or stated_count > 0
            or coalesce(compared.sign_difference_low > 0, false)
            or (
                coalesce(compared.is_compared_with_earlier, false)
                and coalesce(compared.left_signs > 0, false)
            )
        ) as is_measure_named
    from marked
    left join compared
        on marked.dimension = compared.dimension
        and marked.dimension_value = compared.dimension_value
        and marked.churn_cause = compared.churn_cause
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
        -- How many of them stated the cause. All others are assigned by the
        -- rules.
        case when not is_suppressed
            then cast(stated_count as double) / nullif(customers_count, 0) end
            as stated_share,
        case when not is_suppressed and not is_nothing_known
            then cast(amount as decimal(28, 2)) end as amount,
        case when not is_suppressed and not is_nothing_known
            then cast(amount as double)
                / nullif(cast(all_amount as double), 0) end
            as amount_share,
        case when stated_count = 0 or stated_count >= $min_cell
            then stated_count end as stated_count,
        case when all_stated = 0 or all_stated >= $min_cell
            then all_stated end as all_stated_count,
        sign_share,
        stayed_sign_share,
        cast(stayed_n as bigint) as stayed_n,
        sign_difference,
        sign_difference_low,
        sign_difference_high,
        -- First the cause with a significant sign, then stated causes, then all
        -- others.
        cast(
            row_number() over (
                partition by dimension, dimension_value
                order by
                    case when is_more_frequent then sign_difference end
                        desc nulls last,
                    stated_count desc nulls last,
                    customers_count desc nulls last,
                    position nulls last
            ) as bigint
        ) as rank,
        case when is_measure_named then measure_code end as measure_code,
        case when is_measure_named then measure_words.en end as measure
    from judged
    left join measure_words on judged.measure_code = measure_words.code
)

select * from final
