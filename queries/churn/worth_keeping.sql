-- One row per customer of segment no_loyalty who has not left (effort_returns):
-- the expected return of retention in a year, against the cost.
with

effort_returns as (
    select * from effort_returns where not has_left
),

final as (
    select
        customer_id,
        cast(row_number() over (
            order by expected_value desc nulls last, customer_id nulls last
        ) as bigint) as value_rank,
        amount,
        attainable_amount,
        attainable_low,
        attainable_high,
        attainable_source,
        margin_share,
        margin_source,
        expected_value,
        expected_value_low,
        expected_value_high,
        cost,
        return_on_cost,
        is_worth_it
    from effort_returns
)

select * from final
