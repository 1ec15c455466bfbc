-- One row per customer who once was one and no longer is (B11): when the
-- relationship stopped and from which day on the customer counts as gone.
--
-- Whom customer_activity does not know to have left is not here: silence counts
-- only while the data do not contradict its days.
--
-- Closed: both are the day of closing. Without a contract: stopped_at is the
-- day of the last own occasion (B6), of the window if there is one there (B11),
-- else of all before, in $categories where these are given; left_at is the
-- first day on which the customer was silent for longer than customer_activity
-- allows. A contract that ran out, without any own occasion: the day after its
-- end. Whoever has not been silent for that long by as_of_date has not left
-- yet, even where the window is too short to hold the last own occasion.
with

customer_activity as (
    select customer_id from customer_activity where not is_active
),

behaviour_measures as (
    select * from behaviour_measures
),

stg_customers as (
    select * from stg_customers
),

contracts as (
    select
        customer_id,
        cast(min(closed_at) as date) as closed_on,
        cast(max(contract_ends_at) as date) as contract_ends_on
    from stg_customers
    where closed_at is not null or contract_ends_at is not null
    group by customer_id
),

dated as (
    select
        activity.customer_id,
        contracts.closed_on,
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
