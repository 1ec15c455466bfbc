-- One row per customer: whether the customer is still active (B11) by the days
-- of silence in use, and when the next order is due. Conclusions must read
-- customer_activity, which also checks whether the data contradict these days.
--
-- A customer with a closed account is not active. A customer under contract
-- (contract_ends_at or a later closed_at on file, or $contractual for all
-- registered customers) is active until the contract ends or the account is
-- closed. Otherwise the customer is active if the last own occasion of the
-- window (recency_days) is no longer ago than the longest inactivity_days of
-- the categories bought, or than $gap_factor x the own median gap. A customer
-- whose own occasions are all before the window is not active. A customer
-- without any own occasion and without a contract is unknown.
--
-- The next order is due a median gap, in whole days rounded up, after the last
-- one, unless the account is closed. judged_by names the rule that decided:
-- closing, contract, purchases or contract_end.
with

behaviour_measures as (
    select * from behaviour_measures
),

customer_base as (
    select * from customer_base
),

customer_profile as (
    select customer_id, joined_at, closed_at from customer_profile
),

stg_customers as (
    select * from stg_customers
),

-- A contract ends with its registration at the latest.
contracts as (
    select
        customer_id,
        max(contract_ends_at) as contract_ends_at
    from stg_customers
    where
        contract_ends_at is not null
        and (closed_at is null or closed_at >= $as_of_date + 1)
    group by customer_id
),

dated as (
    select
        measures.customer_id,
        measures.has_purchases,
        measures.recency_days is not null
        or measures.last_own_occasion_at is not null as has_own_occasion,
        measures.gap_days_median,
        measures.inactivity_days,
        measures.recency_days,
        customers.is_registered,
        cast(profiles.joined_at as date) as joined_on,
        cast(profiles.closed_at as date) as closed_on,
        cast(contracts.contract_ends_at as date) as contract_ends_on
    from behaviour_measures as measures
    inner join customer_base as customers
        on measures.customer_id = customers.customer_id
    left join customer_profile as profiles
        on measures.customer_id = profiles.customer_id
    left join contracts
        on measures.customer_id = contracts.customer_id
),

-- The first rule that applies decides.
judged as (
    select
        *,
        case
            when closed_on <= $as_of_date then 'closing'
            -- Not yet a customer, unless there are purchases before joining.
            when joined_on > $as_of_date and not has_purchases then null
            when closed_on is not null then 'contract'
            when contract_ends_on >= $as_of_date then 'contract'
            when $contractual and is_registered then 'contract'
            when has_own_occasion then 'purchases'
            when contract_ends_on is not null then 'contract_end'
        end as judged_by
    from dated
),

final as (
    select
        customer_id,
        case judged_by
            when 'closing' then false
            when 'contract' then true
            when 'purchases' then coalesce(
                recency_days <= inactivity_days
                or recency_days <= $gap_factor * gap_days_median,
                false
            )
            when 'contract_end' then false
        end as is_active,
        judged_by,
        case when closed_on is null or closed_on > $as_of_date
            then $as_of_date - recency_days
                + cast(ceil(gap_days_median) as bigint)
        end as next_order_due_at
    from judged
)

select * from final
