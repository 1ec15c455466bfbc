-- One row per dimension, value, category and period: the own brand's position in
-- the category (B13), in total and by customer type. The periods are the whole
-- window and each of its calendar months. Groups of fewer than $min_cell
-- customers are suppressed.
--
-- A customer is one with an occasion in the period (B6). Penetration = customers
-- of the brand / customers of the category. Frequency = own occasions per
-- customer of the brand. Share of category requirements = own quantity /
-- quantity of all brands, among customers of the brand (Ehrenberg 1988). Sole
-- buyers bought no other brand of the category in the period. Quantities are
-- over all lines of the period, returns included; a negative quantity of a brand
-- counts as 0.
--
-- A customer who buys once in a month can only be a sole buyer of that month.
-- The share of requirements and the sole buyers of a month are therefore NULL
-- where its frequency is below 2.
--
-- Returning customers of a month bought the brand in the category in an earlier
-- month. The rate is NULL for the window, and in the first $retention_months
-- months on file, whose earlier purchases are mostly not on file. If
-- $first_purchases_on_file, it is NULL in the first month on file only.
--
-- A month that is not wholly within the category's window has counts and no
-- rates. If rivals are not on file, all numbers of the whole category are NULL.
with

occasions as (
    select * from occasions
),

own_categories as (
    select * from own_categories
),

customer_months as (
    select * from customer_months
),

customer_profile as (
    select * from customer_profile
),

first_months as (
    select
        customer_id,
        category,
        min(month) as first_month
    from customer_months
    where own_occasions_count is distinct from 0
    group by customer_id, category
),

on_file as (
    select min(month) as first_month
    from customer_months
    where own_occasions_count is distinct from 0
),

periods as (
    select * from (values ('window'), ('month')) as periods (period)
),

-- A line of unknown brand (NULL) counts as a rival's.
by_brand as (
    select
        customer_id,
        category,
        periods.period,
        case when periods.period = 'month'
            then cast(date_trunc('month', ordered_at) as date) end as month,
        brand,
        coalesce(brand = $brand, false) as is_own,
        sum(case when is_occasion then 1 else 0 end) as occasions,
        sum(quantity) as quantity
    from occasions
    cross join periods
    group by
        customer_id,
        category,
        periods.period,
        case when periods.period = 'month'
            then cast(date_trunc('month', ordered_at) as date) end,
        brand
),

-- A customer who only returned goods does not count in the period.
customers as (
    select
        customer_id,
        category,
        period,
        month,
        sum(case when is_own then occasions else 0 end) as own_occasions,
        sum(occasions) as category_occasions,
        sum(case when is_own and quantity > 0 then quantity end)
            as own_quantity,
        sum(case when quantity > 0 then quantity end) as category_quantity
    from by_brand
    group by customer_id, category, period, month
    having sum(occasions) > 0
),

typed as (
    select
        customers.*,
        customers.own_occasions > 0 as is_own,
        coalesce(profiles.customer_type, 'unknown') as customer_type,
        first_months.first_month < customers.month as is_returning
    from customers
    left join first_months
        on customers.customer_id = first_months.customer_id
        and customers.category = first_months.category
    left join customer_profile as profiles
        on customers.customer_id = profiles.customer_id
),

by_type as (
    select
        customer_type,
        category,
        period,
        month,
        count(*) as category_customers,
        sum(case when is_own then 1 else 0 end) as own_customers,
        sum(own_occasions) as own_occasions,
        sum(case when is_own then own_quantity end) as own_quantity,
        sum(case when is_own then category_quantity end) as their_quantity,
        sum(case when own_occasions = category_occasions then 1 else 0 end)
            as sole_buyers,
        sum(case when is_own and is_returning then 1 else 0 end)
            as returning_customers
    from typed
    group by customer_type, category, period, month
),

-- The total has a row for every period, even without customers.
all_periods as (
    select category, 'window' as period, cast(null as date) as month
    from own_categories
    union all
    select
        category,
        'month' as period,
        unnest(
            generate_series(
                cast(date_trunc('month', window_from) as date),
                $as_of_date,
                interval '1 month'
            )
        ) as month
    from own_categories
),

with_nobody as (
    select * from by_type
    union all
    select
        null as customer_type,
        category,
        period,
        month,
        0 as category_customers,
        0 as own_customers,
        0 as own_occasions,
        null as own_quantity,
        null as their_quantity,
        0 as sole_buyers,
        0 as returning_customers
    from all_periods
),

dimensions as (
    select * from (
        values ('total'), ('customer_type')
    ) as dimensions (dimension)
),

sums as (
    select
        dimensions.dimension,
        case dimensions.dimension
            when 'customer_type' then counts.customer_type
            else 'all'
        end as dimension_value,
        counts.category,
        counts.period,
        counts.month,
        sum(counts.category_customers) as category_customers,
        sum(counts.own_customers) as own_customers,
        sum(counts.own_occasions) as own_occasions,
        sum(counts.own_quantity) as own_quantity,
        sum(counts.their_quantity) as their_quantity,
        sum(counts.sole_buyers) as sole_buyers,
        sum(counts.returning_customers) as returning_customers
    from with_nobody as counts
    cross join dimensions
    where dimensions.dimension = 'total' or counts.customer_type is not null
    group by
        dimensions.dimension,
        case dimensions.dimension
            when 'customer_type' then counts.customer_type
            else 'all'
        end,
        counts.category,
        counts.period,
        counts.month
),

judged as (
    select
        sums.*,
        date_part('year', sums.month) * 12 + date_part('month', sums.month)
        - date_part('year', on_file.first_month) * 12
        - date_part('month', on_file.first_month) as months_on_file,
        sums.period = 'window'
        or (
            sums.month >= categories.window_from
            and sums.month + interval '1 month' <= $as_of_date + 1
        ) as is_complete_month,
        categories.rivals_seen
    from sums
    inner join own_categories as categories
        on sums.category = categories.category
    cross join on_file
),

marked as (
    select
        *,
        own_customers between 1 and $min_cell - 1
        or (rivals_seen and category_customers between 1 and $min_cell - 1)
            as is_suppressed
    from judged
),

shown as (
    select
        *,
        not is_suppressed and rivals_seen as is_category_shown,
        not is_suppressed and is_complete_month as is_rate_shown,
        not is_suppressed and is_complete_month and rivals_seen
            as is_share_shown,
        period = 'window' or own_occasions >= 2 * own_customers
            as is_bought_often,
        coalesce(
            months_on_file >= case
                when $first_purchases_on_file then 1 else $retention_months
            end,
            false
        ) as is_past_known,
        cast(nullif(own_customers, 0) as double) as own_n
    from marked
),

final as (
    select
        dimension,
        dimension_value,
        category,
        period,
        month,
        is_complete_month,
        is_suppressed,
        case when is_category_shown then category_customers end
            as category_customers_count,
        case when not is_suppressed then own_customers end as customers_count,
        case when not is_suppressed then own_occasions end
            as own_occasions_count,
        case when is_share_shown
            then cast(own_customers as double) / nullif(category_customers, 0)
        end as penetration,
        case when is_rate_shown then own_occasions / own_n end as frequency,
        case when is_share_shown and is_bought_often
            then cast(own_quantity as double)
                / nullif(cast(their_quantity as double), 0) end
            as share_of_requirements,
        case when is_share_shown and is_bought_often
            then sole_buyers / own_n end
            as sole_buyers_share,
        case when is_rate_shown and is_past_known
            then returning_customers / own_n end as returning_customer_rate
    from shown
)

select * from final
