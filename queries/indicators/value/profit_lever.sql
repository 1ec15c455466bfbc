-- One row per dimension, value and scenario: the own margin if the retention
-- rate were $retention_change points lower or higher, and as it is; in total
-- and by customer type. Groups of fewer than $min_cell customers are
-- suppressed.
--
-- There are two periods of $lever_months complete calendar months; the later
-- one ends with the last month that is over at as_of_date. The retention rate r
-- is the share of customers of the earlier period who also bought in the later
-- one, former customers included. Without both periods on file, or without
-- customers in the earlier one, r is unknown and there are no rows. N
-- is the number of customers of the later period who are not former now
-- (former_candidates). m is their margin in that period per customer: amount
-- per customer x margin rate. The margin rate is taken from customers whose
-- costs in the window are known.
--
-- Next period: N x m x r, the margin of today's N customers if those who stay
-- buy as before. Lifetime: N x m x (1 + d) / (1 + d - r), the margin of this
-- and all later periods, discounted by d per period (Gupta and Lehmann 2003), d
-- = (1 + $discount_rate) ^ ($lever_months / 12) - 1. Rates stay within 0 and 1.
-- If r is below $retention_change, the only row is that of r as it is. Relative changes
-- need no costs. Fixed costs and the cost of retention are not deducted. The
-- figures of Reichheld and Sasser (1990) and of the requirement are shown for
-- comparison (textbook_values).
with

customer_months as (
    select * from customer_months
),

customer_behaviour as (
    select * from customer_behaviour
),

customer_profile as (
    select * from customer_profile
),

former_customers as (
    select customer_id from former_candidates where is_former
),

textbook_values as (
    select * from textbook_values
),

-- Textbook figures are shown only if their change of retention is the one in
-- use.
textbook as (
    select
        max(case when value_key = 'retention_change' then value end)
            as retention_change,
        max(case when value_key = 'retention_profit_gain_low' then value end)
            as gain_low,
        max(case when value_key = 'retention_profit_gain_high' then value end)
            as gain_high,
        max(case when value_key = 'loyalty_rise_profit_gain' then value end)
            as rise_gain,
        max(case when value_key = 'loyalty_fall_profit_loss' then value end)
            as fall_loss
    from textbook_values
),

-- The last complete month, counted from year 0.
last_month as (
    select
        cast(
            date_part('year', $as_of_date + 1) * 12
            + date_part('month', $as_of_date + 1) - 2
            as bigint
        ) as last_number
),

activity as (
    select
        customer_id,
        cast(
            date_part('year', month) * 12 + date_part('month', month) - 1
            as bigint
        ) as month_number,
        case when own_occasions_count = 0 then 0 else 1 end as purchases,
        own_amount as amount
    from customer_months
),

on_file as (
    select min(month_number) as first_number
    from activity
    where purchases > 0
),

periods as (
    select
        activity.customer_id,
        activity.purchases,
        activity.amount,
        activity.month_number > last.last_number - $lever_months
        and activity.month_number <= last.last_number as is_later,
        activity.month_number > last.last_number - 2 * $lever_months
        and activity.month_number <= last.last_number - $lever_months
            as is_earlier
    from activity
    cross join last_month as last
),

-- A customer of a period has a purchase and a positive amount in it.
customers as (
    select
        customer_id,
        case
            when sum(case when is_later then purchases end) > 0
                and sum(case when is_later then amount end) > 0
                then sum(case when is_later then amount end)
        end as later_amount,
        case
            when sum(case when is_earlier then purchases end) > 0
                and sum(case when is_earlier then amount end) > 0
                then sum(case when is_earlier then amount end)
        end as earlier_amount
    from periods
    group by customer_id
),

typed as (
    select
        coalesce(profiles.customer_type, 'unknown') as customer_type,
        customers.later_amount,
        customers.earlier_amount,
        case when former.customer_id is null then customers.later_amount end
            as current_amount,
        case when behaviour.own_margin is not null
            then behaviour.own_amount end as costed_amount,
        behaviour.own_margin as margin
    from customers
    left join customer_profile as profiles
        on customers.customer_id = profiles.customer_id
    left join customer_behaviour as behaviour
        on customers.customer_id = behaviour.customer_id
    left join former_customers as former
        on customers.customer_id = former.customer_id
    where
        customers.later_amount is not null
        or customers.earlier_amount is not null
),

by_type as (
    select
        customer_type,
        count(current_amount) as customers_count,
        count(earlier_amount) as customers_before_count,
        sum(
            case when earlier_amount is not null and later_amount is not null
                then 1 else 0 end
        ) as kept_count,
        coalesce(sum(current_amount), 0) as amount,
        count(margin) as margins_count,
        sum(costed_amount) as costed_amount,
        sum(margin) as margin
    from typed
    group by customer_type
),

