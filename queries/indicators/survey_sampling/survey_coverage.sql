-- One row per group of customers (all, and each customer type) and wave of the
-- survey: invitations, responses, and the difference between respondents and
-- all customers of the group. Groups of fewer than $min_cell customers are
-- suppressed, and so are measures known for fewer.
--
-- Wave 'all' is the survey as it counts today. It covers current customers,
-- because former ones (former_candidates) are no longer asked: invitations of
-- the $survey_max_age_days whole days that end with as_of_date, customers whose
-- latest response lies in these days (survey_responses.is_latest), and
-- anonymous responses of that time. A named wave covers all customers on file,
-- including those who left since, with its own invitations and responses.
--
-- A customer counts once per wave. A response needs a valid answer. An
-- invitation is answered by a response of its wave or, if either names no wave,
-- by one of the same day or later. response_rate refers to all invited
-- customers, including undelivered invitations, as in the minimum response rate
-- of AAPOR; delivered_response_rate refers to delivered ones. These numbers are
-- NULL without invitations, or if delivery is never recorded.
--
-- Respondents and all customers are compared on recency, own orders and own
-- amount of the window, for earlier waves too: the mean of each over customers
-- for whom it is known, the difference, and the difference / the standard
-- deviation of all customers (Cohen 1988).
with

stg_survey_invitations as (
    select * from stg_survey_invitations
),

answered_items as (
    select * from answered_items
),

survey_responses as (
    select * from survey_responses
),

customer_behaviour as (
    select * from customer_behaviour
),

customer_profile as (
    select * from customer_profile
),

former_customers as (
    select customer_id from former_candidates where is_former
),

invitations as (
    select
        customer_id,
        wave,
        cast(coalesce(invited_at, delivered_at) as date) as invited_on,
        coalesce(delivered_at < $as_of_date + 1, false) as is_delivered
    from stg_survey_invitations
    where
        customer_id is not null
        and coalesce(coalesce(invited_at, delivered_at) < $as_of_date + 1, true)
),

on_file as (
    select
        count(*) > 0 as has_invitations,
        coalesce(bool_or(is_delivered), false) as has_deliveries
    from invitations
),

answered as (
    select response_id
    from answered_items
    where score is not null
    group by response_id
),

responses as (
    select
        responses.response_id,
        responses.customer_id,
        responses.wave,
        cast(responses.responded_at as date) as responded_on,
        responses.is_in_window,
        responses.is_latest
    from survey_responses as responses
    inner join answered
        on responses.response_id = answered.response_id
),

-- Invitations with a response.
answered_invitations as (
    select
        invitations.customer_id,
        invitations.wave,
        invitations.invited_on
    from invitations
    inner join responses
        on invitations.customer_id = responses.customer_id
    where
        case
            when invitations.wave is null or responses.wave is null
                then responses.responded_on >= invitations.invited_on
            else invitations.wave = responses.wave
        end
    group by
        invitations.customer_id, invitations.wave, invitations.invited_on
),

marked_invitations as (
    select
        invitations.customer_id,
        coalesce(invitations.wave, 'unknown') as wave,
        coalesce(
            invitations.invited_on
                >= $as_of_date - ($survey_max_age_days - 1),
            false
        ) as is_in_window,
        invitations.is_delivered,
        answered.customer_id is not null as is_answered
    from invitations
    left join answered_invitations as answered
        on invitations.customer_id = answered.customer_id
        and (invitations.wave is not distinct from answered.wave)
        and (
            invitations.invited_on is not distinct from answered.invited_on
        )
),

-- One row per customer and wave: invited, and whether answered.
asked as (
    select
        customer_id,
        wave,
        bool_or(is_delivered) as is_delivered,
        bool_or(is_answered) as is_answered,
        bool_or(is_delivered and is_answered) as is_delivered_and_answered
    from marked_invitations
    group by customer_id, wave
    union all
    select
        customer_id,
        'all' as wave,
        bool_or(is_delivered) as is_delivered,
        bool_or(is_answered) as is_answered,
        bool_or(is_delivered and is_answered) as is_delivered_and_answered
    from marked_invitations
    where is_in_window
    group by customer_id
),

answering as (
    select customer_id, coalesce(wave, 'unknown') as wave
    from responses
    where customer_id is not null
    group by customer_id, coalesce(wave, 'unknown')
    union all
    select customer_id, 'all' as wave
    from responses
    where is_latest
),

anonymous as (
    select coalesce(wave, 'unknown') as wave, count(*) as responses_count
    from responses
    where customer_id is null
    group by coalesce(wave, 'unknown')
    union all
    select 'all' as wave, count(*) as responses_count
    from responses
    where customer_id is null and is_in_window
),

