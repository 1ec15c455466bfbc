-- One row per customer who left at any time, except those known not to be
-- contacted (effort_returns): the expected return of winning the customer back
-- in a year, against the cost.
with

customer_loyalty as (
    select customer_id, segment from customer_loyalty
),

effort_returns as (
    select * from effort_returns where has_left
),

final as (
    select
        returns.customer_id,
        cast(row_number() over (
            order by
                returns.expected_value desc nulls last,
                returns.customer_id nulls last
        ) as bigint) as value_rank,
        loyalty.segment,
        returns.left_at,
        returns.is_closed,
        returns.amount,
        returns.attainable_amount,
        returns.attainable_low,
        returns.attainable_high,
        returns.attainable_source,
        returns.margin_share,
        returns.margin_source,
        returns.expected_value,
        returns.expected_value_low,
        returns.expected_value_high,
        returns.cost,
        returns.return_on_cost,
        returns.is_worth_it
    from effort_returns as returns
    left join customer_loyalty as loyalty
        on returns.customer_id = loyalty.customer_id
)

select * from final
