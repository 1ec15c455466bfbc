-- One row per customer who is no longer one (B11 is false in
-- customer_activity): the day on which the relationship stopped (stopped_at),
-- and the first day on which the customer counts as gone (left_at). Customers
-- whose B11 is unknown have no row.
--
-- For a closed account both are the day of closing. Otherwise, stopped_at is
-- the day of the last own occasion (B6), in the window if there is one there,
-- and left_at is the first day on which the silence is longer than
-- customer_activity allows. For a contract that ran out without any own
-- occasion, both are the day after its end. A customer whose left_at is after
-- as_of_date has no row yet.
with

customer_activity as (
    select customer_id from customer_activity where not is_active
),

behaviour_measures as (
    select * from behaviour_measures
),

customer_profile as (
    select customer_id, closed_at from customer_profile
),

stg_customers as (
    select * from stg_customers
),

contracts as (
    select
        customer_id,
        cast(max(contract_ends_at) as date) as contract_ends_on
    from stg_customers
    where
        contract_ends_at is not null
        and (closed_at is null or closed_at >= $as_of_date + 1)
    group by customer_id
),

dated as (
    select
        activity.customer_id,
        cast(profiles.closed_at as date) as closed_on,
        contracts.contract_ends_on,
        coalesce(
            $as_of_date - measures.recency_days,
            cast(measures.last_own_occasion_at as date)
        ) as last_occasion_on,
        greatest(
            measures.inactivity_days,
            coalesce(
                cast(floor($gap_factor * measures.gap_days_median) as integer),
                0
            )
        ) as silence_days
    from customer_activity as activity
    inner join behaviour_measures as measures
        on activity.customer_id = measures.customer_id
    left join customer_profile as profiles
        on activity.customer_id = profiles.customer_id
    left join contracts
        on activity.customer_id = contracts.customer_id
),

judged as (
    select
        customer_id,
        closed_on is not null as is_closed,
        case
            when closed_on is not null then closed_on
            when last_occasion_on is not null then last_occasion_on
            else contract_ends_on + 1
        end as stopped_at,
        case
            when closed_on is not null then closed_on
            when last_occasion_on is not null
                then last_occasion_on + (silence_days + 1)
            else contract_ends_on + 1
        end as left_at
    from dated
),

final as (
    select
        customer_id,
        is_closed,
        stopped_at,
        left_at
    from judged
    where left_at <= $as_of_date
)

select * from final
