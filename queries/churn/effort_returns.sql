-- One row per customer who could be won back or retained: the expected return
-- of the effort in a year against its cost. These customers left (departures),
-- or they are of segment no_loyalty and did not leave. win_back and
-- worth_keeping are the two parts of the table. Customers who are known not to
-- be contacted, among them the deceased, have no row.
--
-- The amount is the own amount of the window. For customers who left, it is
-- that of a window before the relationship stopped (departure_amounts). The
-- attainable amount is the greater of two, each scaled to 365 days:
--
-- 1. the amount expected without any effort: the value of a purchase model
-- (money_at_stake), or else the amount;
--
-- 2. the amount at the cut of loyal behaviour: $behaviour_cut x all purchases
-- of the customer in the window.
--
-- attainable_source names the one that counts. Only values of a purchase model
-- have an interval. The margin is the customer's own, or else
-- $assumed_margin_share of the amount. Expected value = $win_back_success_share
-- x attainable margin. An effort is worth it if the expected value is at least
-- $win_back_min_return x $win_back_cost.
with

customer_loyalty as (
    select * from customer_loyalty
),

customer_profile as (
    select * from customer_profile
),

departures as (
    select * from departures
),

departure_amounts as (
    select * from departure_amounts
),

money_at_stake as (
    select * from money_at_stake
    where stake_source in ('value_expected', 'value_if_won_back')
),

-- Customers known not to be contacted, such as the deceased, are no candidates.
unreachable as (
    select customer_id from customer_profile where not may_contact
),

candidates as (
    select
        loyalty.customer_id,
        departures.customer_id is not null as has_left,
        departures.left_at,
        departures.is_closed,
        loyalty.own_amount,
        loyalty.own_margin,
        loyalty.category_amount,
        case when departures.customer_id is not null
            then coalesce(amounts.amount, loyalty.own_amount)
            else loyalty.own_amount end as amount,
        365e0 / $value_horizon_days * stakes.stake_amount as value,
        365e0 / $value_horizon_days * stakes.stake_low as value_low,
        365e0 / $value_horizon_days * stakes.stake_high as value_high,
        stakes.stake_source as value_source
    from customer_loyalty as loyalty
    left join departures
        on loyalty.customer_id = departures.customer_id
    left join departure_amounts as amounts
        on loyalty.customer_id = amounts.customer_id
    left join money_at_stake as stakes
        on loyalty.customer_id = stakes.customer_id
    left anti join unreachable
        on loyalty.customer_id = unreachable.customer_id
    where
        departures.customer_id is not null
        or loyalty.segment = 'no_loyalty'
),

measured as (
    select
        *,
        coalesce(value, 365e0 / $window_days * cast(amount as double))
            as kept_amount,
        365e0 / $window_days * (
            cast($behaviour_cut as double) * cast(category_amount as double)
        ) as loyal_amount,
        case when own_amount > 0
            then cast(own_margin as double) / cast(own_amount as double) end
            as own_margin_share
    from candidates
),

-- greatest() ignores NULL.
attained as (
    select
        *,
        greatest(kept_amount, loyal_amount) as attainable_amount,
        case
            when kept_amount is null and loyal_amount is null then null
            when kept_amount is null or kept_amount < loyal_amount
                then 'loyal_share'
            else coalesce(
                value_source,
                case when has_left then 'amount_before_leaving'
                    else 'own_amount' end
            )
        end as attainable_source
    from measured
),

valued as (
    select
        customer_id,
        has_left,
        left_at,
        is_closed,
        cast(amount as decimal(18, 2)) as amount,
        attainable_amount,
        attainable_source,
        case when attainable_source = value_source then value_low end
            as attainable_low,
        case when attainable_source = value_source then value_high end
            as attainable_high,
        coalesce(own_margin_share, cast($assumed_margin_share as double))
            as margin_share,
        case when own_margin_share is null then 'assumed' else 'observed' end
            as margin_source,
        cast($win_back_success_share as double)
            * attainable_amount
            * coalesce(own_margin_share, cast($assumed_margin_share as double))
            as expected_value,
        cast($win_back_cost as double) as cost
    from attained
),

final as (
    select
        customer_id,
        has_left,
        left_at,
        is_closed,
        amount,
        attainable_amount,
        attainable_low,
        attainable_high,
        attainable_source,
        margin_share,
        margin_source,
        expected_value,
        cast($win_back_success_share as double) * margin_share
            * case when margin_share < 0 then attainable_high
                else attainable_low end as expected_value_low,
        cast($win_back_success_share as double) * margin_share
            * case when margin_share < 0 then attainable_low
                else attainable_high end as expected_value_high,
        cost,
        expected_value / nullif(cost, 0) as return_on_cost,
        expected_value
            >= cast($win_back_min_return as double) * cost - 1e-7
            as is_worth_it
    from valued
)

select * from final
