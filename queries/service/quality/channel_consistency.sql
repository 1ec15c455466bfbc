-- One row per measure, dimension and value: how consistent service is across
-- channels, months, customer sizes and customer types (E5).
--
-- satisfaction_index and waited_seconds are means over the observations of
-- service_measures. Dimension total is the mean of all observations, including
-- those whose value is unknown. net_price_ratio is the amount paid / the price
-- of the same units at the reference price of the same product and week (Monday
-- to Sunday), over products and weeks with purchases of at least two values; n
-- counts these. It has no dimension month, because each week belongs to one
-- month.
--
-- The reference is all customers, or the large ones for dimension size.
-- difference = mean - mean of the reference. Spread is the largest minus the
-- smallest mean of the values shown, and standard_deviation the sample standard
-- deviation of these means; both need at least two values. Groups of fewer than
-- $min_cell customers are suppressed and do not count in the spread.
with

service_measures as (
    select * from service_measures
    where measure in ('satisfaction_index', 'waited_seconds')
),

own_order_products as (
    select * from own_order_products
    where product_id is not null and quantity > 0 and amount > 0
),

customer_profile as (
    select * from customer_profile
),

by_dimension as (
    select
        measure,
        customer_id,
        case when customer_id is null then observation_id end as anonymous_id,
        value,
        unnest(make_array('total', 'channel', 'month', 'size', 'customer_type'))
            as dimension,
        unnest(
            make_array(
                'all', channel, month, size, nullif(customer_type, 'unknown')
            )
        ) as dimension_value
    from service_measures
),

-- Grouped by customer first, because suppression depends on the number of
-- customers.
customer_sums as (
    select
        measure,
        dimension,
        dimension_value,
        customer_id,
        anonymous_id,
        count(*) as n,
        sum(value) as total
    from by_dimension
    where dimension_value is not null
    group by measure, dimension, dimension_value, customer_id, anonymous_id
),

means_of_observations as (
    select
        measure,
        dimension,
        dimension_value,
        count(*) as customers_count,
        sum(n) as n,
        sum(total) / cast(sum(n) as double) as mean
    from customer_sums
    group by measure, dimension, dimension_value
),

prices_by_dimension as (
    select
        lines.customer_id,
        lines.product_id,
        cast(date_trunc('week', lines.ordered_at) as date) as week,
        lines.quantity,
        lines.amount,
        unnest(make_array('channel', 'size', 'customer_type')) as dimension,
        unnest(make_array(lines.channel, profile.size, profile.customer_type))
            as dimension_value
    from own_order_products as lines
    left join customer_profile as profile
        on lines.customer_id = profile.customer_id
),

customer_weeks as (
    select
        dimension,
        dimension_value,
        product_id,
        week,
        customer_id,
        sum(quantity) as quantity,
        sum(amount) as amount
    from prices_by_dimension
    where dimension_value is not null
    group by dimension, dimension_value, product_id, week, customer_id
),

product_weeks as (
    select
        dimension,
        dimension_value,
        product_id,
        week,
        cast(sum(quantity) as double) as quantity,
        cast(sum(amount) as double) as amount
    from customer_weeks
    group by dimension, dimension_value, product_id, week
),

reference_prices as (
    select
        dimension,
        product_id,
        week,
        sum(
            case when dimension <> 'size' or dimension_value = 'large'
                then amount end
        ) / nullif(
            sum(
                case when dimension <> 'size' or dimension_value = 'large'
                    then quantity end
            ),
            0
        ) as unit_price
    from product_weeks
    group by dimension, product_id, week
    having count(*) > 1
),

price_sums as (
    select
        weeks.dimension,
        weeks.dimension_value,
        count(*) as n,
        sum(weeks.amount) as amount,
        sum(weeks.quantity * prices.unit_price) as amount_at_reference
    from product_weeks as weeks
    inner join reference_prices as prices
        on weeks.dimension = prices.dimension
        and weeks.product_id = prices.product_id
        and weeks.week = prices.week
    where prices.unit_price is not null
    group by weeks.dimension, weeks.dimension_value
),

price_customers as (
    select weeks.dimension, weeks.dimension_value, weeks.customer_id
    from customer_weeks as weeks
    inner join reference_prices as prices
        on weeks.dimension = prices.dimension
        and weeks.product_id = prices.product_id
        and weeks.week = prices.week
    where prices.unit_price is not null
    group by weeks.dimension, weeks.dimension_value, weeks.customer_id
),

price_customer_counts as (
    select dimension, dimension_value, count(*) as customers_count
    from price_customers
    group by dimension, dimension_value
),

means as (
    select
        measure,
        dimension,
        dimension_value,
        customers_count,
        n,
        mean
    from means_of_observations
    union all
    select
        'net_price_ratio' as measure,
        sums.dimension,
        sums.dimension_value,
        counts.customers_count,
        sums.n,
        sums.amount / nullif(sums.amount_at_reference, 0) as mean
    from price_sums as sums
    inner join price_customer_counts as counts
        on sums.dimension = counts.dimension
        and sums.dimension_value = counts.dimension_value
),

shown as (
    select
        *,
        customers_count < $min_cell as is_suppressed,
        case when customers_count >= $min_cell then mean end as shown_mean,
        case
            when dimension = 'total' then null
            when dimension = 'size' then 'large'
            else 'all'
        end as reference
    from means
),

reference_means as (
    select
        measure,
        max(case when dimension = 'total' then shown_mean end) as mean_of_all,
        max(
            case when dimension = 'size' and dimension_value = 'large'
                then shown_mean end
        ) as mean_of_large
    from shown
    group by measure
),

centres as (
    select
        measure,
        dimension,
        count(shown_mean) as values_count,
        max(shown_mean) - min(shown_mean) as spread,
        avg(shown_mean) as centre
    from shown
    where dimension <> 'total'
    group by measure, dimension
),

deviations as (
    select
        shown.measure,
        shown.dimension,
        sum(
            (shown.shown_mean - centres.centre)
            * (shown.shown_mean - centres.centre)
        ) as squares
    from shown
    inner join centres
        on shown.measure = centres.measure
        and shown.dimension = centres.dimension
    group by shown.measure, shown.dimension
),

final as (
    select
        shown.measure,
        shown.dimension,
        shown.dimension_value,
        case shown.measure
            when 'satisfaction_index' then 'index'
            when 'waited_seconds' then 'seconds'
            else 'ratio'
        end as unit,
        shown.is_suppressed,
        case when not shown.is_suppressed then shown.n end as n,
        case when not shown.is_suppressed then shown.customers_count end
            as customers_count,
        shown.shown_mean as mean,
        shown.reference,
        case
            when shown.measure = 'net_price_ratio' then shown.shown_mean - 1
            when shown.reference = 'large'
                then shown.shown_mean - reference_means.mean_of_large
            when shown.reference = 'all'
                then shown.shown_mean - reference_means.mean_of_all
        end as difference,
        case when centres.values_count > 1 then centres.spread end as spread,
        case when centres.values_count > 1
            then sqrt(
                deviations.squares
                / (cast(centres.values_count as double) - 1)
            ) end as standard_deviation
    from shown
    inner join reference_means
        on shown.measure = reference_means.measure
    left join centres
        on shown.measure = centres.measure
        and shown.dimension = centres.dimension
    left join deviations
        on shown.measure = deviations.measure
        and shown.dimension = deviations.dimension
)

select * from final
