-- One row per customer: the behaviour index, 0-100, which is the weighted mean
-- of the behaviour items of the loyalty definition, each mapped to 0-1
-- (index_shares). It is NULL if the known items have less than half of the
-- weight.
with

index_shares as (
    select * from index_shares
    where axis = 'behaviour'
),

sums as (
    select
        customer_id,
        sum(weight) as weight,
        sum(case when mapped_share is not null then weight end)
            as known_weight,
        sum(weight * mapped_share) as weighted_shares
    from index_shares
    group by customer_id
),

-- 1e-7 compensates for binary rounding of a weight of exactly half.
final as (
    select
        customer_id,
        coalesce(known_weight, 0) / nullif(weight, 0) as known_weight_share,
        case when known_weight >= 0.5 * weight - 1e-7
            then 100 * (weighted_shares / nullif(known_weight, 0)) end
            as behaviour_index
    from sums
)

select * from final
