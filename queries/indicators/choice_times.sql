-- One row per customer with a known time of choosing: B3, the median of
-- choice_seconds over the own purchase lines of the window (first look to
-- order; returns and gifts are no purchase). Among buyers only: of people who
-- merely look, longer looking means more buying.
with

purchase_lines as (
    select * from purchase_lines
),

own_categories as (
    select * from own_categories
),

final as (
    select
        customer_id,
        median(cast(choice_seconds as double)) as choice_seconds_median,
        count(*) as choices_count
    from purchase_lines
    where
        choice_seconds is not null
        and brand = $brand
        and amount > 0
        and not is_return
        and ordered_at >= $as_of_date - ($window_days - 1)
        and category in (select category from own_categories)
    group by customer_id
)

select * from final