-- All customers for named waves, and current customers for wave 'all'.
scopes as (
    select customer_id, false as is_today
    from customer_behaviour
    union all
    select behaviour.customer_id, true as is_today
    from customer_behaviour as behaviour
    left anti join former_customers as former
        on behaviour.customer_id = former.customer_id
),

-- One row per customer in the total, and one in the customer type.
customers as (
    select
        behaviour.customer_id,
        scopes.is_today,
        cast(behaviour.recency_days as double) as recency,
        cast(behaviour.own_orders_count as double) as orders,
        -- A negative amount counts as 0 in the share of the amount.
        case when behaviour.own_amount < 0 then 0 else behaviour.own_amount end
            as amount,
        cast(behaviour.own_amount as double) as money,
        unnest(make_array('total', 'customer_type')) as dimension,
        unnest(make_array(
            'all', coalesce(profiles.customer_type, 'unknown')
        )) as dimension_value
    from scopes
    inner join customer_behaviour as behaviour
        on scopes.customer_id = behaviour.customer_id
    left join customer_profile as profiles
        on behaviour.customer_id = profiles.customer_id
),

everybody as (
    select
        is_today,
        dimension,
        dimension_value,
        count(*) as customers_count,
        sum(amount) as amount,
        count(recency) as recency_n,
        avg(recency) as mean_recency,
        sum(recency) as recency_total,
        sum(recency * recency) as recency_squares,
        count(orders) as orders_n,
        avg(orders) as mean_orders,
        sum(orders) as orders_total,
        sum(orders * orders) as orders_squares,
        count(money) as money_n,
        avg(money) as mean_money,
        sum(money) as money_total,
        sum(money * money) as money_squares
    from customers
    group by is_today, dimension, dimension_value
),

-- Sample standard deviations. A sum of squares below 1e-9 is rounding error.
spreads as (
    select
        *,
        case when recency_squares - recency_total * mean_recency > 1e-9
            then sqrt(
                (recency_squares - recency_total * mean_recency)
                / (recency_n - 1)
            ) end as recency_sd,
        case when orders_squares - orders_total * mean_orders > 1e-9
            then sqrt(
                (orders_squares - orders_total * mean_orders) / (orders_n - 1)
            ) end as orders_sd,
        case when money_squares - money_total * mean_money > 1e-9
            then sqrt(
                (money_squares - money_total * mean_money) / (money_n - 1)
            ) end as money_sd
    from everybody
),

invited as (
    select
        customers.dimension,
        customers.dimension_value,
        asked.wave,
        count(*) as invited_count,
        sum(case when asked.is_delivered then 1 else 0 end) as delivered_count,
        sum(case when asked.is_answered then 1 else 0 end)
            as invited_answered_count,
        sum(case when asked.is_delivered_and_answered then 1 else 0 end)
            as delivered_answered_count
    from asked
    inner join customers
        on asked.customer_id = customers.customer_id
        and (asked.wave = 'all') = customers.is_today
    group by customers.dimension, customers.dimension_value, asked.wave
),

respondents as (
    select
        customers.dimension,
        customers.dimension_value,
        answering.wave,
        count(*) as answered_count,
        sum(customers.amount) as amount,
        count(customers.recency) as recency_n,
        avg(customers.recency) as mean_recency,
        count(customers.orders) as orders_n,
        avg(customers.orders) as mean_orders,
        count(customers.money) as money_n,
        avg(customers.money) as mean_money
    from answering
    inner join customers
        on answering.customer_id = customers.customer_id
        and (answering.wave = 'all') = customers.is_today
    group by customers.dimension, customers.dimension_value, answering.wave
),

waves as (
    select wave from asked
    union
    select wave from answering
    union
    select wave from anonymous
    union
    select 'all' as wave
),

groups as (
    select dimension, dimension_value from everybody
    union
    select 'total' as dimension, 'all' as dimension_value
),

