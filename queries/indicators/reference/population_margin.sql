-- One row per group of a population margin: its share of all customers, made to
-- sum to 1 within the attribute, and its number in the attribute.
--
-- Several attributes may be given. Weights then meet all of them at once by raking
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
