-- One row per dimension and value: whether the wallet allocation rule applies,
-- in total and by customer type. Groups of fewer than $min_cell customers are
-- suppressed, except for the verdict in total, which declared_wallet needs.
--
-- The rule applies if at least $wallet_min_several_brands_share of the
-- customers use several brands, and the mean number of brands is at least
-- $wallet_min_brands_mean (Keiningham et al. 2011). The verdict is NULL if
-- nobody ranked brands.
with

ranked_brands as (
    select * from ranked_brands
),

customer_profile as (
    select customer_id, customer_type from customer_profile
),

customers as (
    select customer_id, min(brands_count) as brands_count
    from ranked_brands
    group by customer_id
),

by_type as (
    select
        coalesce(profiles.customer_type, 'unknown') as customer_type,
        count(*) as customers_count,
        sum(customers.brands_count) as brands_count,
        sum(case when customers.brands_count > 1 then 1 else 0 end)
            as several_brands_count
    from customers
    left join customer_profile as profiles
        on customers.customer_id = profiles.customer_id
    group by coalesce(profiles.customer_type, 'unknown')
),

-- The total has a row even if nobody ranked brands.
totals as (
    select
        'total' as dimension,
        'all' as dimension_value,
        coalesce(sum(customers_count), 0) as customers_count,
        coalesce(sum(brands_count), 0) as brands_count,
        coalesce(sum(several_brands_count), 0) as several_brands_count
    from by_type
    union all
    select
        'customer_type' as dimension,
        customer_type as dimension_value,
        customers_count,
        brands_count,
        several_brands_count
    from by_type
),

judged as (
    select
        *,
        cast(customers_count as double) as customers,
        customers_count between 1 and $min_cell - 1 as is_suppressed,
        case when customers_count > 0 then
            several_brands_count
                >= $wallet_min_several_brands_share * customers_count
            and brands_count >= $wallet_min_brands_mean * customers_count
        end as applies
    from totals
),

final as (
    select
        dimension,
        dimension_value,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when not is_suppressed then several_brands_count end
            as several_brands_count,
        case when not is_suppressed
            then several_brands_count / nullif(customers, 0) end
            as several_brands_share,
        case when not is_suppressed
            then brands_count / nullif(customers, 0) end
            as mean_brands_count,
        case when not is_suppressed or dimension = 'total' then applies end
            as applies,
        is_suppressed
    from judged
)

select * from final
