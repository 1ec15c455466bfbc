-- One row per dimension, value and driver: the importance of the driver for an
-- outcome, derived from the customers' answers; in total, by customer type, by
-- band of competition and by market situation. Groups of fewer than $min_cell
-- customers are suppressed.
--
-- The outcome is $importance_outcome: attitude (attitude_index) or a construct
-- of the questionnaire. The drivers are $importance_drivers. If that list is
-- empty, they are all performance constructs (driver_answers) that are not part
-- of the outcome. A driver is left out if fewer than $importance_min_answered
-- of the customers with an outcome answered it. Only customers who answered all
-- drivers count.
--
-- relative_weight (Johnson 2000) and shapley (LMG; Lindeman, Merenda and Gold
-- 1980) decompose R squared. Intervals are percentiles of $importance_samples
-- bootstrap samples with the seed $importance_seed. random_weight is the weight
-- of an added random driver, and random_high the upper end of its interval:
-- smaller weights are noise (Tonidandel, LeBreton and Johnson 2009). beta is
-- the standardised regression coefficient. A vif above 10 indicates that the
-- driver cannot be separated from the others. not_fitted_because says why there
-- is no estimate.
with

driver_answers as (
    select * from driver_answers
),

customer_constructs as (
    select * from customer_constructs
),

customer_attitude as (
    select * from customer_attitude
),

questionnaire_items as (
    select * from questionnaire_items
),

outcomes as (
    select customer_id, attitude_index as outcome
    from customer_attitude
    where $importance_outcome = 'attitude' and attitude_index is not null
    union all
    select customer_id, construct_index as outcome
    from customer_constructs
    where
        construct = $importance_outcome
        and construct_index is not null
),

outcome_constructs as (
    select construct
    from questionnaire_items
    where weight is not null and $importance_outcome = 'attitude'
    group by construct
),

candidates as (
    select answers.*
    from driver_answers as answers
    left anti join outcome_constructs
        on answers.construct = outcome_constructs.construct
    where
        answers.driver_index is not null
        and answers.construct <> $importance_outcome
        and case
            when cardinality($importance_drivers) = 0
                then answers.is_performance
            else array_has($importance_drivers, answers.construct)
        end
),

answers as (
    select candidates.*, outcomes.outcome
    from candidates
    inner join outcomes
        on candidates.customer_id = outcomes.customer_id
),

answered as (
    select driver, count(*) as answers_count
    from answers
    where dimension = 'total'
    group by driver
),

customers as (
    select count(*) as customers_count from outcomes
),

chosen as (
    select
        answered.driver,
        row_number() over (order by answered.driver) as position
    from answered
    cross join customers
    where
        answered.answers_count
        >= customers.customers_count
            * cast($importance_min_answered as double) - 1e-7
),

chosen_count as (
    select count(*) as drivers_count from chosen
),

complete as (
    select
        answers.dimension,
        answers.dimension_value,
        answers.customer_id,
        answers.outcome,
        array_agg(answers.driver_index order by chosen.position)
            as drivers
    from answers
    inner join chosen
        on answers.driver = chosen.driver
    group by
        answers.dimension,
        answers.dimension_value,
        answers.customer_id,
        answers.outcome
),

whole as (
    select complete.*
    from complete
    cross join chosen_count
    where cardinality(complete.drivers) = chosen_count.drivers_count
),

groups as (
    select dimension, dimension_value, count(*) as n
    from whole
    group by dimension, dimension_value
),

shown_groups as (
    select dimension, dimension_value from groups where n >= $min_cell
),

fitted as (
    select
        whole.dimension,
        whole.dimension_value,
        driver_importance(
            whole.outcome,
            whole.drivers,
            $importance_samples,
            $importance_seed
        ) as fit
    from whole
    inner join shown_groups as shown
        on whole.dimension = shown.dimension
        and whole.dimension_value = shown.dimension_value
    group by whole.dimension, whole.dimension_value
),

estimates as (
    select
        groups.dimension,
        groups.dimension_value,
        chosen.driver,
        groups.n < $min_cell as is_suppressed,
        case when groups.n >= $min_cell then groups.n end as n,
        fitted.fit,
        fitted.fit['drivers'][cast(chosen.position as bigint)] as estimate
    from groups
    cross join chosen
    left join fitted
        on groups.dimension = fitted.dimension
        and groups.dimension_value = fitted.dimension_value
),

final as (
    select
        dimension,
        dimension_value,
        driver,
        $importance_outcome as outcome,
        is_suppressed,
        n,
        estimate['relative_weight'] as relative_weight,
        estimate['relative_weight_low'] as relative_weight_low,
        estimate['relative_weight_high'] as relative_weight_high,
        estimate['relative_weight'] / nullif(fit['r2'], 0)
            as relative_weight_share,
        estimate['shapley'] as shapley,
        estimate['shapley_low'] as shapley_low,
        estimate['shapley_high'] as shapley_high,
        fit['random_weight'] as random_weight,
        fit['random_high'] as random_high,
        estimate['is_above_random'] as is_above_random,
        estimate['correlation'] as correlation,
        estimate['beta'] as beta,
        estimate['standard_error'] as standard_error,
        estimate['t_value'] as t_value,
        estimate['p_value'] as p_value,
        estimate['vif'] as vif,
        fit['r2'] as r2,
        fit['adjusted_r2'] as adjusted_r2,
        case when is_suppressed then 'suppressed' else fit['reason'] end
            as not_fitted_because
    from estimates
)

select * from final
