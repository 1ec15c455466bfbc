-- One row per customer with any purchase line up to as_of_date, of any brand:
-- when the own brand was first and last bought (positive amount, whole history,
-- B1), and when the last own occasion was.
--
-- An own occasion (B6) is an own order and category with a positive net amount,
-- returns netted within the order; in $categories where these are given. Its
-- time is that of its last line with a positive amount.
with

purchase_lines as (
    select * from purchase_lines
),

own_occasions as (
    select
        customer_id,
        max(case when amount > 0 then ordered_at end) as ordered_at
    from purchase_lines
    where
        brand = $brand
        and case
            when cardinality($categories) = 0 then true
            else array_has($categories, category)
        end
    group by customer_id, order_id, category
    having sum(amount) > 0
),

last_occasions as (
    select customer_id, max(ordered_at) as last_own_occasion_at
    from own_occasions
    group by customer_id
),

customers as (
    select
        customer_id,
        min(case when brand = $brand and amount > 0 then ordered_at end)
            as first_own_ordered_at,
        max(case when brand = $brand and amount > 0 then ordered_at end)
            as last_own_ordered_at
    from purchase_lines
    group by customer_id
),

final as (
    select
        customers.customer_id,
        customers.first_own_ordered_at,
        customers.last_own_ordered_at,
        occasions.last_own_occasion_at
    from customers
    left join last_occasions as occasions
        on customers.customer_id = occasions.customer_id
)

select * from final
