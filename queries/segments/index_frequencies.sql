-- One row per index, customer type and value: the number of customers with the
-- value now and in the compared run, each by the customer type of that run,
-- without former customers. Rounding to nine digits keeps equal values together
-- despite binary rounding.
with

customer_loyalty as (
    select customer_type, loyalty_index, behaviour_index, attitude_index
    from customer_loyalty
    where segment is distinct from 'former'
),

previous_customer_loyalty as (
    select customer_type, loyalty_index, behaviour_index, attitude_index
    from previous_customer_loyalty
    where segment is distinct from 'former'
),

indices as (
    select true as is_now, *
    from customer_loyalty
    union all
    select false as is_now, *
    from previous_customer_loyalty
),

names as (
    select * from (
        values ('loyalty_index'), ('behaviour_index'), ('attitude_index')
    ) as names (indicator)
),

index_values as (
    select
        names.indicator,
        coalesce(indices.customer_type, 'unknown') as customer_type,
        indices.is_now,
        round(
            case names.indicator
                when 'loyalty_index' then indices.loyalty_index
                when 'behaviour_index' then indices.behaviour_index
                when 'attitude_index' then indices.attitude_index
            end, 9
        ) as value
    from indices
    cross join names
),

final as (
    select
        indicator,
        customer_type,
        value,
        sum(case when is_now then 1 else 0 end) as customers_count,
        sum(case when is_now then 0 else 1 end)
            as previous_customers_count
    from index_values
    where value is not null
    group by indicator, customer_type, value
)

select * from final
