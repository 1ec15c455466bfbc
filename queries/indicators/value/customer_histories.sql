-- One row per period and customer who had bought by its end: the statistics
-- that purchase models are fitted to (x, t_x, T in Fader, Hardie and Lee 2005).
--
-- Period all ends with as_of_date. Period calibration ends $value_holdout_days
-- days earlier; the purchases of these days test the forecasts. Times are weeks
-- since the first purchase.
with

purchase_days as (
    select * from purchase_days
),

periods as (
    select 'all' as period, $as_of_date as ends_on
    union all
    select 'calibration' as period, $as_of_date - $value_holdout_days as ends_on
    where $value_holdout_days > 0
),

numbered as (
    select
        customer_id,
        day,
        amount,
        min(day) over (partition by customer_id) as first_day
    from purchase_days
),

counted as (
    select
        periods.period,
        periods.ends_on,
        numbered.customer_id,
        min(numbered.first_day) as first_day,
        max(case when day <= ends_on then day end) as last_day,
        sum(case when day > first_day and day <= ends_on then 1 else 0 end)
            as repeat_days_count,
        sum(case when day > first_day and day <= ends_on then amount else 0 end)
            as repeat_amount,
        sum(case when day > ends_on then 1 else 0 end) as later_days_count,
        sum(case when day > ends_on then amount else 0 end) as later_amount
    from numbered
    cross join periods
    where numbered.first_day <= periods.ends_on
    group by periods.period, periods.ends_on, numbered.customer_id
),

final as (
    select
        period,
        customer_id,
        repeat_days_count,
        cast(last_day - first_day as double) / 7 as weeks_to_last_purchase,
        cast(ends_on - first_day as double) / 7 as weeks_observed,
        cast(repeat_amount as double) / nullif(repeat_days_count, 0)
            as mean_repeat_amount,
        later_days_count,
        cast(later_amount as decimal(28, 2)) as later_amount
    from counted
)

select * from final
