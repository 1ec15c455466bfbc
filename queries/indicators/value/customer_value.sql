-- One row per customer who ever bought the own brand: the probability that the
-- customer is alive, the expected purchases of the next $value_horizon_days
-- days, and their value. All values are sales, not margins, and NULL if a model
-- has no fit.
--
-- The model $value_model gives the timing of purchases and Gamma-Gamma the
-- amount per purchase, both fitted to all customers (purchase_models).
-- lifetime_value is the amount expected in each $value_period_days days of the
-- horizon, discounted by $discount_rate a year (Fader, Hardie and Lee 2005,
-- "RFM and CLV"). Its interval is that of the expectation, not of an individual
-- customer's amount. amount_probably_lost = value if alive x probability of not
-- being alive; the value if alive is lifetime_value / probability alive.
-- renewed_value is the expectation on the day of the last purchase (T = t_x),
-- which is the value of a lost customer once won back.
with

customer_histories as (
    select * from customer_histories
),

histories as (
    select * from customer_histories where period = 'all'
),

fitted as (
    select
        bg_nbd_fit(
            repeat_days_count, weeks_to_last_purchase, weeks_observed
        ) filter (where $value_model = 'bg_nbd') as bg_nbd,
        mbg_nbd_fit(
            repeat_days_count, weeks_to_last_purchase, weeks_observed
        ) filter (where $value_model = 'mbg_nbd') as mbg_nbd,
        pareto_nbd_fit(
            repeat_days_count, weeks_to_last_purchase, weeks_observed
        ) filter (where $value_model = 'pareto_nbd') as pareto_nbd,
        gamma_gamma_fit(repeat_days_count, mean_repeat_amount)
            filter (where mean_repeat_amount > 0) as gamma_gamma
    from histories
),

models as (
    select
        case $value_model
            when 'bg_nbd' then named_struct(
                'model', bg_nbd['model'],
                'parameters', bg_nbd['parameters'],
                'log_covariance', bg_nbd['log_covariance']
            )
            when 'mbg_nbd' then named_struct(
                'model', mbg_nbd['model'],
                'parameters', mbg_nbd['parameters'],
                'log_covariance', mbg_nbd['log_covariance']
            )
            when 'pareto_nbd' then named_struct(
                'model', pareto_nbd['model'],
                'parameters', pareto_nbd['parameters'],
                'log_covariance', pareto_nbd['log_covariance']
            )
        end as purchase_model,
        gamma_gamma as spend_model,
        floor(cast($value_horizon_days as double) / $value_period_days)
            as periods,
        cast($value_period_days as double) / 7 as period_weeks,
        power(
            1 + cast($discount_rate as double),
            cast($value_period_days as double) / 365
        ) - 1 as period_rate,
        cast($interval_z as double) as z
    from fitted
),

predicted as (
    select
        histories.*,
        probability_alive(
            purchase_model,
            repeat_days_count,
            weeks_to_last_purchase,
            weeks_observed
        ) as alive_probability,
        conditional_purchases(
            purchase_model,
            repeat_days_count,
            weeks_to_last_purchase,
            weeks_observed,
            cast($value_horizon_days as double) / 7
        ) as expected_purchases,
        expected_spend(
            spend_model, repeat_days_count, coalesce(mean_repeat_amount, 0e0)
        ) as expected_amount,
        lifetime_value(
            purchase_model,
            spend_model,
            repeat_days_count,
            weeks_to_last_purchase,
            weeks_observed,
            coalesce(mean_repeat_amount, 0e0),
            periods,
            period_weeks,
            period_rate,
            z
        ) as valued,
        lifetime_value(
            purchase_model,
            spend_model,
            repeat_days_count,
            weeks_to_last_purchase,
            weeks_to_last_purchase,
            coalesce(mean_repeat_amount, 0e0),
            periods,
            period_weeks,
            period_rate,
            z
        ) as renewed
    from histories
    cross join models
),

final as (
    select
        customer_id,
        repeat_days_count,
        weeks_to_last_purchase,
        weeks_observed,
        mean_repeat_amount,
        alive_probability,
        expected_purchases,
        expected_amount,
        valued['value'] as lifetime_value,
        valued['low'] as lifetime_value_low,
        valued['high'] as lifetime_value_high,
        valued['value'] * (1 - alive_probability) / nullif(alive_probability, 0)
            as amount_probably_lost,
        renewed['value'] as renewed_value,
        renewed['low'] as renewed_value_low,
        renewed['high'] as renewed_value_high
    from predicted
)

select * from final
