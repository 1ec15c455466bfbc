-- One row for all categories together and one per own category: whether the
-- days of silence in use (B11) fit how customers buy, and how many days the
-- gaps between own orders suggest. Numbers of fewer than $min_cell customers
-- are suppressed.
--
-- A gap runs from one day with an own order to the customer's next one in the
-- window, over all categories for the total, else within the category. Each gap
-- is a silence after which the customer came back. suggested_inactivity_days is
-- the 90th percentile of the gaps: the smallest number of days that at least
-- nine in ten gaps do not exceed. A gap is longer if it exceeds the days of the
-- category, or, for the total, the longest of the categories that the customer
-- bought.
--
-- Customers are those with an own occasion in the window and without a
-- contract. They left if they are no longer active by the rule, in total
-- (activity_by_rule) or in the category (customer_category). The data
-- contradict the days in use if significantly more than one gap in ten is
-- longer (the lower end of the Wilson interval is above 0.1), or if
-- $nearly_all_share of the customers left, each with at least
-- $inactivity_min_cases cases. Only the total decides about customers, because
-- a customer who stopped buying one category may still buy another.
with

own_orders as (
    select * from own_orders
),

occasions as (
    select * from occasions
),

own_categories as (
    select * from own_categories
),

customer_category as (
    select * from customer_category where own_occasions_count > 0
),

behaviour_measures as (
    select customer_id, inactivity_days, own_occasions_count
    from behaviour_measures
    where own_occasions_count > 0
),

activity_by_rule as (
    select * from activity_by_rule where judged_by = 'purchases'
),

-- Customers without a contract, and whether they are still active.
judged as (
    select
        measures.customer_id,
        measures.inactivity_days,
        activity.is_active
    from behaviour_measures as measures
    inner join activity_by_rule as activity
        on measures.customer_id = activity.customer_id
),

order_days as (
    select
        'total' as dimension,
        'all' as dimension_value,
        customer_id,
        cast(ordered_at as date) as ordered_on
    from own_orders
    group by 1, 2, 3, 4
    union all
    select
        'category' as dimension,
        category as dimension_value,
        customer_id,
        cast(ordered_at as date) as ordered_on
    from occasions
    where brand = $brand and is_occasion
    group by 1, 2, 3, 4
),

-- One sort of all rows, because a window per customer is much slower.
previous_days as (
    select
        *,
        lag(customer_id) over (
            order by
                dimension nulls last, dimension_value nulls last,
                customer_id nulls last, ordered_on nulls last
        ) as previous_customer_id,
        lag(dimension_value) over (
            order by
                dimension nulls last, dimension_value nulls last,
                customer_id nulls last, ordered_on nulls last
        ) as previous_dimension_value,
        lag(dimension) over (
            order by
                dimension nulls last, dimension_value nulls last,
                customer_id nulls last, ordered_on nulls last
        ) as previous_dimension,
        lag(ordered_on) over (
            order by
                dimension nulls last, dimension_value nulls last,
                customer_id nulls last, ordered_on nulls last
        ) as previous_ordered_on
    from order_days
),

gaps as (
    select
        days.dimension,
        days.dimension_value,
        days.customer_id,
        days.ordered_on - days.previous_ordered_on as gap_days,
        days.ordered_on - days.previous_ordered_on
            > coalesce(categories.inactivity_days, judged.inactivity_days)
            as is_longer
    from previous_days as days
    inner join judged
        on days.customer_id = judged.customer_id
    left join own_categories as categories
        on days.dimension = 'category'
        and days.dimension_value = categories.category
    where
        days.previous_customer_id = days.customer_id
        and days.previous_dimension = days.dimension
        and days.previous_dimension_value = days.dimension_value
),

gap_lengths as (
    select
        dimension,
        dimension_value,
        gap_days,
        count(*) as gaps_count,
        sum(case when is_longer then 1 else 0 end) as longer_count
    from gaps
    group by dimension, dimension_value, gap_days
),

cumulated as (
    select
        *,
        sum(gaps_count) over (
            partition by dimension, dimension_value
            order by gap_days nulls last
        ) as up_to_count,
        sum(gaps_count) over (
            partition by dimension, dimension_value
        ) as all_count
    from gap_lengths
),

