-- One row per customer whom an effort may win back or keep: those who left
-- (departures: closed, silent for too long, or run out), and those of segment
-- no_loyalty who did not: still there, or so far with rivals only. What the
-- effort can be expected to bring in a year, against what it costs. win_back and
-- worth_keeping are its two parts.
-- Left out, as in care_plan, are those known as not to be contacted, the
-- deceased among them.
--
-- Amount: what the customer spent here in the window; who left, in a window
-- before the relationship stopped (departure_amounts). Attainable amount: what
-- the customer would spend here at the cut of loyal behaviour, the own share
-- $behaviour_cut of all purchases of the window, at least the amount; scaled to
-- 365 days. Margin: the own one, else $assumed_margin_share of the money.
-- Expected value = $win_back_success_share x attainable margin; worth it from
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

-- the deceased are no candidates, nor is anyone else beyond reach
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
            else loyalty.own_amount end as amount
    from customer_loyalty as loyalty
    left join departures
        on loyalty.customer_id = departures.customer_id
    left join departure_amounts as amounts
        on loyalty.customer_id = amounts.customer_id
    left anti join unreachable
        on loyalty.customer_id = unreachable.customer_id
    where
        departures.customer_id is not null
        or loyalty.segment = 'no_loyalty'
),

-- greatest ignores NULL
measured as (
    select
        *,
        365e0 / $window_days * greatest(
            cast(amount as double),
            cast($behaviour_cut as double) * cast(category_amount as double)
        ) as attainable_amount,
        case when own_amount > 0
            then cast(own_margin as double) / cast(own_amount as double) end
            as own_margin_share
    from candidates
),

valued as (
    select
        customer_id,
        has_left,
        left_at,
        is_closed,
        cast(amount as decimal(18, 2)) as amount,
        attainable_amount,
        coalesce(own_margin_share, cast($assumed_margin_share as double))
            as margin_share,
        case when own_margin_share is null then 'assumed' else 'observed' end
            as margin_source,
        cast($win_back_success_share as double)
            * attainable_amount
            * coalesce(own_margin_share, cast($assumed_margin_share as double))
            as expected_value,
        cast($win_back_cost as double) as cost
    from measured
),

final as (
    select
        *,
        expected_value / nullif(cost, 0) as return_on_cost,
        expected_value
            >= cast($win_back_min_return as double) * cost - 1e-7
            as is_worth_it
    from valued
)

select * from final
