-- One row per dimension, value, cohort (the month of the first own purchase)
-- and month since: the customers of the cohort who bought, and their amount; in
-- total and by customer type. Cells of fewer than $min_cell customers are
-- suppressed, and so are cohorts of fewer.
--
-- The cohort is the first month with a purchase in customer_months, so all
-- customers of a cohort buy in month 0. A customer counts in a month with at
-- least one own occasion. Amounts are over all lines, returns included, and may
-- be negative. Returns before the first purchase on file count in month 0.
-- Months without a purchase have a row with 0. A month that is not over at
-- as_of_date has its counts so far, and NULL rates.
--
-- In the first $retention_months months on file, the first purchase on file is
-- mostly not the customer's first. Such cohorts are not of new customers: they
-- have counts and amounts, and NULL rates, unless $first_purchases_on_file.
with

customer_months as (
    select * from customer_months
),

customer_profile as (
    select * from customer_profile
),

-- month_number counts months from year 0.
activity as (
    select
        customer_id,
        cast(
            date_part('year', month) * 12 + date_part('month', month) - 1
            as bigint
        ) as month_number,
        sum(
            case when own_occasions_count = 0 then 0 else 1 end
        ) as purchases,
        sum(own_amount) as amount
    from customer_months
    group by customer_id, month
),

firsts as (
    select
        *,
        min(case when purchases > 0 then month_number end) over (
            partition by customer_id
        ) as cohort_number
    from activity
),

members as (
    select
        customer_id,
        cohort_number,
        greatest(month_number, cohort_number) as month_number,
        sum(purchases) > 0 as is_buying,
        sum(amount) as amount
    from firsts
    where cohort_number is not null
    group by
        customer_id, cohort_number, greatest(month_number, cohort_number)
),

by_type as (
    select
        coalesce(profiles.customer_type, 'unknown') as customer_type,
        members.cohort_number,
        members.month_number,
        sum(case when members.is_buying then 1 else 0 end) as customers_count,
        count(*) as paying_count,
        sum(members.amount) as amount
    from members
    left join customer_profile as profiles
        on members.customer_id = profiles.customer_id
    group by
        coalesce(profiles.customer_type, 'unknown'),
        members.cohort_number,
        members.month_number
),

dimensions as (
    select * from (
        values ('total'), ('customer_type')
    ) as dimensions (dimension)
),

active as (
    select
        dimensions.dimension,
        case dimensions.dimension
            when 'customer_type' then by_type.customer_type
            else 'all'
        end as dimension_value,
        by_type.cohort_number,
        by_type.month_number,
        sum(by_type.customers_count) as customers_count,
        sum(by_type.paying_count) as paying_count,
        sum(by_type.amount) as amount
    from by_type
    cross join dimensions
    group by
        dimensions.dimension,
        case dimensions.dimension
            when 'customer_type' then by_type.customer_type
            else 'all'
        end,
        by_type.cohort_number,
        by_type.month_number
),

-- The size of the cohort in month 0, and the next month on file (or the month
-- after as_of_date).
followed as (
    select
        *,
        min(cohort_number) over () as first_number,
        first_value(customers_count) over (
            partition by dimension, dimension_value, cohort_number
            order by month_number nulls last
        ) as cohort_customers_count,
        first_value(amount) over (
            partition by dimension, dimension_value, cohort_number
            order by month_number nulls last
        ) as cohort_amount,
        lead(
            month_number,
            1,
            cast(
                date_part('year', $as_of_date) * 12
                + date_part('month', $as_of_date)
                as bigint
            )
        ) over (
            partition by dimension, dimension_value, cohort_number
            order by month_number nulls last
        ) as next_number
    from active
),

-- Months without a purchase get a row with 0.
spread as (
    select
        *,
        unnest(generate_series(month_number, next_number - 1))
            as filled_number
    from followed
),

filled as (
    select
        dimension,
        dimension_value,
        make_date(cohort_number / 12, cohort_number % 12 + 1, 1)
            as cohort_month,
        $first_purchases_on_file
        or cohort_number - first_number >= $retention_months
            as is_new_cohort,
        filled_number - cohort_number as months_since,
        make_date(filled_number / 12, filled_number % 12 + 1, 1) as month,
        cohort_customers_count,
        cohort_amount,
        case when filled_number = month_number then customers_count else 0 end
            as customers_count,
        case when filled_number = month_number then paying_count else 0 end
            as paying_count,
        case when filled_number = month_number then amount else 0 end
            as amount
    from spread
),

marked as (
    select
        *,
        month + interval '1 month' <= $as_of_date + 1 as is_complete_month,
        cohort_customers_count < $min_cell
        or customers_count between 1 and $min_cell - 1
        -- The amount may belong to few customers who only returned goods.
        or paying_count between 1 and $min_cell - 1 as is_suppressed
    from filled
),

shown as (
    select
        *,
        is_new_cohort and is_complete_month and not is_suppressed
            as is_rate_shown
    from marked
),

final as (
    select
        dimension,
        dimension_value,
        cohort_month,
        months_since,
        month,
        is_new_cohort,
        is_complete_month,
        is_suppressed,
        case when cohort_customers_count >= $min_cell
            then cohort_customers_count end as cohort_customers_count,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when is_rate_shown
            then cast(customers_count as double) / cohort_customers_count end
            as retention_rate,
        case when not is_suppressed then cast(amount as decimal(28, 2)) end
            as amount,
        case when is_rate_shown
            then cast(amount as double)
                / nullif(cast(cohort_amount as double), 0) end
            as amount_rate,
        case when is_rate_shown
            then cast(amount as double) / cohort_customers_count end
            as amount_per_cohort_customer
    from shown
)

select * from final
