-- One row per customer with any purchase line up to as_of_date, of any brand:
-- the first and the last purchase of the own brand (positive amount, whole
-- history, B1), and the last own occasion.
--
-- An own occasion (B6) is an own order and category with a positive net amount,
-- returns netted within the order, in $categories if that list is not empty.
-- Its time is that of its last line with a positive amount. A customer who
-- returned everything ever bought of the own brand has none.
with

purchase_lines as (
    select * from purchase_lines
),

own_orders as (
    select
        customer_id,
        max(case when amount > 0 then ordered_at end) as ordered_at,
        sum(amount) as amount
    from purchase_lines
    where
        brand = $brand
        and case
            when cardinality($categories) = 0 then true
            else array_has($categories, category)
        end
    group by customer_id, order_id, category
),

last_occasions as (
    select
        customer_id,
        max(case when amount > 0 then ordered_at end) as last_own_occasion_at
    from own_orders
    group by customer_id
    having sum(amount) > 0
),

customers as (
    select
        customer_id,
        min(case when brand = $brand and amount > 0 then ordered_at end)
            as first_own_ordered_at,
        max(case when brand = $brand and amount > 0 then ordered_at end)
            as last_own_ordered_at,
        count(*) as lines_count
    from purchase_lines
    group by customer_id
),

final as (
    select
        customers.customer_id,
        customers.first_own_ordered_at,
        customers.last_own_ordered_at,
        occasions.last_own_occasion_at,
        customers.lines_count
    from customers
    left join last_occasions as occasions
        on customers.customer_id = occasions.customer_id
)

select * from final
