-- One row per brand bought in the window: its rank by name, which replaces the
-- name where many orders are sorted.
with

occasions as (
    select * from occasions
),

brands as (
    select brand
    from occasions
    where is_occasion and brand is not null
    group by brand
),

final as (
    select
        brand,
        cast(row_number() over (order by brand nulls last) as bigint)
            as brand_rank
    from brands
)

select * from final
