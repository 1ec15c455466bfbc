-- One row per currency of stg_purchases: whether it is allowed.
--
-- A pipeline has one currency, because amounts of several cannot be added.
-- Lines without a currency are in that of the pipeline. If the pipeline sets
-- `currency`, no other is allowed; otherwise all lines must have the same.
with

stg_purchases as (
    select * from stg_purchases
),

currencies as (
    select
        upper(trim(currency)) as currency,
        count(*) as lines_count
    from stg_purchases
    where trim(currency) <> ''
    group by upper(trim(currency))
),

final as (
    select
        currency,
        nullif($currency, '') as pipeline_currency,
        lines_count,
        case
            when $currency = '' then count(*) over () = 1
            else currency = $currency
        end as is_expected
    from currencies
)

select * from final
