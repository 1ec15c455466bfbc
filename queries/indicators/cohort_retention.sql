-- One row per dimension, value, month of the first own purchase (the cohort)
-- and months since: how many of the cohort bought again, and for how much; in
-- total and by customer type.
--
-- The cohort of a customer is the first month of customer_months, so every
-- cohort is complete in month 0. A customer counts in a month with at least
-- one own occasion of that calendar month. Months without a purchase of the
-- cohort are rows with 0. While a month is not over at as_of_date, its counts
-- are those so far and its rates are NULL; the month in which the cohort began
-- may itself have begun before the data did. Cells of fewer than $min_cell
-- customers are suppressed, and so is a whole cohort as small as that.
with

customer_months as (
    select * from customer_months
),

customer_profile as (
    select * from customer_profile
),

-- months are counted from year 0 on
activity as (
    select
        customer_id,
        cast(
            date_part('year', month) * 12 + date_part('month', month) - 1
            as bigint
        ) as month_number,
        sum(own_amount) as amount
    from customer_months
    group by customer_id, month
),

cohorts as (
    select
        activity.customer_id,
        min(activity.month_number) as cohort_number
    from activity
    group by activity.customer_id
),

members as (
    select
        cohorts.customer_id,
        cohorts.cohort_number,
        coalesce(profiles.customer_type, 'unknown') as customer_type
    from cohorts
    left join customer_profile as profiles
        on cohorts.customer_id = profiles.customer_id
),

active as (
    select
        members.customer_type,
        members.cohort_number,
        activity.month_number - members.cohort_number as months_since,
        count(*) as customers_count,
        sum(activity.amount) as amount
    from activity
    inner join members
        on activity.customer_id = members.customer_id
    group by
        members.customer_type,
        members.cohort_number,
        activity.month_number - members.cohort_number
),

valued as (
    select
        'total' as dimension, 'all' as dimension_value,
        cohort_number, months_since,
        sum(customers_count) as customers_count, sum(amount) as amount
    from active
    group by cohort_number, months_since
    union all
    select
        'customer_type' as dimension, customer_type as dimension_value,
        cohort_number, months_since, customers_count, amount
    from active
),

sizes as (
    select
        dimension,
        dimension_value,
        cohort_number,
        customers_count as cohort_customers_count,
        amount as cohort_amount
    from valued
    where months_since = 0
),

-- every month from the cohort's to that of as_of_date
grid as (
    select
        *,
        unnest(
            generate_series(
                0,
                cast(
                    date_part('year', $as_of_date) * 12
                    + date_part('month', $as_of_date) - 1
                    as bigint
                ) - cohort_number
            )
        ) as months_since
    from sizes
),

filled as (
    select
        grid.*,
        make_date(
            grid.cohort_number / 12, grid.cohort_number % 12 + 1, 1
        ) as cohort_month,
        make_date(
            (grid.cohort_number + grid.months_since) / 12,
            (grid.cohort_number + grid.months_since) % 12 + 1,
            1
        ) as month,
        coalesce(valued.customers_count, 0) as customers_count,
        coalesce(valued.amount, 0) as amount
    from grid
    left join valued
        on grid.dimension = valued.dimension
        and grid.dimension_value = valued.dimension_value
        and grid.cohort_number = valued.cohort_number
        and grid.months_since = valued.months_since
),

marked as (
    select
        *,
        month + interval '1 month' <= $as_of_date + 1 as is_complete_month,
        cohort_customers_count < $min_cell
        or customers_count between 1 and $min_cell - 1 as is_suppressed
    from filled
),

final as (
    select
        dimension,
        dimension_value,
        cohort_month,
        months_since,
        month,
        is_complete_month,
        is_suppressed,
        case when cohort_customers_count >= $min_cell
            then cohort_customers_count end as cohort_customers_count,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when not is_suppressed and is_complete_month
            then cast(customers_count as double) / cohort_customers_count end
            as retention_rate,
        case when not is_suppressed then cast(amount as decimal(28, 2)) end
            as amount,
        case when not is_suppressed and is_complete_month
            then cast(amount as double)
                / nullif(cast(cohort_amount as double), 0) end
            as amount_rate,
        case when not is_suppressed and is_complete_month
            then cast(amount as double) / cohort_customers_count end
            as amount_per_cohort_customer
    from marked
)

select * from final
