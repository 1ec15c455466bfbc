-- One row per model: the accuracy of its forecast of purchases not used in the
-- fit, compared with a naive forecast.
--
-- Models are fitted to period calibration of customer_histories and forecast
-- the following $value_holdout_days days, per customer. The naive forecast
-- extrapolates each customer's repeats per week (Wuebben and von Wangenheim
-- 2008, Journal of Marketing 72). spend_frequency_correlation is that of amount
-- and frequency among customers with a repeat; Gamma-Gamma assumes 0.
with

customer_histories as (
    select * from customer_histories where period = 'calibration'
),

fitted as (
    select
        bg_nbd_fit(
            repeat_days_count, weeks_to_last_purchase, weeks_observed
        ) filter (where array_has($value_models, 'bg_nbd')) as bg_nbd,
        mbg_nbd_fit(
            repeat_days_count, weeks_to_last_purchase, weeks_observed
        ) filter (where array_has($value_models, 'mbg_nbd')) as mbg_nbd,
        pareto_nbd_fit(
            repeat_days_count, weeks_to_last_purchase, weeks_observed
        ) filter (where array_has($value_models, 'pareto_nbd')) as pareto_nbd
    from customer_histories
),

means as (
    select
        avg(cast(repeat_days_count as double)) as repeats,
        avg(mean_repeat_amount) as amount
    from customer_histories
    where mean_repeat_amount > 0
),

deviations as (
    select
        histories.repeat_days_count - means.repeats as repeats,
        histories.mean_repeat_amount - means.amount as amount
    from customer_histories as histories
    cross join means
    where histories.mean_repeat_amount > 0
),

correlations as (
    select
        sum(repeats * amount)
        / nullif(sqrt(sum(repeats * repeats) * sum(amount * amount)), 0)
            as correlation
    from deviations
),

models as (
    select 'naive' as model
    union all
    select unnest($value_models) as model
),

forecast as (
    select
        models.model,
        histories.later_days_count as actual,
        case models.model
            when 'naive' then coalesce(
                histories.repeat_days_count / nullif(histories.weeks_observed, 0),
                0
            ) * $value_holdout_days / 7
            when 'bg_nbd' then conditional_purchases(
                bg_nbd,
                repeat_days_count,
                weeks_to_last_purchase,
                weeks_observed,
                cast($value_holdout_days as double) / 7
            )
            when 'mbg_nbd' then conditional_purchases(
                mbg_nbd,
                repeat_days_count,
                weeks_to_last_purchase,
                weeks_observed,
                cast($value_holdout_days as double) / 7
            )
            when 'pareto_nbd' then conditional_purchases(
                pareto_nbd,
                repeat_days_count,
                weeks_to_last_purchase,
                weeks_observed,
                cast($value_holdout_days as double) / 7
            )
        end as predicted,
        correlations.correlation
    from customer_histories as histories
    cross join fitted
    cross join correlations
    cross join models
),

final as (
    select
        model,
        count(*) as customers_count,
        sum(actual) as actual_purchases_count,
        sum(predicted) as expected_purchases,
        sum(predicted) / nullif(cast(sum(actual) as double), 0)
            as expected_to_actual_ratio,
        avg(abs(predicted - actual)) as mean_absolute_error,
        sqrt(avg((predicted - actual) * (predicted - actual)))
            as root_mean_square_error,
        max(correlation) as spend_frequency_correlation
    from forecast
    group by model
)

select * from final
