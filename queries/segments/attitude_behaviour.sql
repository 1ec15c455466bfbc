-- One row per pair of a behavioural and an attitudinal measure, in total and by
-- customer type: the correlation between them. Groups of fewer than $min_cell
-- customers are suppressed.
--
-- Spearman's rank correlation (1904) uses mean ranks for ties. Its interval is
-- on Fisher's z with the standard error sqrt((1 + r^2 / 2) / (n - 3)) (Bonett
-- and Wright 2000). The pair in use is the one that defines the segments; it
-- covers the customers of the four segments and also has phi and Cohen's kappa
-- (1960) of high and low. Other pairs cover customers with both measures;
-- shares need $min_category_occasions occasions. Pairs with is_active cover
-- current and former customers, because all current ones are active (see column
-- counted).
--
-- relation follows Cohen (1988): hardly below 0.1, weakly below 0.3, moderately
-- below 0.5, strongly from there. It is NULL for pairs with is_active if the
-- dates of the answers are assumed ($answer_dates_assumed), because it is then
-- unknown whether customers answered before they left.
with

measure_pairs as (
    select * from measure_pairs
),

-- The pair in use always has a row.
agreements as (
    select
        *,
        case $behaviour_rule
            when 'share' then 'own_share'
            when 'count' then 'own_occasions_count'
            when 'declared' then 'declared_behaviour'
            when 'index' then 'behaviour_index'
            when 'retained' then 'is_active'
        end as behaviour_measure,
        case $attitude_axis
            when 'relative' then 'relative_attitude'
            else 'attitude_index'
        end as attitude_measure
    from segment_agreement
),

behaviour_frequencies as (
    select
        dimension, dimension_value, behaviour_measure, attitude_measure,
        behaviour,
        sum(customers_count) as customers_count
    from measure_pairs
    group by
        dimension, dimension_value, behaviour_measure, attitude_measure,
        behaviour
),

attitude_frequencies as (
    select
        dimension, dimension_value, behaviour_measure, attitude_measure,
        attitude,
        sum(customers_count) as customers_count
    from measure_pairs
    group by
        dimension, dimension_value, behaviour_measure, attitude_measure,
        attitude
),

-- Mean rank of k equal values after m smaller ones: m + (k + 1) / 2.
behaviour_ranks as (
    select
        dimension, dimension_value, behaviour_measure, attitude_measure,
        behaviour,
        sum(customers_count) over (
            partition by
                dimension, dimension_value, behaviour_measure, attitude_measure
            order by behaviour nulls last
        ) - (customers_count - 1) / 2e0 as behaviour_rank
    from behaviour_frequencies
),

attitude_ranks as (
    select
        dimension, dimension_value, behaviour_measure, attitude_measure,
        attitude,
        sum(customers_count) over (
            partition by
                dimension, dimension_value, behaviour_measure, attitude_measure
            order by attitude nulls last
        ) - (customers_count - 1) / 2e0 as attitude_rank
    from attitude_frequencies
),

sizes as (
    select
        dimension, dimension_value, behaviour_measure, attitude_measure,
        sum(customers_count) as customers_count
    from measure_pairs
    group by dimension, dimension_value, behaviour_measure, attitude_measure
),

-- Ranks minus the mean rank, (n + 1) / 2.
centred as (
    select
        pairs.dimension,
        pairs.dimension_value,
        pairs.behaviour_measure,
        pairs.attitude_measure,
        pairs.customers_count,
        behaviour_ranks.behaviour_rank - (sizes.customers_count + 1) / 2e0
            as behaviour_rank,
        attitude_ranks.attitude_rank - (sizes.customers_count + 1) / 2e0
            as attitude_rank
    from measure_pairs as pairs
    inner join sizes
        on pairs.dimension = sizes.dimension
        and pairs.dimension_value = sizes.dimension_value
        and pairs.behaviour_measure = sizes.behaviour_measure
        and pairs.attitude_measure = sizes.attitude_measure
    inner join behaviour_ranks
        on pairs.dimension = behaviour_ranks.dimension
        and pairs.dimension_value = behaviour_ranks.dimension_value
        and pairs.behaviour_measure = behaviour_ranks.behaviour_measure
        and pairs.attitude_measure = behaviour_ranks.attitude_measure
        and pairs.behaviour = behaviour_ranks.behaviour
    inner join attitude_ranks
        on pairs.dimension = attitude_ranks.dimension
        and pairs.dimension_value = attitude_ranks.dimension_value
        and pairs.behaviour_measure = attitude_ranks.behaviour_measure
        and pairs.attitude_measure = attitude_ranks.attitude_measure
        and pairs.attitude = attitude_ranks.attitude
),

