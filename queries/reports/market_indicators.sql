-- One row per indicator and dimension about the brand and its rivals: headline
-- figures for the table indicators. Only known and unsuppressed values have a
-- row.
--
-- switching_rate (B8) is the share of pairs of consecutive orders in a category
-- whose brand differs, over the pairs of all customers. The position (B13) is
-- that of the latest complete month, without share of
-- requirements and sole buyers where customers bought less than twice in it. Brands in use are those that customers
-- ranked. The elasticity (B4) is over all products, without controls.
with

customer_loyalty as (
    select
        customer_id,
        coalesce(customer_type, 'unknown') as customer_type
    from customer_loyalty
),

customer_switching as (
    select * from customer_switching where brand_pairs_count > 0
),

category_position as (
    select * from category_position
    where period = 'month' and is_complete_month
),

wallet_allocation as (
    select * from wallet_allocation where customers_count > 0
),

price_sensitivity as (
    select * from price_sensitivity
    where
        control = 'all'
        and dimension in ('total', 'customer_type', 'segment')
),

switching_customers as (
    select
        loyalty.customer_type,
        switching.brand_pairs_count,
        switching.brand_switches_count
    from customer_switching as switching
    inner join customer_loyalty as loyalty
        on switching.customer_id = loyalty.customer_id
),

grouped_switching as (
    select 'total' as dimension_name, 'all' as dimension_value, *
    from switching_customers
    union all
    select
        'customer_type' as dimension_name,
        customer_type as dimension_value,
        *
    from switching_customers
),

switching_sums as (
    select
        dimension_name,
        dimension_value,
        count(*) as customers,
        sum(brand_pairs_count) as pairs,
        sum(brand_switches_count) as switches
    from grouped_switching
    group by dimension_name, dimension_value
),

switching_rates as (
    select
        'switching_rate' as indicator,
        dimension_name,
        dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        case when customers >= $min_cell
            then cast(switches as double) / pairs end as value,
        customers as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from switching_sums
),

latest_month as (
    select max(month) as month from category_position
),

positions as (
    select
        names.indicator,
        position.dimension as dimension_name,
        position.dimension_value,
        'category' as part_name,
        position.category as part_value,
        case names.indicator
            when 'penetration' then position.penetration
            when 'aggregate_share_of_requirements'
                then position.share_of_requirements
            when 'sole_buyers_share' then position.sole_buyers_share
        end as value,
        case names.indicator
            when 'penetration' then position.category_customers_count
            else position.customers_count
        end as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from category_position as position
    inner join latest_month on position.month = latest_month.month
    cross join (
        values
            ('penetration'), ('aggregate_share_of_requirements'),
            ('sole_buyers_share')
    ) as names (indicator)
),

-- n: customers who ranked brands.
brands_in_use as (
    select
        names.indicator,
        wallet.dimension as dimension_name,
        wallet.dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        case names.indicator
            when 'several_brands_share' then wallet.several_brands_share
            when 'mean_brands_count' then wallet.mean_brands_count
        end as value,
        wallet.customers_count as n,
        cast(null as double) as low,
        cast(null as double) as high,
        names.unit
    from wallet_allocation as wallet
    cross join (
        values ('several_brands_share', 'share'), ('mean_brands_count', 'count')
    ) as names (indicator, unit)
),

elasticities as (
    select
        case method
            when 'slope' then 'price_elasticity'
            when 'arc' then 'price_change_elasticity'
        end as indicator,
        dimension as dimension_name,
        dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        elasticity as value,
        customers_count as n,
        low,
        high,
        'ratio' as unit
    from price_sensitivity
),

all_indicators as (
    select * from switching_rates
    union all
    select * from positions
    union all
    select * from brands_in_use
    union all
    select * from elasticities
),

final as (
    select
        indicator,
        coalesce(
            nullif(
                concat_ws(
                    ',',
                    case when dimension_name <> 'total'
                        then dimension_name || '=' || dimension_value end,
                    part_name || '=' || part_value
                ),
                ''
            ),
            'total'
        ) as dimension,
        dimension_name,
        dimension_value,
        part_name,
        part_value,
        value,
        coalesce(n, 0) as n,
        low,
        high,
        unit
    from all_indicators
    where value is not null
)

select * from final
