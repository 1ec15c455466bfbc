-- One row per customer and item of the loyalty index (loyalty_index_items): the
-- indicator mapped to 0-1, NULL if it is unknown.
--
-- The mapping share takes the value as it is. percentile is the mean rank / n
-- among customers with a value. range scales between the declared bounds. The
-- result is clamped to 0-1, and inverted if the indicator counts against
-- loyalty.
with

customer_measures as (
    select * from customer_measures
),

loyalty_index_items as (
    select * from loyalty_index_items
),

item_values as (
    select
        measures.customer_id,
        items.position,
        items.axis,
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

-- Percentiles need the number of customers per value. Rounding to nine digits
-- keeps ties together despite binary rounding.
frequencies as (
    select
        position,
        round(value, 9) as value,
        count(*) as customers_count
    from item_values
    where mapping = 'percentile' and value is not null
    group by position, round(value, 9)
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
        item_values.position,
        item_values.axis,
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
        and round(item_values.value, 9) = ranks.value
),

final as (
    select
        customer_id,
        position,
        axis,
        weight,
        case
            when mapped_value is null then null
            when is_reversed
                then 1 - least(greatest(mapped_value, 0e0), 1e0)
            else least(greatest(mapped_value, 0e0), 1e0)
        end as mapped_share
    from mapped
)

select * from final