products as (
    select
        dimension,
        dimension_value,
        behaviour_measure,
        attitude_measure,
        sum(customers_count) as customers_count,
        sum(customers_count * behaviour_rank * attitude_rank) as product,
        sum(customers_count * behaviour_rank * behaviour_rank)
            as behaviour_square,
        sum(customers_count * attitude_rank * attitude_rank)
            as attitude_square
    from centred
    group by dimension, dimension_value, behaviour_measure, attitude_measure
),

correlations as (
    select
        *,
        -- least() and greatest() because rounding may exceed 1.
        least(
            greatest(
                product / (sqrt(behaviour_square) * sqrt(attitude_square)),
                -1e0
            ),
            1e0
        ) as spearman
    from products
    where behaviour_square > 0 and attitude_square > 0
),

joined as (
    select
        coalesce(pairs.dimension, agreements.dimension) as dimension,
        coalesce(pairs.dimension_value, agreements.dimension_value)
            as dimension_value,
        coalesce(pairs.behaviour_measure, agreements.behaviour_measure)
            as behaviour_measure,
        coalesce(pairs.attitude_measure, agreements.attitude_measure)
            as attitude_measure,
        agreements.customers_count is not null as is_in_use,
        coalesce(agreements.customers_count, pairs.customers_count)
            as customers_count,
        pairs.customers_count as n,
        correlations.spearman,
        agreements.phi,
        agreements.kappa
    from sizes as pairs
    left join correlations
        on pairs.dimension = correlations.dimension
        and pairs.dimension_value = correlations.dimension_value
        and pairs.behaviour_measure = correlations.behaviour_measure
        and pairs.attitude_measure = correlations.attitude_measure
    full outer join agreements
        on pairs.dimension = agreements.dimension
        and pairs.dimension_value = agreements.dimension_value
        and pairs.behaviour_measure = agreements.behaviour_measure
        and pairs.attitude_measure = agreements.attitude_measure
),

marked as (
    select
        *,
        customers_count between 1 and $min_cell - 1 as is_suppressed,
        -- Fisher's z is infinite at 1 and -1.
        case when n > 3 and abs(spearman) < 1 then atanh(spearman) end
            as fisher_z,
        case when n > 3
            then cast($interval_z as double)
                * sqrt((1 + spearman * spearman / 2) / (n - 3)) end
            as fisher_margin
    from joined
),

final as (
    select
        dimension,
        dimension_value,
        behaviour_measure,
        attitude_measure,
        is_in_use,
        is_suppressed,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when not is_suppressed then spearman end as spearman,
        case when not is_suppressed and fisher_z is not null
            then least(tanh(fisher_z - fisher_margin), spearman) end
            as spearman_low,
        case when not is_suppressed and fisher_z is not null
            then greatest(tanh(fisher_z + fisher_margin), spearman) end
            as spearman_high,
        case when not is_suppressed then phi end as phi,
        case when not is_suppressed then kappa end as kappa,
        case when behaviour_measure = 'is_active'
            then 'current_and_former' else 'current' end as counted,
        case
            when is_suppressed or spearman is null then null
            when behaviour_measure = 'is_active' and $answer_dates_assumed
                then null
            when abs(spearman) < 0.1 then 'hardly related'
            when abs(spearman) < 0.3 then 'weakly related'
            when abs(spearman) < 0.5 then 'moderately related'
            else 'strongly related'
        end as relation
    from marked
)

select * from final
