-- One row per customer who bought the own brand before the window. All orders
-- of such a customer in the window are repeat purchases (B1).
with

final as (
    select customer_id
    from purchases
    where
        brand = $brand
        and amount > 0
        and ordered_at < $as_of_date - ($window_days - 1)
    group by customer_id
)

select * from final
