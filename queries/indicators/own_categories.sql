-- One row per category in which the own brand is measured against its rivals:
-- those of $categories, or, where that list is empty, every category in which
-- the own brand was bought in the window.
with

purchase_lines as (
    select * from purchase_lines
),

categories as (
    select
        category,
        sum(case when brand = $brand and amount > 0 then 1 else 0 end)
            as own_lines_count
    from purchase_lines
    where ordered_at >= $as_of_date - ($window_days - 1)
    group by category
),

final as (
    select category, own_lines_count
    from categories
    where
        case
            when cardinality($categories) = 0 then own_lines_count > 0
            else array_has($categories, category)
        end
)

select * from final
