-- One row per dimension, value, control and control value of price_sensitivity:
-- the number of customers whose purchases enter the slope.
--
-- A slope uses products that were sold in at least two weeks within its group
-- and control, and whose list price changed (price_slopes). Buyers of other
-- products do not count. Each customer is flagged once per kind of product, so
-- that nobody counts twice.
with

price_points as (
    select * from price_points
),

product_buyers as (
    select * from product_buyers
),

customer_loyalty as (
    select * from customer_loyalty
),

customer_profile as (
    select * from customer_profile
),

dimensions as (
    select * from (
        values ('total'), ('segment'), ('customer_type')
    ) as dimensions (dimension)
),

-- Necessity and competition are properties of the product, supply of the week.
used_products as (
    select
        dimension,
        dimension_value,
        product_id,
        min(necessity) as necessity,
        min(competition) as competition,
        sum(case when supply = 'normal' then 1 else 0 end) > 1
            as is_used_in_normal,
        sum(case when supply = 'stock_out' then 1 else 0 end) > 1
            as is_used_in_stock_out,
        sum(case when supply = 'unknown' then 1 else 0 end) > 1
            as is_used_in_unknown
    from price_points
    group by dimension, dimension_value, product_id
    having count(*) > 1 and max(list_price_changes_count) > 0
),

groups as (
    select
        loyalty.customer_id,
        dimensions.dimension,
        case dimensions.dimension
            when 'segment' then loyalty.segment
            when 'customer_type' then coalesce(
                profiles.customer_type, 'unknown'
            )
            else 'all'
        end as dimension_value
    from customer_loyalty as loyalty
    left join customer_profile as profiles
        on loyalty.customer_id = profiles.customer_id
    cross join dimensions
),

customers as (
    select
        groups.dimension,
        groups.dimension_value,
        buyers.customer_id,
        max(case when used.necessity = 'necessary' then 1 else 0 end)
            as necessary,
        max(case when used.necessity = 'not_necessary' then 1 else 0 end)
            as not_necessary,
        max(case when used.necessity = 'unknown' then 1 else 0 end)
            as necessity_unknown,
        max(case when used.competition = 'none' then 1 else 0 end)
            as no_rivals,
        max(case when used.competition = 'few' then 1 else 0 end)
            as few_rivals,
        max(case when used.competition = 'many' then 1 else 0 end)
            as many_rivals,
        max(case when used.competition = 'unknown' then 1 else 0 end)
            as rivals_unknown,
        max(
            case when buyers.is_bought_in_normal and used.is_used_in_normal
                then 1 else 0 end
        ) as supply_normal,
        max(
            case when buyers.is_bought_in_stock_out
                and used.is_used_in_stock_out
                then 1 else 0 end
        ) as supply_stock_out,
        max(
            case
                when buyers.is_bought_in_normal then 0
                when buyers.is_bought_in_stock_out then 0
                when used.is_used_in_unknown then 1
                else 0
            end
        ) as supply_unknown
    from product_buyers as buyers
    inner join groups
        on buyers.customer_id = groups.customer_id
    inner join used_products as used
        on buyers.product_id = used.product_id
        and groups.dimension = used.dimension
        and groups.dimension_value = used.dimension_value
    group by
        groups.dimension, groups.dimension_value, buyers.customer_id
),

by_group as (
    select
        dimension,
        dimension_value,
        count(*) as customers,
        sum(necessary) as necessary,
        sum(not_necessary) as not_necessary,
        sum(necessity_unknown) as necessity_unknown,
        sum(no_rivals) as no_rivals,
        sum(few_rivals) as few_rivals,
        sum(many_rivals) as many_rivals,
        sum(rivals_unknown) as rivals_unknown,
        sum(supply_normal) as supply_normal,
        sum(supply_stock_out) as supply_stock_out,
        sum(supply_unknown) as supply_unknown
    from customers
    group by dimension, dimension_value
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
        used.dimension,
        used.dimension_value,
        'all' as control,
        'all' as control_value,
        count(*) as customers_count
    from product_buyers as buyers
    inner join used_products as used
        on buyers.product_id = used.product_id
    where used.dimension = 'product'
    group by used.dimension, used.dimension_value
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
