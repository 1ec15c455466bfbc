-- One row per customer: the first need (quality, price or speed, as stated in
-- the response that counts), and the matching approach (E8).
--
-- exceed_expectations applies to large customers whose first need is quality,
-- make_it_easy to all others. The approach is NULL if it depends on an unknown
-- size or need.
with

customer_base as (
    select * from customer_base
),

customer_profile as (
    select * from customer_profile
),

customer_drivers as (
    select customer_id, need_first, satisfaction_index from customer_drivers
),

joined as (
    select
        customers.customer_id,
        coalesce(profile.customer_type, 'unknown') as customer_type,
        profile.size,
        drivers.need_first,
        drivers.satisfaction_index
    from customer_base as customers
    left join customer_profile as profile
        on customers.customer_id = profile.customer_id
    left join customer_drivers as drivers
        on customers.customer_id = drivers.customer_id
),

final as (
    select
        customer_id,
        customer_type,
        coalesce(size, 'unknown') as size,
        coalesce(need_first, 'unknown') as need_first,
        satisfaction_index,
        case
            when size = 'large' and need_first = 'quality'
                then 'exceed_expectations'
            when size <> 'large' or need_first <> 'quality'
                then 'make_it_easy'
        end as approach
    from joined
)

select * from final
