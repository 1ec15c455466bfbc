-- One row per customer and latent variable of the path model: the standardised
-- score and the index 0-100 (Fornell et al. 1996), which is the weighted mean
-- of the items, each scaled between the ends of its scale. A missing answer is
-- replaced by the mean of the item. There are no rows if the model did not
-- converge.
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

questionnaire_items as (
    select * from questionnaire_items
),

items as (
    select
        array_agg(model.latent order by model.position) as latents,
        array_agg(model.mode order by model.position) as modes,
        array_agg(items.scale_min order by model.position) as minimums,
        array_agg(items.scale_max order by model.position) as maximums
    from path_model_items as model
    left join questionnaire_items as items
        on model.item_id = items.item_id
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
        path_model(
            answers.scores,
            items.latents,
            items.modes,
            paths.paths,
            settings.scheme,
            settings.missing
        ) as fit
    from answers
    cross join items
    cross join paths
    cross join path_model_settings as settings
),

scored as (
    select
        answers.customer_id,
        unnest(
            latent_scores(
                fitted.fit, answers.scores, items.minimums, items.maximums
            )
        ) as score
    from answers
    cross join fitted
    cross join items
    where fitted.fit['is_converged']
),

final as (
    select
        customer_id,
        score['latent'] as latent,
        score['score'] as latent_score,
        score['latent_index'] as latent_index
    from scored
)

select * from final
