-- One row per basis, group and month in which a customer left or observation
-- ended: the share of customers who stay longer (Kaplan and Meier 1958). Groups
-- of fewer than $min_cell customers are suppressed.
--
-- The standard error is that of Greenwood (1926). The interval is that of
-- ln(-ln S), which stays within 0 and 1 (Kalbfleisch and Prentice 1980).
-- Customers of unknown group have no row in that dimension. customer_spells
-- defines the bases.
with

customer_spells as (
    select * from customer_spells
),

customer_profile as (
    select * from customer_profile
),

dimensions as (
    select * from (
        values
            ('total'), ('customer_type'), ('size'), ('region'), ('age_group'),
            ('background')
    ) as dimensions (dimension)
),

placed as (
    select
        spells.basis,
        dimensions.dimension,
        case dimensions.dimension
            when 'customer_type' then profiles.customer_type
            when 'size' then profiles.size
            when 'region' then profiles.region
            when 'age_group' then profiles.age_group
            when 'background' then profiles.background
            else 'all'
        end as dimension_value,
        spells.months_count,
        spells.is_left,
        spells.entry_months_count
    from customer_spells as spells
    cross join dimensions
    left join customer_profile as profiles
        on spells.customer_id = profiles.customer_id
),

curves as (
    select
        basis,
        dimension,
        dimension_value,
        count(*) as customers_count,
        kaplan_meier(
            months_count,
            is_left,
            entry_months_count,
            cast($interval_z as double)
        ) as curve
    from placed
    where dimension_value is not null
    group by basis, dimension, dimension_value
),

points as (
    select
        basis,
        dimension,
        dimension_value,
        customers_count,
        curve['median'] as median_months,
        unnest(curve['points']) as point
    from curves
),

final as (
    select
        basis,
        basis = case when $survival_observed_days > 0 then 'observed'
            else 'from_start' end as is_main_basis,
        dimension,
        dimension_value,
        cast(point['time'] as bigint) as months_count,
        customers_count < $min_cell as is_suppressed,
        case when customers_count >= $min_cell then customers_count end
            as customers_count,
        case when customers_count >= $min_cell then point['at_risk_count'] end
            as at_risk_count,
        case when customers_count >= $min_cell then point['events_count'] end
            as left_count,
        case when customers_count >= $min_cell then point['survival'] end
            as stayed_share,
        case when customers_count >= $min_cell then point['standard_error'] end
            as standard_error,
        case when customers_count >= $min_cell then point['low'] end as low,
        case when customers_count >= $min_cell then point['high'] end as high,
        case when customers_count >= $min_cell then median_months end
            as median_months
    from points
)

select * from final
