-- One row per tenth of customers by lifetime value, and one for the total: the
-- distribution of value, and the amount at stake. Tenths differ by at most one
-- customer, the first ones being larger; 1 has the highest value. Groups of
-- fewer than $min_cell customers are suppressed.
with

customer_value as (
    select * from customer_value
),

numbered as (
    select
        *,
        ntile(10) over (
            order by lifetime_value desc nulls last, customer_id nulls last
        ) as tenth
    from customer_value
    where lifetime_value is not null
),

dimensions as (
    select * from (values ('total'), ('tenth')) as dimensions (dimension)
),

placed as (
    select
        dimensions.dimension,
        case dimensions.dimension
            when 'tenth' then lpad(cast(numbered.tenth as varchar), 2, '0')
            else 'all'
        end as dimension_value,
        numbered.*
    from numbered
    cross join dimensions
),

sums as (
    select
        dimension,
        dimension_value,
        count(*) as customers_count,
        avg(alive_probability) as alive_probability,
        sum(expected_purchases) as expected_purchases,
        sum(lifetime_value) as lifetime_value,
        sum(amount_probably_lost) as amount_probably_lost
    from placed
    group by dimension, dimension_value
),

final as (
    select
        dimension,
        dimension_value,
        customers_count < $min_cell as is_suppressed,
        case when customers_count >= $min_cell then customers_count end
            as customers_count,
        case when customers_count >= $min_cell then alive_probability end
            as mean_alive_probability,
        case when customers_count >= $min_cell then expected_purchases end
            as expected_purchases,
        case when customers_count >= $min_cell then lifetime_value end
            as lifetime_value,
        case when customers_count >= $min_cell
            then lifetime_value / customers_count end as mean_lifetime_value,
        case when customers_count >= $min_cell then amount_probably_lost end
            as amount_probably_lost
    from sums
)

select * from final