-- Means known for too few customers are removed here.
shown as (
    select
        groups.dimension,
        groups.dimension_value,
        waves.wave,
        coalesce(spreads.customers_count, 0) as customers_count,
        coalesce(spreads.customers_count, 0) between 1 and $min_cell - 1
            as is_suppressed,
        coalesce(respondents.answered_count, 0) as answered_count,
        coalesce(respondents.answered_count, 0) between 1 and $min_cell - 1
            as is_answer_hidden,
        case when groups.dimension = 'total'
            then coalesce(anonymous.responses_count, 0) end
            as anonymous_responses_count,
        case when on_file.has_invitations
            then coalesce(invited.invited_count, 0) end as invited_count,
        case when on_file.has_deliveries
            then coalesce(invited.delivered_count, 0) end as delivered_count,
        case when on_file.has_invitations
            then coalesce(invited.invited_answered_count, 0) end
            as invited_answered_count,
        case when on_file.has_deliveries
            then coalesce(invited.delivered_answered_count, 0) end
            as delivered_answered_count,
        spreads.amount,
        case when respondents.answered_count > 0 then respondents.amount
            else 0 end as respondents_amount,
        case when spreads.recency_n >= $min_cell then spreads.recency_n end
            as recency_days_n,
        case when respondents.recency_n >= $min_cell then respondents.recency_n end
            as respondents_recency_days_n,
        case when spreads.recency_n >= $min_cell
            then spreads.mean_recency end as mean_recency_days,
        case when respondents.recency_n >= $min_cell
            then respondents.mean_recency end
            as respondents_mean_recency_days,
        spreads.recency_sd,
        case when spreads.orders_n >= $min_cell then spreads.orders_n end
            as own_orders_n,
        case when respondents.orders_n >= $min_cell then respondents.orders_n end
            as respondents_own_orders_n,
        case when spreads.orders_n >= $min_cell
            then spreads.mean_orders end as mean_own_orders,
        case when respondents.orders_n >= $min_cell
            then respondents.mean_orders end as respondents_mean_own_orders,
        spreads.orders_sd,
        case when spreads.money_n >= $min_cell then spreads.money_n end
            as own_amount_n,
        case when respondents.money_n >= $min_cell then respondents.money_n end
            as respondents_own_amount_n,
        case when spreads.money_n >= $min_cell
            then spreads.mean_money end as mean_own_amount,
        case when respondents.money_n >= $min_cell
            then respondents.mean_money end as respondents_mean_own_amount,
        spreads.money_sd
    from groups
    cross join waves
    cross join on_file
    left join spreads
        on groups.dimension = spreads.dimension
        and groups.dimension_value = spreads.dimension_value
        and (waves.wave = 'all') = spreads.is_today
    left join invited
        on groups.dimension = invited.dimension
        and groups.dimension_value = invited.dimension_value
        and waves.wave = invited.wave
    left join respondents
        on groups.dimension = respondents.dimension
        and groups.dimension_value = respondents.dimension_value
        and waves.wave = respondents.wave
    left join anonymous
        on waves.wave = anonymous.wave
),

counted as (
    select
        *,
        case when not is_suppressed then customers_count end as customers,
        case
            when is_suppressed then null
            when invited_count = 0 or invited_count >= $min_cell
                then invited_count
        end as invited,
        case
            when is_suppressed then null
            when delivered_count = 0 or delivered_count >= $min_cell
                then delivered_count
        end as delivered,
        case
            when is_suppressed then null
            when invited_answered_count = 0
                or invited_answered_count >= $min_cell
                then invited_answered_count
        end as invited_answered,
        case
            when is_suppressed then null
            when delivered_answered_count = 0
                or delivered_answered_count >= $min_cell
                then delivered_answered_count
        end as delivered_answered,
        case when not is_suppressed and not is_answer_hidden
            then answered_count end as respondents
    from shown
),

final as (
    select
        dimension,
        dimension_value,
        wave,
        is_suppressed,
        customers as customers_count,
        invited as invited_count,
        delivered as delivered_count,
        cast(delivered as double) / nullif(invited, 0) as delivery_rate,
        invited_answered as invited_answered_count,
        cast(invited_answered as double) / nullif(invited, 0) as response_rate,
        cast(delivered_answered as double) / nullif(delivered, 0)
            as delivered_response_rate,
        respondents as answered_count,
        case when anonymous_responses_count = 0
            or anonymous_responses_count >= $min_cell
            then anonymous_responses_count end as anonymous_responses_count,
        cast(respondents as double) / nullif(customers, 0)
            as customers_coverage_share,
        case when respondents is not null
            then cast(respondents_amount as double)
                / nullif(cast(amount as double), 0) end
            as amount_coverage_share,
        respondents_recency_days_n,
        respondents_mean_recency_days,
        recency_days_n,
        mean_recency_days,
        respondents_mean_recency_days - mean_recency_days
            as recency_difference_days,
        (respondents_mean_recency_days - mean_recency_days) / recency_sd
            as recency_standardised_difference,
        respondents_own_orders_n,
        respondents_mean_own_orders,
        own_orders_n,
        mean_own_orders,
        respondents_mean_own_orders - mean_own_orders as own_orders_difference,
        (respondents_mean_own_orders - mean_own_orders) / orders_sd
            as own_orders_standardised_difference,
        respondents_own_amount_n,
        respondents_mean_own_amount,
        own_amount_n,
        mean_own_amount,
        respondents_mean_own_amount - mean_own_amount as own_amount_difference,
        (respondents_mean_own_amount - mean_own_amount) / money_sd
            as own_amount_standardised_difference,
        -- A named wave holds all its answers, of any age.
        case when wave = 'all' then $survey_max_age_days end as answer_days
    from counted
)

select * from final
