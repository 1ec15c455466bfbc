-- One row per answered item and company. An answer without a company is about
-- harbour itself. The items wallet_declared and brand_rank also have answers
-- about the other roasters that a café buys from.
with

answers as (
    select * from answers
),

final as (
    select
        response_id,
        customer_id,
        cast(answered_on as timestamp) as answered_at,
        '2026-10' as wave,
        company as brand,
        item_id,
        cast(score as double) as score
    from answers
)

select * from final
