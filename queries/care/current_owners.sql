-- One row per customer with an account owner at as_of_date. If there are
-- several, the owner who started last counts, ties by name.
with

stg_account_owners as (
    select * from stg_account_owners
),

ranked as (
    select
        customer_id,
        account_owner,
        row_number() over (
            partition by customer_id
            order by from_at desc nulls last, account_owner nulls last
        ) as owner_rank
    from stg_account_owners
    where
        account_owner is not null
        and (from_at is null or from_at < $as_of_date + 1)
        and (to_at is null or cast(to_at as date) > $as_of_date)
),

final as (
    select customer_id, account_owner
    from ranked
    where owner_rank = 1
)

select * from final
