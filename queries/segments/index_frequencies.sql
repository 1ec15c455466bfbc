-- One row per index and value: how many customers have the value now, and how
-- many had it in the run that this one is compared with. Values that are equal
-- on paper may differ in binary, hence nine digits.
with

customer_loyalty as (
    select customer_id, loyalty_index, behaviour_index, attitude_index
    from customer_loyalty
),

previous_customer_loyalty as (
    select customer_id, loyalty_index, behaviour_index, attitude_index
    from previous_customer_loyalty
),

index_values as (
    select 'loyalty_index' as indicator, true as is_now, loyalty_index as value
    from customer_loyalty
    union all
    select 'loyalty_index', false, loyalty_index from previous_customer_loyalty
    union all
    select 'behaviour_index', true, behaviour_index from customer_loyalty
    union all
    select 'behaviour_index', false, behaviour_index
    from previous_customer_loyalty
    union all
    select 'attitude_index', true, attitude_index from customer_loyalty
    union all
    select 'attitude_index', false, attitude_index
    from previous_customer_loyalty
),

final as (
    select
        indicator,
        round(value, 9) as value,
        sum(case when is_now then 1 else 0 end) as customers_count,
        sum(case when is_now then 0 else 1 end)
            as previous_customers_count
    from index_values
    where value is not null
    group by indicator, round(value, 9)
)

select * from final
