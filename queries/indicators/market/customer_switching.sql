-- One row per customer with two consecutive orders in a category: the number of
-- such pairs, and the number of brand switches among them (B8).
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