gap_sums as (
    select
        dimension,
        dimension_value,
        sum(gaps_count) as gaps_count,
        sum(longer_count) as longer_count,
        min(case when 10 * up_to_count >= 9 * all_count then gap_days end)
            as percentile_90
    from cumulated
    group by dimension, dimension_value
),

gap_customers as (
    select
        dimension,
        dimension_value,
        count(distinct customer_id) as gap_customers_count
    from gaps
    group by dimension, dimension_value
),

states as (
    select
        'total' as dimension,
        'all' as dimension_value,
        customer_id,
        is_active
    from judged
    union all
    select
        'category' as dimension,
        customer_category.category as dimension_value,
        customer_category.customer_id,
        customer_category.is_active
    from customer_category
    inner join judged
        on customer_category.customer_id = judged.customer_id
),

state_sums as (
    select
        dimension,
        dimension_value,
        count(*) as customers_count,
        sum(case when is_active then 0 else 1 end) as left_count
    from states
    group by dimension, dimension_value
),

-- The total shows the days of the parameter, or those of the categories bought
-- if all have the same.
judged_days as (
    select
        min(inactivity_days) as shortest,
        max(inactivity_days) as longest
    from judged
),

-- The total has a row even without customers.
groups as (
    select
        'total' as dimension,
        'all' as dimension_value,
        case
            when shortest is null then $inactivity_days
            when shortest = longest then shortest
        end as inactivity_days
    from judged_days
    union all
    select
        'category' as dimension,
        category as dimension_value,
        inactivity_days
    from own_categories
),

joined as (
    select
        groups.*,
        cast($interval_z as double) as z,
        coalesce(states.customers_count, 0) as customers_count,
        coalesce(states.left_count, 0) as left_count,
        coalesce(states.customers_count, 0) between 1 and $min_cell - 1
            as is_suppressed,
        -- Gaps of fewer customers would disclose individual customers.
        coalesce(gap_customers.gap_customers_count, 0) >= $min_cell
            as are_gaps_shown,
        coalesce(gap_sums.gaps_count, 0) as gaps_count,
        cast(nullif(gap_sums.gaps_count, 0) as double) as n,
        cast(gap_sums.longer_count as double)
            / nullif(cast(gap_sums.gaps_count as double), 0)
            as longer_gaps_share,
        gap_sums.percentile_90
    from groups
    left join state_sums as states
        on groups.dimension = states.dimension
        and groups.dimension_value = states.dimension_value
    left join gap_sums
        on groups.dimension = gap_sums.dimension
        and groups.dimension_value = gap_sums.dimension_value
    left join gap_customers
        on groups.dimension = gap_customers.dimension
        and groups.dimension_value = gap_customers.dimension_value
),

bounded as (
    select
        *,
        wilson_low(longer_gaps_share * n, n, z) as longer_gaps_share_low
    from joined
),

compared as (
    select
        *,
        coalesce(
            not is_suppressed
            and customers_count >= $inactivity_min_cases
            and cast(left_count as double)
                >= cast($nearly_all_share as double) * customers_count - 1e-7,
            false
        ) as is_nearly_everybody_gone
    from bounded
),

final as (
    select
        dimension,
        dimension_value,
        cast(inactivity_days as bigint) as inactivity_days,
        case
            when are_gaps_shown and gaps_count >= $inactivity_min_cases
                then cast(percentile_90 as bigint)
        end as suggested_inactivity_days,
        case when are_gaps_shown or gaps_count = 0 then gaps_count end
            as gaps_count,
        case when are_gaps_shown then longer_gaps_share end
            as longer_gaps_share,
        is_suppressed,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when not is_suppressed
            then cast(left_count as double) / nullif(customers_count, 0) end
            as left_share,
        is_nearly_everybody_gone,
        coalesce(
            are_gaps_shown
            and gaps_count >= $inactivity_min_cases
            and longer_gaps_share_low > 1e-1,
            false
        )
        or is_nearly_everybody_gone as is_contradicted
    from compared
)

select * from final
