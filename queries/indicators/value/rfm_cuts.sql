-- One row per measure (recency, frequency, monetary) and cut: the limits of the
-- scores of rfm.
--
-- A cut is the quantile .2, .4, .6 or .8 of the scored buyers' values, type 7
-- of Hyndman and Fan (1996): x[h] + (h - floor(h)) * (x[h + 1] - x[h]) with h =
-- (n - 1) * p, counted from 0; plus 1, as in the R package rfm (Hebbali 2020).
-- Cuts are decimals, so that equality is exact.
with

buyers as (
    select
        customer_id,
        recency_days,
        orders_count as own_orders_count,
        amount as own_amount
    from rfm_buyers
    where is_scored
),

sorted_values as (
    select
        'recency' as measure,
        cast(recency_days as decimal(18, 2)) as value,
        row_number() over (
            order by recency_days nulls last, customer_id nulls last
        ) as position
    from buyers
    union all
    select
        'frequency' as measure,
        cast(own_orders_count as decimal(18, 2)) as value,
        row_number() over (
            order by own_orders_count nulls last, customer_id nulls last
        ) as position
    from buyers
    union all
    select
        'monetary' as measure,
        own_amount as value,
        row_number() over (
            order by own_amount nulls last, customer_id nulls last
        ) as position
    from buyers
),

-- The positions on both sides of a quantile, with weights in fifths.
places as (
    select
        fifths.fifth,
        (buyers.n - 1) * fifths.fifth / 5 + 1 as position,
        5 - (buyers.n - 1) * fifths.fifth % 5 as weight
    from (select count(*) as n from buyers) as buyers
    cross join (values (1), (2), (3), (4)) as fifths (fifth)
    union all
    select
        fifths.fifth,
        (buyers.n - 1) * fifths.fifth / 5 + 2 as position,
        (buyers.n - 1) * fifths.fifth % 5 as weight
    from (select count(*) as n from buyers) as buyers
    cross join (values (1), (2), (3), (4)) as fifths (fifth)
),

final as (
    select
        sorted_values.measure,
        cast(places.fifth * 0.2 as decimal(2, 1)) as quantile,
        cast(
            sum(
                sorted_values.value
                * cast(places.weight * 0.2 as decimal(2, 1))
            ) + 1
            as decimal(21, 3)
        ) as cut
    from sorted_values
    inner join places
        on sorted_values.position = places.position
    group by sorted_values.measure, places.fifth
)

select * from final
