-- One row per latent variable with an effect on the target of the path model:
-- the importance-performance map (IPMA; Ringle and Sarstedt 2016).
--
-- Importance is the total effect on the target per point of the index: the
-- standardised effect x the standard deviation of the target's index / that of
-- the latent variable's index. Performance is the mean index, with a normal
-- interval from the sample standard deviation. total_effect is the standardised
-- effect with its bootstrap interval. The interval of the importance is the
-- same interval, rescaled; it treats both standard deviations as known.
with

path_model as (
    select * from path_model where measure = 'total_effect'
),

path_model_settings as (
    select * from path_model_settings
),

latent_scores as (
    select * from latent_scores
),

performances as (
    select
        latent,
        count(latent_index) as n,
        avg(latent_index) as mean_index,
        stddev(latent_index) as deviation
    from latent_scores
    group by latent
),

effects as (
    select
        path_model.latent,
        path_model.counterpart as target,
        performances.n,
        performances.mean_index,
        path_model.estimate as total_effect,
        path_model.low as total_effect_low,
        path_model.high as total_effect_high,
        targets.deviation / nullif(performances.deviation, 0) as scale,
        path_model.estimate
        * targets.deviation / nullif(performances.deviation, 0) as importance,
        case when performances.n > 1
            then cast($interval_z as double) * performances.deviation
                / sqrt(cast(performances.n as double)) end as margin
    from path_model
    inner join path_model_settings as settings
        on path_model.counterpart = settings.target
    inner join performances
        on path_model.latent = performances.latent
    inner join performances as targets
        on path_model.counterpart = targets.latent
),

means as (
    select
        avg(importance) as crosshair_importance,
        avg(mean_index) as crosshair_performance
    from effects
),

-- 1e-7 compensates for binary rounding of a value equal to the mean.
placed as (
    select
        effects.*,
        effects.importance >= means.crosshair_importance - 1e-7 as is_important,
        effects.mean_index >= means.crosshair_performance - 1e-7 as is_good
    from effects
    cross join means
),

final as (
    select
        latent,
        target,
        n,
        importance,
        total_effect_low * scale as importance_low,
        total_effect_high * scale as importance_high,
        mean_index,
        greatest(mean_index - margin, 0.0) as low,
        least(mean_index + margin, 100.0) as high,
        total_effect,
        total_effect_low,
        total_effect_high,
        case
            when is_important and is_good then 'keep_up'
            when is_important and not is_good then 'concentrate_here'
            when not is_important and not is_good then 'low_priority'
            when not is_important and is_good then 'possible_overkill'
        end as quadrant
    from placed
)

select * from final
