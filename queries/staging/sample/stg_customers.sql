-- One row per customer on file, with or without purchases.
with

customers as (
    select * from customers
),

final as (
    select
        customer_id,
        customer_type,
        size,
        region,
        age_group,
        cast(joined_at as timestamp) as joined_at,
        competitors_available_count,
        paid_by,
        may_contact
    from customers
)

select * from final
