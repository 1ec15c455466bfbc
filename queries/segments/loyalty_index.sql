-- One row per customer: the loyalty index, 0-100, of the definition in use.
--
-- Each of its indicators is mapped to 0-1 (share: as it is; percentile: mean
-- rank / n among customers who have it; range: min-max between the declared
-- bounds, clamped), turned where it counts against loyalty, and weighted. Only
-- axes that $measurement looks at count. NULL where the known indicators hold
-- less than half of the weight.
with

customer_measures as (
    select * from customer_measures
),

loyalty_index_items as (
    select * from loyalty_index_items
    where
        $measurement = 'both'
        or $measurement = 'behavioural' and axis = 'behaviour'
        or $measurement = 'attitudinal' and axis = 'attitude'
),

item_values as (
    select
        measures.customer_id,
        items.position,
        items.weight,
        items.mapping,
        items.range_from,
        items.range_to,
        items.is_reversed,
        measures.value
    from loyalty_index_items as items
    inner join customer_measures as measures
        on items.indicator = measures.indicator
),

-- percentiles: how many customers have each value of an item
frequencies as (
    select position, value, count(*) as customers_count
    from item_values
    where mapping = 'percentile' and value is not null
    group by position, value
),

ranks as (
    select
        position,
        value,
        (
            sum(customers_count) over (
                partition by position order by value nulls last
            ) - (customers_count - 1) / 2e0
        ) / sum(customers_count) over (partition by position) as percentile
    from frequencies
),

mapped as (
    select
        item_values.customer_id,
        item_values.weight,
        item_values.is_reversed,
        case item_values.mapping
            when 'share' then item_values.value
            when 'percentile' then ranks.percentile
            else (item_values.value - item_values.range_from)
                / nullif(item_values.range_to - item_values.range_from, 0)
        end as mapped_value
    from item_values
    left join ranks
        on item_values.position = ranks.position
        and item_values.value = ranks.value
),

clamped as (
    select
        customer_id,
        weight,
        case
            when mapped_value is null then null
            when is_reversed
                then 1 - least(greatest(mapped_value, 0e0), 1e0)
            else least(greatest(mapped_value, 0e0), 1e0)
        end as mapped_share
    from mapped
),

sums as (
    select
        customer_id,
        sum(weight) as weight,
        sum(case when mapped_share is not null then weight end)
            as known_weight,
        sum(weight * mapped_share) as weighted_shares
    from clamped
    group by customer_id
),

-- 1e-7: half on paper may miss half in binary
final as (
    select
        customer_id,
        coalesce(known_weight, 0) / nullif(weight, 0) as known_weight_share,
        case when known_weight >= 0.5 * weight - 1e-7
            then 100 * (weighted_shares / nullif(known_weight, 0)) end
            as loyalty_index
    from sums
)

select * from final
