-- One row per change of the list price of an own product.
with

price_changes as (
    select * from price_changes
),

final as (
    select
        product_id,
        cast(changed_at as timestamp) as changed_at,
        old_price,
        new_price
    from price_changes
)

select * from final
