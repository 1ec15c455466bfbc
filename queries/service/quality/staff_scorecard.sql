-- One row per dimension, value and phase, and one for all phases: customers'
-- ratings of the staff (E9), in total, by customer type and by account owner
-- (the account owner at the time, or else the person who handled the contact).
-- Groups of fewer than $min_cell customers are suppressed, and so are
-- components of fewer.
--
-- score is the weighted mean of the satisfaction index, first contact
-- resolution and promise keeping, each 0-100, over the known ones (parameters
-- scorecard_..._weight). It is NULL without satisfaction, which must have the
-- largest weight (a rule in parameters.yml). The interval is normal and treats
-- the three means as independent. The variance of the mean satisfaction is the
-- sample variance / n. The variances of the two shares follow Agresti and Coull
-- (1998), which adds z^2 / 2 successes and failures, so that a few perfect
-- results do not count as certain.
with

staff_ratings as (
    select * from staff_ratings
),

by_dimension as (
    select
        component,
        event_id,
        customer_id,
        rating,
        phase as own_phase,
        unnest(make_array('total', 'customer_type', 'account_owner'))
            as dimension,
        unnest(make_array('all', customer_type, staff_member))
            as dimension_value
    from staff_ratings
),

known_dimensions as (
    select dimension
    from by_dimension
    where dimension <> 'account_owner' or dimension_value <> 'unknown'
    group by dimension
),

by_phase as (
    select
        by_dimension.dimension,
        by_dimension.dimension_value,
        by_dimension.component,
        by_dimension.event_id,
        by_dimension.customer_id,
        by_dimension.rating,
        unnest(make_array('all', by_dimension.own_phase)) as phase
    from by_dimension
    left semi join known_dimensions as known
        on by_dimension.dimension = known.dimension
),

-- Grouped by customer first, because suppression depends on the number of
-- customers.
customer_sums as (
    select
        dimension,
        dimension_value,
        phase,
        component,
        customer_id,
        case when customer_id is null
            then concat(component, ' ', event_id) end as anonymous_id,
        count(*) as n,
        sum(rating) as total,
        sum(rating * rating) as squares
    from by_phase
    group by
        dimension, dimension_value, phase, component, customer_id,
        case when customer_id is null
            then concat(component, ' ', event_id) end
),

customers as (
    select dimension, dimension_value, phase, customer_id, anonymous_id
    from customer_sums
    group by dimension, dimension_value, phase, customer_id, anonymous_id
),

customer_counts as (
    select dimension, dimension_value, phase, count(*) as customers_count
    from customers
    group by dimension, dimension_value, phase
),

component_sums as (
    select
        dimension,
        dimension_value,
        phase,
        component,
        count(*) as customers_count,
        sum(n) as events_count,
        cast(sum(n) as double) as n,
        sum(total) as total,
        sum(squares) as squares
    from customer_sums
    group by dimension, dimension_value, phase, component
),

-- greatest() because rounding may give equal values a variance below 0.
means as (
    select
        dimension,
        dimension_value,
        phase,
        component,
        events_count,
        total / n as mean,
        case
            when component <> 'satisfaction' then
                1e2 * (total + 50 * z_squared)
                * (1 - (total / 1e2 + z_squared / 2) / (n + z_squared))
                / ((n + z_squared) * (n + z_squared))
            when n > 1 then
                greatest(squares - total * (total / n), 0e0) / ((n - 1) * n)
        end as mean_variance
    from component_sums
    cross join (
        select cast($interval_z as double) * cast($interval_z as double)
            as z_squared
    ) as quantile
    where customers_count >= $min_cell
),

weighted as (
    select
        means.*,
        cast(
            case component
                when 'satisfaction' then $scorecard_satisfaction_weight
                when 'first_contact_resolution'
                    then $scorecard_first_contact_weight
                else $scorecard_promise_weight
            end
            as double
        ) as weight
    from means
),

components as (
    select
        dimension,
        dimension_value,
        phase,
        max(case when component = 'satisfaction' then events_count end)
            as satisfaction_count,
        max(case when component = 'satisfaction' then mean end)
            as mean_satisfaction_index,
        max(
            case when component = 'first_contact_resolution'
                then events_count end
        ) as cases_count,
        max(case when component = 'first_contact_resolution' then mean end)
            / 1e2 as first_contact_resolution_rate,
        max(case when component = 'promise_keeping' then events_count end)
            as promises_count,
        max(case when component = 'promise_keeping' then mean end) / 1e2
            as kept_share,
        sum(weight * mean) / nullif(sum(weight), 0) as score,
        count(mean_variance) = count(*) as is_variance_known,
        sqrt(sum(weight * weight * mean_variance)) / nullif(sum(weight), 0)
            as standard_error
    from weighted
    group by dimension, dimension_value, phase
),

scored as (
    select
        counts.dimension,
        counts.dimension_value,
        counts.phase,
        counts.customers_count < $min_cell as is_suppressed,
        counts.customers_count,
        components.satisfaction_count,
        components.mean_satisfaction_index,
        components.cases_count,
        components.first_contact_resolution_rate,
        components.promises_count,
        components.kept_share,
        case when components.satisfaction_count is not null
            then components.score end as score,
        case when components.is_variance_known
            then cast($interval_z as double) * components.standard_error end
            as margin
    from customer_counts as counts
    left join components
        on counts.dimension = components.dimension
        and counts.dimension_value = components.dimension_value
        and counts.phase = components.phase
),

final as (
    select
        dimension,
        dimension_value,
        phase,
        is_suppressed,
        case when not is_suppressed then customers_count end
            as customers_count,
        satisfaction_count,
        mean_satisfaction_index,
        cases_count,
        first_contact_resolution_rate,
        promises_count,
        kept_share,
        score,
        case when score is not null and margin is not null
            then greatest(score - margin, 0e0) end as score_low,
        case when score is not null and margin is not null
            then least(score + margin, 1e2) end as score_high
    from scored
)

select * from final
