-- One row per arrow of the path diagram (the path coefficient) and per figure
-- of a latent variable (mean index and R squared).
--
-- Both come from path_model and latent_scores. Figures of a latent variable
-- have the counterpart 'all'. An index of fewer than $min_cell customers has no
-- row.
with

path_model as (
    select * from path_model where measure in ('path', 'r2')
),

latent_scores as (
    select * from latent_scores
),

estimates as (
    select
        measure,
        latent,
        counterpart,
        n,
        estimate,
        low,
        high
    from path_model
),

indices as (
    select
        'latent_index' as measure,
        latent,
        'all' as counterpart,
        count(latent_index) as n,
        avg(latent_index) as estimate,
        cast(null as double) as low,
        cast(null as double) as high
    from latent_scores
    group by latent
    having count(latent_index) >= $min_cell
),

final as (
    select * from estimates
    union all
    select * from indices
)

select * from final
