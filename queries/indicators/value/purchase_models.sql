-- One row per period, model and parameter: the purchase models of
-- customer_value, fitted by maximum likelihood to customer_histories.
--
-- BG/NBD (Fader, Hardie and Lee 2005), MBG/NBD (Batislam, Denizel and
-- Filiztekin 2007) and Pareto/NBD (Schmittlein, Morrison and Colombo 1987) give
-- the timing of purchases, Gamma-Gamma (Fader and Hardie 2013) the amounts.
-- Only models of $value_models and Gamma-Gamma are fitted. Times are weeks. A
-- model without a fit has NULL values, and fit_reason gives the reason.
with

customer_histories as (
    select * from customer_histories
),

fitted as (
    select
        period,
        bg_nbd_fit(
            repeat_days_count, weeks_to_last_purchase, weeks_observed
        ) filter (where array_has($value_models, 'bg_nbd')) as bg_nbd,
        mbg_nbd_fit(
            repeat_days_count, weeks_to_last_purchase, weeks_observed
        ) filter (where array_has($value_models, 'mbg_nbd')) as mbg_nbd,
        pareto_nbd_fit(
            repeat_days_count, weeks_to_last_purchase, weeks_observed
        ) filter (where array_has($value_models, 'pareto_nbd')) as pareto_nbd,
        gamma_gamma_fit(repeat_days_count, mean_repeat_amount)
            filter (where mean_repeat_amount > 0) as gamma_gamma
    from customer_histories
    group by period
),

models as (
    select
        period,
        'bg_nbd' as model,
        make_array('r', 'alpha', 'a', 'b') as parameters,
        make_array(
            bg_nbd['r'],
            bg_nbd['alpha'],
            bg_nbd['a'],
            bg_nbd['b']
        ) as fitted_values,
        make_array(
            bg_nbd['r_standard_error'],
            bg_nbd['alpha_standard_error'],
            bg_nbd['a_standard_error'],
            bg_nbd['b_standard_error']
        ) as standard_errors,
        bg_nbd['log_likelihood'] as log_likelihood,
        bg_nbd['customers_count'] as customers_count,
        bg_nbd['is_converged'] as is_converged,
        bg_nbd['reason'] as reason
    from fitted
    union all
    select
        period,
        'mbg_nbd' as model,
        make_array('r', 'alpha', 'a', 'b') as parameters,
        make_array(
            mbg_nbd['r'],
            mbg_nbd['alpha'],
            mbg_nbd['a'],
            mbg_nbd['b']
        ) as fitted_values,
        make_array(
            mbg_nbd['r_standard_error'],
            mbg_nbd['alpha_standard_error'],
            mbg_nbd['a_standard_error'],
            mbg_nbd['b_standard_error']
        ) as standard_errors,
        mbg_nbd['log_likelihood'] as log_likelihood,
        mbg_nbd['customers_count'] as customers_count,
        mbg_nbd['is_converged'] as is_converged,
        mbg_nbd['reason'] as reason
    from fitted
    union all
    select
        period,
        'pareto_nbd' as model,
        make_array('r', 'alpha', 's', 'beta') as parameters,
        make_array(
            pareto_nbd['r'],
            pareto_nbd['alpha'],
            pareto_nbd['s'],
            pareto_nbd['beta']
        ) as fitted_values,
        make_array(
            pareto_nbd['r_standard_error'],
            pareto_nbd['alpha_standard_error'],
            pareto_nbd['s_standard_error'],
            pareto_nbd['beta_standard_error']
        ) as standard_errors,
        pareto_nbd['log_likelihood'] as log_likelihood,
        pareto_nbd['customers_count'] as customers_count,
        pareto_nbd['is_converged'] as is_converged,
        pareto_nbd['reason'] as reason
    from fitted
    union all
    select
        period,
        'gamma_gamma' as model,
        make_array('p', 'q', 'gamma') as parameters,
        make_array(
            gamma_gamma['p'],
            gamma_gamma['q'],
            gamma_gamma['gamma']
        ) as fitted_values,
        make_array(
            gamma_gamma['p_standard_error'],
            gamma_gamma['q_standard_error'],
            gamma_gamma['gamma_standard_error']
        ) as standard_errors,
        gamma_gamma['log_likelihood'] as log_likelihood,
        gamma_gamma['customers_count'] as customers_count,
        gamma_gamma['is_converged'] as is_converged,
        gamma_gamma['reason'] as reason
    from fitted
),

final as (
    select
        period,
        model,
        unnest(parameters) as parameter,
        unnest(fitted_values) as value,
        unnest(standard_errors) as standard_error,
        log_likelihood,
        customers_count,
        is_converged,
        reason as fit_reason
    from models
    where model = 'gamma_gamma' or array_has($value_models, model)
)

select * from final
