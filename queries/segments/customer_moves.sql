-- One row per measure (segment, behaviour_state, attitude_state), customer
-- type, earlier state and current state: the number of customers with this
-- transition since the compared run, before suppression. It is the input of
-- migrations. Without an earlier run the table is empty.
--
-- 'new' are customers without an earlier row, 'lost' those without a current
-- one. Former customers have the state 'former' on every measure. The customer
-- type is the current one, or else the last known. was_measured and is_measured
-- say whether the state is one of the four segments, or high or low.
-- is_followed: the customer was measured in both runs, or measured in one and
-- former in the other. A departure is an observation; a missing answer is not.
with

customer_loyalty as (
    select customer_id, customer_type, segment, behaviour_state, attitude_state
    from customer_loyalty
),

previous_customer_loyalty as (
    select customer_id, customer_type, segment, behaviour_state, attitude_state
    from previous_customer_loyalty
),

has_previous as (
    select count(*) > 0 as has_previous from previous_customer_loyalty
),

-- Grouped by transition first, so that few rows remain.
counted as (
    select
        coalesce(today.customer_type, before.customer_type, 'unknown')
            as customer_type,
        before.customer_id is null as is_new,
        today.customer_id is null as is_lost,
        before.segment as segment_before,
        before.behaviour_state as behaviour_before,
        before.attitude_state as attitude_before,
        today.segment as segment_now,
        today.behaviour_state as behaviour_now,
        today.attitude_state as attitude_now,
        count(*) as customers_count
    from customer_loyalty as today
    full outer join previous_customer_loyalty as before
        on today.customer_id = before.customer_id
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9
),

measures as (
    select * from (
        values ('segment'), ('behaviour_state'), ('attitude_state')
    ) as measures (measure)
),

states as (
    select
        measures.measure,
        counted.customer_type,
        case
            when counted.is_new then 'new'
            when counted.segment_before = 'former' then 'former'
            when measures.measure = 'segment' then counted.segment_before
            when measures.measure = 'behaviour_state'
                then coalesce(counted.behaviour_before, 'insufficient')
            else coalesce(counted.attitude_before, 'unmeasured')
        end as from_state,
        case
            when counted.is_lost then 'lost'
            when counted.segment_now = 'former' then 'former'
            when measures.measure = 'segment' then counted.segment_now
            when measures.measure = 'behaviour_state'
                then coalesce(counted.behaviour_now, 'insufficient')
            else coalesce(counted.attitude_now, 'unmeasured')
        end as to_state,
        counted.customers_count
    from counted
    cross join measures
    cross join has_previous
    where has_previous.has_previous
),

moves as (
    select
        measure,
        customer_type,
        from_state,
        to_state,
        from_state not in (
            'new', 'unmeasured', 'insufficient', 'former'
        ) as was_measured,
        to_state not in (
            'lost', 'unmeasured', 'insufficient', 'former'
        ) as is_measured,
        sum(customers_count) as customers_count
    from states
    group by measure, customer_type, from_state, to_state
),

final as (
    select
        measure,
        customer_type,
        from_state,
        to_state,
        was_measured,
        is_measured,
        was_measured and (is_measured or to_state = 'former')
        or from_state = 'former' and is_measured as is_followed,
        customers_count
    from moves
)

select * from final
