-- One row per product of stg_products. If the rows of a product contradict each
-- other, the attribute is NULL.
--
-- competition is the band of the number of competing products: none, few, or
-- many ($many_rival_products_from or more).
with

stg_products as (
    select * from stg_products
),

single as (
    select
        product_id,
        case when bool_and(is_necessity) = bool_or(is_necessity)
            then bool_and(is_necessity) end as is_necessity,
        case when min(rival_products_count) = max(rival_products_count)
            then min(rival_products_count) end as rival_products_count
    from stg_products
    where product_id is not null
    group by product_id
),

final as (
    select
        product_id,
        is_necessity,
        rival_products_count,
        case
            when is_necessity is null then 'unknown'
            when is_necessity then 'necessary'
            else 'not_necessary'
        end as necessity,
        case
            when rival_products_count is null then 'unknown'
            when rival_products_count >= $many_rival_products_from then 'many'
            when rival_products_count > 0 then 'few'
            else 'none'
        end as competition
    from single
)

select * from final
