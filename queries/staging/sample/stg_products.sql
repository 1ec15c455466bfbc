-- One row per product, of the own brand and of its rivals.
with

products as (
    select * from products
),

final as (
    select
        product_id,
        brand,
        category,
        cast(launched_at as timestamp) as launched_at,
        unit_cost,
        is_necessity,
        rival_products_count
    from products
)

select * from final
