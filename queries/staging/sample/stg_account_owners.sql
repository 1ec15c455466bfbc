-- One row per customer and current or earlier account owner.
with

account_owners as (
    select * from account_owners
),

final as (
    select
        customer_id,
        account_owner,
        cast(from_at as timestamp) as from_at,
        cast(to_at as timestamp) as to_at
    from account_owners
)

select * from final
