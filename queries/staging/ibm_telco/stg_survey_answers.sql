-- One row per customer: the satisfaction score of the quarter, which is the
-- only answer on file. It is assumed to be from the day before the quarter
-- ended, so that departures come after it.
with

telco_status as (
    select * from telco_status
),

final as (
    select
        customer_id as response_id,
        customer_id,
        cast($quarter_end - 1 as timestamp) as answered_at,
        concat(
            date_part('year', $quarter_end),
            '-Q',
            date_part('quarter', $quarter_end)
        ) as wave,
        'satisfaction_score' as item_id,
        satisfaction_score as score
    from telco_status
)

select * from final
