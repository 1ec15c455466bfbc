-- One row per referrer and customer reached: word of mouth over up to
-- $referral_generations generations of referrals on file (customers referred,
-- customers whom these referred, and so on). Customers who joined after
-- as_of_date do not count.
--
-- Nobody refers or reaches themselves. In a circle of referrals, each customer
-- reaches the others once, with the smallest number of generations.
with recursive

profiles as (
    select * from customer_profile
),

referrals as (
    select
        referred_by_customer_id as referrer_id,
        customer_id as referred_id
    from profiles
    where
        referred_by_customer_id <> customer_id
        and (joined_at is null or joined_at < $as_of_date + 1)
),

chains as (
    select
        referrer_id,
        referred_id,
        1 as generation
    from referrals
    union all
    select
        chains.referrer_id,
        referrals.referred_id,
        chains.generation + 1 as generation
    from chains
    inner join referrals
        on chains.referred_id = referrals.referrer_id
    where chains.generation < $referral_generations
),

final as (
    select
        referrer_id,
        referred_id,
        min(generation) as generation
    from chains
    where referrer_id <> referred_id
    group by referrer_id, referred_id
)

select * from final
