-- One row per customer who bought the own brand before the window: all of
-- such a customer's orders in the window are repeats (B1).
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