-- This row keeps the total if nobody bought.
with_nobody as (
    select * from by_type
    union all
    select
        null as customer_type, 0 as customers_count,
        0 as customers_before_count, 0 as kept_count, 0 as amount,
        0 as margins_count, null as costed_amount, null as margin
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
        sum(counts.customers_count) as customers_count,
        sum(counts.customers_before_count) as customers_before_count,
        sum(counts.kept_count) as kept_count,
        sum(counts.amount) as amount,
        sum(counts.margins_count) as margins_count,
        sum(counts.costed_amount) as costed_amount,
        sum(counts.margin) as margin
    from with_nobody as counts
    cross join dimensions
    where dimensions.dimension = 'total' or counts.customer_type is not null
    group by
        dimensions.dimension,
        case dimensions.dimension
            when 'customer_type' then counts.customer_type
            else 'all'
        end
),

rates as (
    select
        sums.*,
        coalesce(
            on_file.first_number <= last.last_number - 2 * $lever_months + 1,
            false
        ) as is_on_file,
        customers_count between 1 and $min_cell - 1
        or customers_before_count between 1 and $min_cell - 1
            as is_suppressed,
        cast(sums.kept_count as double)
        / nullif(cast(sums.customers_before_count as double), 0)
            as observed_rate,
        cast(sums.amount as double)
        / nullif(cast(sums.customers_count as double), 0)
            as amount_per_customer,
        case when sums.margins_count >= $min_cell
            then cast(sums.margin as double)
                / nullif(cast(sums.costed_amount as double), 0) end
            as margin_rate,
        power(
            1 + cast($discount_rate as double), $lever_months / 12e0
        ) as growth
    from sums
    cross join on_file
    cross join last_month as last
),

known as (
    select
        *,
        case when is_on_file and not is_suppressed then observed_rate end
            as base_rate,
        case when not is_suppressed then customers_count end as n,
        case when not is_suppressed then amount_per_customer * margin_rate end
            as margin_per_customer
    from rates
),

scenarios as (
    select
        known.*,
        signs.scenario,
        cast(signs.sign * $retention_change as decimal(7, 6))
            as retention_change,
        case
            when signs.sign = 0 then known.base_rate
            when known.base_rate >= cast($retention_change as double)
                then least(
                    known.base_rate
                    + signs.sign * cast($retention_change as double),
                    1e0
                )
        end as retention_rate
    from known
    cross join (
        values ('lower', -1), ('as_it_is', 0), ('higher', 1)
    ) as signs (scenario, sign)
),

multiples as (
    select
        *,
        growth / nullif(growth - retention_rate, 0) as lifetime_multiple,
        growth / nullif(growth - base_rate, 0) as base_multiple,
        1 / nullif(1 - retention_rate, 0) as lifetime_periods
    from scenarios
),

with_textbook as (
    select
        multiples.*,
        textbook.gain_low,
        textbook.gain_high,
        case multiples.scenario
            when 'higher' then textbook.rise_gain
            when 'lower' then -textbook.fall_loss
        end as profit_change,
        abs(
            textbook.retention_change - cast($retention_change as double)
        ) < 1e-7 as is_same_change
    from multiples
    cross join textbook
),

-- The textbook figures refer to periods of a year.
comparable as (
    select
        *,
        is_same_change and $lever_months = 12 and retention_rate is not null
            as is_textbook_comparable
    from with_textbook
    where is_on_file and (is_suppressed or retention_rate is not null)
),

final as (
    select
        dimension,
        dimension_value,
        retention_change,
        scenario,
        is_suppressed,
        case when is_on_file and not is_suppressed
            then customers_before_count end as customers_before_count,
        case when is_on_file and not is_suppressed then kept_count end
            as kept_count,
        n as customers_count,
        retention_rate,
        case when not is_suppressed then amount_per_customer end
            as amount_per_customer,
        case when not is_suppressed then margin_rate end as margin_rate,
        margin_per_customer,
        n * margin_per_customer * retention_rate as next_margin,
        n * margin_per_customer * (retention_rate - base_rate)
            as next_margin_change,
        (retention_rate - base_rate) / nullif(base_rate, 0)
            as next_margin_change_share,
        lifetime_periods,
        lifetime_multiple,
        margin_per_customer * lifetime_multiple as customer_lifetime_margin,
        n * margin_per_customer * lifetime_multiple as lifetime_margin,
        n * margin_per_customer * (lifetime_multiple - base_multiple)
            as lifetime_margin_change,
        lifetime_multiple / base_multiple - 1
            as lifetime_margin_change_share,
        case when is_textbook_comparable and scenario = 'higher' then gain_low end
            as textbook_profit_gain_low,
        case when is_textbook_comparable and scenario = 'higher' then gain_high end
            as textbook_profit_gain_high,
        case when is_textbook_comparable then profit_change end
            as textbook_profit_change,
        cast($lever_months as bigint) as period_months
    from comparable
)

select * from final
