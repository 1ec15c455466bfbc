-- One row per estimate of the path model that the questionnaire defines
-- (PLS-PM; Wold 1982; Tenenhaus, Esposito Vinzi, Chatelin and Lauro 2005).
--
-- measure names the kind of estimate. latent is the latent variable; for a
-- path, it is the explaining one. counterpart is the item, the explained latent
-- variable, or 'all'. Standard errors, t and p of paths come from least
-- squares. Every estimate also has the standard error and the 95 percent
-- percentile interval of the bootstrap samples. The row `fit` has the number of
-- iterations, or the reason why there is no fit. The table is empty without a
-- path model or without answers to its items.
with

path_model_items as (
    select * from path_model_items
),

path_model_paths as (
    select * from path_model_paths
),

path_model_settings as (
    select * from path_model_settings
),

path_answers as (
    select * from path_answers
),

items as (
    select
        array_agg(latent order by position) as latents,
        array_agg(mode order by position) as modes
    from path_model_items
),

paths as (
    select
        array_agg(from_latent || ' -> ' || to_latent order by position) as paths
    from path_model_paths
),

answers as (
    select
        customer_id,
        array_agg(score order by position, item_id) as scores
    from path_answers
    group by customer_id
),

fitted as (
    select
        count(*) as customers_count,
        path_model(
            answers.scores,
            items.latents,
            items.modes,
            paths.paths,
            settings.scheme,
            settings.missing,
            settings.bootstrap_samples,
            settings.seed
        ) as fit
    from answers
    cross join items
    cross join paths
    cross join path_model_settings as settings
    having count(*) > 0
),

shown as (
    select
        fit,
        customers_count >= $min_cell as is_shown,
        case when customers_count >= $min_cell then fit['n'] end as n
    from fitted
),

unnested as (
    select n, unnest(fit['estimates']) as estimate
    from shown
    where is_shown
),

estimates as (
    select
        unnested.estimate['measure'] as measure,
        coalesce(unnested.estimate['latent'], 'all') as latent,
        coalesce(items.item_id, unnested.estimate['other'], 'all')
            as counterpart,
        unnested.n,
        unnested.estimate['estimate'] as estimate,
        unnested.estimate['standard_error'] as standard_error,
        unnested.estimate['t_value'] as t_value,
        unnested.estimate['p_value'] as p_value,
        unnested.estimate['bootstrap_error'] as bootstrap_error,
        unnested.estimate['low'] as low,
        unnested.estimate['high'] as high,
        cast(null as varchar) as not_fitted_because
    from unnested
    left join path_model_items as items
        on unnested.estimate['item'] = items.position
),

fits as (
    select
        'fit' as measure,
        'all' as latent,
        'all' as counterpart,
        n,
        case when is_shown then cast(fit['iterations'] as double) end
            as estimate,
        cast(null as double) as standard_error,
        cast(null as double) as t_value,
        cast(null as double) as p_value,
        cast(null as double) as bootstrap_error,
        cast(null as double) as low,
        cast(null as double) as high,
        case when is_shown then fit['reason'] else 'suppressed' end
            as not_fitted_because
    from shown
),

final as (
    select * from fits
    union all
    select * from estimates
)

select * from final
