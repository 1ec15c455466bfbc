-- One row per customer of segment none or former: what keeping or winning back can be
-- expected to bring in a year, against what it costs. Left out, as in
-- care_plan, are those known as not to be contacted, the deceased among them.
--
-- Attainable amount: what the customer would spend here at the cut of loyal
-- behaviour, the own share $behaviour_cut of all purchases, at least what the
-- customer spends here now; scaled to 365 days. Margin: the own one, else
-- $assumed_margin_share of the money. Expected value = $win_back_success_share
-- x attainable margin; worth it from $win_back_min_return x $win_back_cost.
with

customer_loyalty as (
    select * from customer_loyalty where segment in ('no_loyalty', 'former')
),

customer_profile as (
    select * from customer_profile
),

-- the deceased are no candidates, nor is anyone else beyond reach
unreachable as (
    select customer_id from customer_profile where not may_contact
),

candidates as (
    select loyalty.*
    from customer_loyalty as loyalty
    left anti join unreachable
        on loyalty.customer_id = unreachable.customer_id
),

measured as (
    select
        customer_id,
        is_active,
        own_amount,
        category_amount,
        365e0 / $window_days * greatest(
            cast(own_amount as double),
            coalesce(
                cast($behaviour_cut as double)
                * cast(category_amount as double),
                cast(own_amount as double)
            )
        ) as attainable_amount,
        case when own_amount > 0
            then cast(own_margin as double) / cast(own_amount as double) end
            as own_margin_share
    from candidates
),

valued as (
    select
        *,
        case when own_margin_share is null then 'assumed' else 'observed' end
            as margin_source,
        coalesce(own_margin_share, cast($assumed_margin_share as double))
            as margin_share,
        cast($win_back_success_share as double)
            * attainable_amount
            * coalesce(own_margin_share, cast($assumed_margin_share as double))
            as expected_value,
        cast($win_back_cost as double) as cost
    from measured
),

final as (
    select
        customer_id,
        cast(row_number() over (
            order by expected_value desc nulls last, customer_id nulls last
        ) as bigint) as value_rank,
        is_active,
        own_amount,
        attainable_amount,
        margin_share,
        margin_source,
        expected_value,
        cost,
        expected_value / nullif(cost, 0) as return_on_cost,
        expected_value
            >= cast($win_back_min_return as double) * cost - 1e-7
            as is_worth_it
    from valued
)

select * from final
