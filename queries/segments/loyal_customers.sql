-- One row per customer: whether the customer is loyal by the definition in use,
-- and the reason.
--
-- A customer is loyal if every axis of $measurement is high and every condition
-- of the definition on these axes holds. A customer is not loyal if all of them
-- are known and at least one fails. is_loyal is NULL if any is unknown, even if
-- another fails. Otherwise a customer who was not surveyed could only count as
-- not loyal, which would bias the share of loyal customers downwards.
with

customer_base as (
    select customer_id from customer_base
),

customer_behaviour as (
    select customer_id, behaviour_state from customer_behaviour
),

customer_attitude as (
    select customer_id, attitude_state from customer_attitude
),

customer_measures as (
    select * from customer_measures
),

loyalty_conditions as (
    select * from loyalty_conditions
),

reason_words as (
    select code, en from catalogue_codes
    where column_name = 'is_loyal_reason_code'
),

states as (
    select
        customers.customer_id,
        'behaviour' as axis,
        0 as position,
        'behaviour is high' as description,
        case behaviour.behaviour_state
            when 'high' then true
            when 'low' then false
        end as is_fulfilled
    from customer_base as customers
    left join customer_behaviour as behaviour
        on customers.customer_id = behaviour.customer_id
    union all
    select
        customers.customer_id,
        'attitude' as axis,
        0 as position,
        'attitude is high' as description,
        case attitude.attitude_state
            when 'high' then true
            when 'low' then false
        end as is_fulfilled
    from customer_base as customers
    left join customer_attitude as attitude
        on customers.customer_id = attitude.customer_id
),

-- Compared within 1e-7.
conditions as (
    select
        measures.customer_id,
        conditions.axis,
        conditions.position,
        conditions.description,
        case conditions.comparison
            when 'at_least' then measures.value >= conditions.value - 1e-7
            when 'at_most' then measures.value <= conditions.value + 1e-7
        end as is_fulfilled
    from loyalty_conditions as conditions
    inner join customer_measures as measures
        on conditions.indicator = measures.indicator
),

demands as (
    select * from states
    union all
    select * from conditions
),

-- The first unknown or failed condition, in the order of the definition, is the
-- reason.
counted as (
    select
        customer_id,
        sum(case when is_fulfilled then 0 else 1 end) as unfulfilled_count,
        sum(case when is_fulfilled is not null and not is_fulfilled
            then 1 else 0 end) as failed_count,
        min(case when is_fulfilled is not null and not is_fulfilled
            then concat(lpad(cast(position as varchar), 4, '0'), description)
            end) as first_failed,
        min(case when is_fulfilled is null
            then concat(lpad(cast(position as varchar), 4, '0'), description)
            end) as first_unknown
    from demands
    where
        $measurement = 'both'
        or $measurement = 'behavioural' and axis = 'behaviour'
        or $measurement = 'attitudinal' and axis = 'attitude'
    group by customer_id
),

judged as (
    select
        customer_id,
        case
            when unfulfilled_count = 0 then 'fulfilled'
            when unfulfilled_count > failed_count then 'demand_unknown'
            else 'demand_fails'
        end as is_loyal_reason_code,
        substr(coalesce(first_unknown, first_failed), 5) as demand
    from counted
),

final as (
    select
        judged.customer_id,
        case judged.is_loyal_reason_code
            when 'demand_fails' then false
            when 'fulfilled' then true
        end as is_loyal,
        judged.is_loyal_reason_code,
        reason_words.en || coalesce(': ' || judged.demand, '')
            as is_loyal_reason
    from judged
    left join reason_words
        on judged.is_loyal_reason_code = reason_words.code
)

select * from final
