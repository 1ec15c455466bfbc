-- One row: whether the wallet allocation rule applies. It was found to hold
-- where at least $wallet_min_several_brands_share of the customers use several
-- brands and the mean set has at least $wallet_min_brands_mean brands
-- (Keiningham et al. 2011). The verdict is unknown when nobody ranked brands.
with

ranked_brands as (
    select * from ranked_brands
),

customers as (
    select customer_id, min(brands_count) as brands_count
    from ranked_brands
    group by customer_id
),

totals as (
    select
        count(*) as customers_count,
        coalesce(sum(brands_count), 0) as brands_count,
        coalesce(sum(case when brands_count > 1 then 1 else 0 end), 0)
            as several_brands_count
    from customers
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
        'all' as scope,
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
        applies,
        is_suppressed
    from judged
)

select * from final
