-- One row per customer of stg_customers: what the register says about who the
-- customer is and where it came from. Where the register holds a customer more
-- than once and its rows disagree, the attribute is unknown (NULL); of two
-- starts the earlier one counts.
with

stg_customers as (
    select * from stg_customers
),

final as (
    select
        customer_id,
        case when min(customer_type) = max(customer_type)
            then min(customer_type) end as customer_type,
        case when min(size) = max(size) then min(size) end as size,
        case when min(region) = max(region) then min(region) end as region,
        case when min(heard_from) = max(heard_from)
            then min(heard_from) end as heard_from,
        case when min(referred_by_customer_id) = max(referred_by_customer_id)
            then min(referred_by_customer_id) end as referred_by_customer_id,
        min(joined_at) as joined_at
    from stg_customers
    where customer_id is not null
    group by customer_id
)

select * from final
