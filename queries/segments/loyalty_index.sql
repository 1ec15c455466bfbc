-- One row per customer: the loyalty index, 0-100, of the definition in use.
--
-- It is the weighted mean of the indicators of the axes of $measurement, each
-- mapped to 0-1 (index_shares). It is NULL if the known indicators have less
-- than half of the weight, or if none of an axis is known: an index from
-- behaviour alone would not be comparable.
with

index_shares as (
    select * from index_shares
    where
        $measurement = 'both'
        or $measurement = 'behavioural' and axis = 'behaviour'
        or $measurement = 'attitudinal' and axis = 'attitude'
),

sums as (
    select
        customer_id,
        sum(weight) as weight,
        sum(case when mapped_share is not null then weight end)
            as known_weight,
        sum(weight * mapped_share) as weighted_shares,
        bool_or(axis = 'behaviour' and mapped_share is not null)
            = bool_or(axis = 'behaviour')
        and bool_or(axis = 'attitude' and mapped_share is not null)
            = bool_or(axis = 'attitude') as is_every_axis_known
    from index_shares
    group by customer_id
),

-- 1e-7 compensates for binary rounding of a weight of exactly half.
final as (
    select
        customer_id,
        coalesce(known_weight, 0) / nullif(weight, 0) as known_weight_share,
        case
            when
                known_weight >= 0.5 * weight - 1e-7
                and is_every_axis_known
                then 100 * (weighted_shares / nullif(known_weight, 0))
        end as loyalty_index
    from sums
)

select * from final
