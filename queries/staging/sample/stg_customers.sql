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
        background,
        heard_from,
        cast(joined_at as timestamp) as joined_at,
        referred_by_customer_id,
        cast(contract_ends_at as timestamp) as contract_ends_at,
        competitors_available_count,
        paid_by,
        may_contact,
        cast(closed_at as timestamp) as closed_at,
        close_reason
    from customers
)

select * from final
