-- One row per group of a population margin: its share of all customers, scaled
-- to sum to 1 within the attribute, and its number within the attribute.
--
-- If there are several attributes, the weights meet all of them by raking
-- (raked_weights).
with

stg_population_margin as (
    select * from stg_population_margin
),

final as (
    select
        dimension,
        value,
        share / nullif(sum(share) over (partition by dimension), 0) as share,
        cast(dense_rank() over (
            partition by dimension order by value
        ) as bigint) as group_number
    from stg_population_margin
)

select * from final
