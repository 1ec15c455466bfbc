-- One row per dimension, value, control and control value of price_sensitivity:
-- how many customers bought what its slope is made of.
--
-- For each customer it is noted once which kinds of products it bought, so that
-- nobody is counted twice; then customers are added up.
with

product_buyers as (
    select * from product_buyers
),

product_register as (
    select * from product_register
),

customer_loyalty as (
    select * from customer_loyalty
),

customer_profile as (
    select * from customer_profile
),

customers as (
    select
        buyers.customer_id,
        max(case when products.necessity = 'necessary' then 1 else 0 end)
            as necessary,
        max(case when products.necessity = 'not_necessary' then 1 else 0 end)
            as not_necessary,
        max(
            case when coalesce(products.necessity, 'unknown') = 'unknown'
                then 1 else 0 end
        ) as necessity_unknown,
        max(case when products.competition = 'none' then 1 else 0 end)
            as no_rivals,
        max(case when products.competition = 'few' then 1 else 0 end)
            as few_rivals,
        max(case when products.competition = 'many' then 1 else 0 end)
            as many_rivals,
        max(
            case when coalesce(products.competition, 'unknown') = 'unknown'
                then 1 else 0 end
        ) as rivals_unknown,
        max(case when buyers.is_bought_in_normal then 1 else 0 end)
            as supply_normal,
        max(case when buyers.is_bought_in_stock_out then 1 else 0 end)
            as supply_stock_out,
        max(
            case
                when buyers.is_bought_in_normal then 0
                when buyers.is_bought_in_stock_out then 0
                else 1
            end
        ) as supply_unknown
    from product_buyers as buyers
    left join product_register as products
        on buyers.product_id = products.product_id
    group by buyers.customer_id
),

dimensions as (
    select * from (
        values ('total'), ('segment'), ('customer_type')
    ) as dimensions (dimension)
),

by_group as (
    select
        dimensions.dimension,
        case dimensions.dimension
            when 'segment' then loyalty.segment
            when 'customer_type' then coalesce(
                profiles.customer_type, 'unknown'
            )
            else 'all'
        end as dimension_value,
        count(*) as customers,
        sum(customers.necessary) as necessary,
        sum(customers.not_necessary) as not_necessary,
        sum(customers.necessity_unknown) as necessity_unknown,
        sum(customers.no_rivals) as no_rivals,
        sum(customers.few_rivals) as few_rivals,
        sum(customers.many_rivals) as many_rivals,
        sum(customers.rivals_unknown) as rivals_unknown,
        sum(customers.supply_normal) as supply_normal,
        sum(customers.supply_stock_out) as supply_stock_out,
        sum(customers.supply_unknown) as supply_unknown
    from customers
    inner join customer_loyalty as loyalty
        on customers.customer_id = loyalty.customer_id
    left join customer_profile as profiles
        on customers.customer_id = profiles.customer_id
    cross join dimensions
    group by
        dimensions.dimension,
        case dimensions.dimension
            when 'segment' then loyalty.segment
            when 'customer_type' then coalesce(
                profiles.customer_type, 'unknown'
            )
            else 'all'
        end
),

controls as (
    select * from (
        values
            ('all', 'all'),
            ('necessity', 'necessary'),
            ('necessity', 'not_necessary'),
            ('necessity', 'unknown'),
            ('supply', 'normal'),
            ('supply', 'stock_out'),
            ('supply', 'unknown'),
            ('competition', 'none'),
            ('competition', 'few'),
            ('competition', 'many'),
            ('competition', 'unknown')
    ) as controls (control, control_value)
),

long as (
    select
        by_group.dimension,
        by_group.dimension_value,
        controls.control,
        controls.control_value,
        case controls.control || ' ' || controls.control_value
            when 'all all' then by_group.customers
            when 'necessity necessary' then by_group.necessary
            when 'necessity not_necessary' then by_group.not_necessary
            when 'necessity unknown' then by_group.necessity_unknown
            when 'supply normal' then by_group.supply_normal
            when 'supply stock_out' then by_group.supply_stock_out
            when 'supply unknown' then by_group.supply_unknown
            when 'competition none' then by_group.no_rivals
            when 'competition few' then by_group.few_rivals
            when 'competition many' then by_group.many_rivals
            when 'competition unknown' then by_group.rivals_unknown
        end as customers_count
    from by_group
    cross join controls
),

counts as (
    select
        dimension, dimension_value, control, control_value, customers_count
    from long
    union all
    select
        'product' as dimension, cast(product_id as varchar) as dimension_value,
        'all' as control, 'all' as control_value, count(*) as customers_count
    from product_buyers
    group by product_id
),

final as (
    select
        dimension,
        dimension_value,
        control,
        control_value,
        customers_count
    from counts
    where customers_count > 0
)

select * from final
