-- One row per group of the population margin: its share of all customers, made
-- to sum to 1. Only one attribute can be given: weights that fit several at
-- once need raking, so a second attribute stops the run.
with

stg_population_margin as (
    select * from stg_population_margin
),

totals as (
    select
        sum(share) as share,
        min(dimension) as first_dimension,
        max(dimension) as last_dimension
    from stg_population_margin
),

final as (
    select
        margin.dimension,
        margin.value,
        margin.share / nullif(totals.share, 0) as share,
        totals.first_dimension = totals.last_dimension as is_only_dimension
    from stg_population_margin as margin
    cross join totals
)

select * from final
