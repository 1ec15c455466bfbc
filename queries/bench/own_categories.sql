-- One row per category in which the own brand was bought in the window.
with

final as (
    select category
    from purchases
    where
        brand = $brand
        and amount > 0
        and ordered_at >= $as_of_date - ($window_days - 1)
        and ordered_at < $as_of_date + 1
    group by category
)

select * from final
