-- One row per customer who referred somebody and customer reached by it: word
-- of mouth over up to $referral_generations generations of referrals on file
-- (those referred, those whom they referred, and so on). Who joined later than
-- as_of_date has not been referred yet.
--
-- Nobody refers or reaches itself; where customers referred each other in a
-- circle, each reaches the others once, with the fewest generations.
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
