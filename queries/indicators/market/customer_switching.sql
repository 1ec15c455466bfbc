-- One row per customer with two consecutive orders in a category: B8, how many
-- of such pairs there are and in how many the brand differs.
with

brand_pairs as (
    select * from brand_pairs
),

final as (
    select
        customer_id,
        count(*) as brand_pairs_count,
        sum(case when from_rank <> to_rank then 1 else 0 end)
            as brand_switches_count
    from brand_pairs
    group by customer_id
)

select * from final
