-- One row per currency of stg_purchases: whether it may be there.
--
-- A pipeline has one currency, since amounts of several cannot be added. Lines
-- without one are in the pipeline's. With `currency` in the pipeline nothing
-- else may be there; without it, all lines must have the same.
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
