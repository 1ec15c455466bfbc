-- One row per dimension, value and calendar month from the first own purchase
-- on file to as_of_date: customers and amounts retained, won and lost, in total
-- and by customer type.
--
-- A customer belongs to a month with a purchase of the own brand and a positive
-- net amount in the $retention_months calendar months that end with it, if the
-- account was not closed by then; a purchase after the closing counts again.
-- kept customers belonged to the previous month too, won ones did not, and lost
-- ones no longer belong. Won customers are new if the month has their first own
-- purchase on file, or else returned. Amounts are those of the same
-- $retention_months months. For kept customers, kept_amount is the smaller of
-- the two amounts; the rest was reduced or has grown. Churn rate = lost /
-- before. Gross retention = kept amount / amount before; net retention adds
-- growth, as is usual for recurring revenue.
--
-- A month is unmeasured, with NULL flows and rates, if the previous month is
-- not fully on file, if it is not over at as_of_date, or if it is after the end
-- of the file. The file ends with the last purchase or closing, and also within
-- a month if from the last purchase to the end of the month more days passed
-- than ever between two days with purchases. All months are unmeasured if all
-- closings have the same date, because such an export does not show the month
-- of each closing, and while the data contradict the days of silence
-- (inactivity_fit; silence_fits is then false).
--
-- A row is suppressed if one of the groups before, kept, won, lost or now has
-- fewer than $min_cell customers. new and returned are suppressed if either has
-- fewer.
with

inactivity_fit as (
    select * from inactivity_fit
),

customer_months as (
    select * from customer_months
),

customer_profile as (
    select * from customer_profile
),

own_days as (
    select cast(ordered_at as date) as bought_on
    from purchase_lines
    where brand = $brand and amount > 0
    group by 1
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

-- A purchase counts in $retention_months months. In the month after each of
-- them it counts in the amount before.
spread as (
    select
        customer_id,
        month_number as bought_number,
        purchases,
        amount,
        min(case when purchases > 0 then month_number end) over (
            partition by customer_id
        ) as first_number,
        unnest(generate_series(0, $retention_months)) as months_later
    from activity
),

closings as (
    select
        customer_id,
        cast(
            date_part('year', closed_at) * 12
            + date_part('month', closed_at) - 1
            as bigint
        ) as closed_number
    from customer_profile
    where closed_at < $as_of_date + 1
),

-- Purchases up to the month of closing count only until that month.
counted as (
    select
        spread.*,
        spread.bought_number + spread.months_later as month_number,
        case
            when closings.closed_number >= spread.bought_number
                then closings.closed_number
        end as closed_number
    from spread
    left join closings
        on spread.customer_id = closings.customer_id
),

placed as (
    select
        *,
        months_later >= 1 as is_before,
        months_later < $retention_months
        and coalesce(month_number < closed_number, true) as is_now
    from counted
),

sums_of_customers as (
    select
        customer_id,
        first_number,
        month_number,
        sum(case when is_before then purchases end) as purchases_before,
        sum(case when is_before then amount end) as amount_before,
        sum(case when is_now then purchases end) as purchases_now,
        sum(case when is_now then amount end) as amount_now
    from placed
    where
        month_number < cast(
            date_part('year', $as_of_date) * 12
            + date_part('month', $as_of_date)
            as bigint
        )
        and coalesce(month_number <= closed_number, true)
    group by customer_id, first_number, month_number
),

-- NULL if there is no purchase or no positive amount.
trailing as (
    select
        customer_id,
        first_number,
        month_number,
        case when purchases_before > 0 and amount_before > 0
            then amount_before end as amount_before,
        case when purchases_now > 0 and amount_now > 0
            then amount_now end as amount_now
    from sums_of_customers
),

moves as (
    select
        coalesce(profiles.customer_type, 'unknown') as customer_type,
        trailing.month_number,
        case
            when trailing.amount_now is null then 'lost'
            when trailing.amount_before is not null then 'kept'
            when trailing.month_number = trailing.first_number then 'new'
            else 'returned'
        end as move,
        trailing.amount_before,
        trailing.amount_now
    from trailing
    left join customer_profile as profiles
        on trailing.customer_id = profiles.customer_id
    -- A customer who joined and closed within a month is in neither group.
    where
        trailing.amount_before is not null
        or trailing.amount_now is not null
),

by_move as (
    select
        customer_type,
        month_number,
        move,
        count(*) as customers_count,
        sum(amount_before) as amount_before,
        sum(amount_now) as amount_now,
        sum(case when move = 'kept' then least(amount_before, amount_now) end)
            as kept_amount
    from moves
    group by customer_type, month_number, move
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
            when 'customer_type' then customer_type
            else 'all'
        end as dimension_value,
        month_number,
        sum(case when move in ('kept', 'lost') then customers_count else 0 end)
            as customers_before_count,
        sum(case when move = 'kept' then customers_count else 0 end)
            as kept_count,
        sum(case when move = 'lost' then customers_count else 0 end)
            as lost_count,
        sum(case when move = 'new' then customers_count else 0 end)
            as new_count,
        sum(case when move = 'returned' then customers_count else 0 end)
            as returned_count,
        sum(coalesce(amount_before, 0)) as amount_before,
        sum(coalesce(kept_amount, 0)) as kept_amount,
        sum(case when move = 'lost' then amount_before else 0 end)
            as lost_amount,
        sum(case when move = 'kept' then amount_before - kept_amount else 0 end)
            as reduced_amount,
        sum(case when move = 'kept' then amount_now - kept_amount else 0 end)
            as grown_amount,
        sum(case when move in ('new', 'returned') then amount_now else 0 end)
            as won_amount,
        sum(coalesce(amount_now, 0)) as amount
    from by_move
    cross join dimensions
    group by
        dimensions.dimension,
        case dimensions.dimension
            when 'customer_type' then customer_type
            else 'all'
        end,
        month_number
),

followed as (
    select
        *,
        min(month_number) over () as first_number,
        lead(
            month_number,
            1,
            cast(
                date_part('year', $as_of_date) * 12
                + date_part('month', $as_of_date)
                as bigint
            )
        ) over (
            partition by dimension, dimension_value
            order by month_number nulls last
        ) as next_number
    from sums
),

-- Months without any customers get a row with 0.
gaps as (
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
        filled_number - first_number as months_on_file,
        make_date(filled_number / 12, filled_number % 12 + 1, 1) as month,
        case when filled_number = month_number
            then customers_before_count else 0 end as customers_before_count,
        case when filled_number = month_number then kept_count else 0 end
            as kept_count,
        case when filled_number = month_number then lost_count else 0 end
            as lost_count,
        case when filled_number = month_number then new_count else 0 end
            as new_count,
        case when filled_number = month_number then returned_count else 0 end
            as returned_count,
        case when filled_number = month_number
            then new_count + returned_count else 0 end as won_count,
        case when filled_number = month_number
            then kept_count + new_count + returned_count else 0 end
            as customers_count,
        case when filled_number = month_number then amount_before else 0 end
            as amount_before,
        case when filled_number = month_number then kept_amount else 0 end
            as kept_amount,
        case when filled_number = month_number then lost_amount else 0 end
            as lost_amount,
        case when filled_number = month_number then reduced_amount else 0 end
            as reduced_amount,
        case when filled_number = month_number then grown_amount else 0 end
            as grown_amount,
        case when filled_number = month_number then won_amount else 0 end
            as won_amount,
        case when filled_number = month_number then amount else 0 end
            as amount
    from gaps
),

-- The file ends with the last purchase or closing. Later months lose nobody.
last_month as (
    select max(month) as month
    from (
        select month from customer_months
        union all
        select cast(date_trunc('month', closed_at) as date) as month
        from customer_profile
        where closed_at < $as_of_date + 1
    ) as told
),

-- The pauses between days with own purchases, and the last such day.
pauses as (
    select
        bought_on,
        bought_on - lag(bought_on) over (order by bought_on nulls last)
            as pause_days
    from own_days
),

last_day as (
    select
        max(bought_on) as bought_on,
        max(pause_days) as longest_pause_days
    from pauses
),

-- Without purchases inactivity_fit has no contradiction.
fit as (
    select coalesce(bool_or(is_contradicted), false) as is_contradicted
    from inactivity_fit
),

-- One date for all closings, with at least $min_followed_customers of them, is
-- the date of an export.
dated as (
    select
        not (
            count(*) >= $min_followed_customers
            and count(distinct cast(closed_at as date)) = 1
        ) as are_closings_dated
    from customer_profile
    where closed_at < $as_of_date + 1
),

judged as (
    select
        filled.*,
        filled.month + interval '1 month' <= $as_of_date + 1
            as is_complete_month,
        filled.months_on_file >= $retention_months
        and filled.month + interval '1 month' <= $as_of_date + 1
        and filled.month <= last_month.month
        and coalesce(
            cast(filled.month + interval '1 month' as date) - 1
                - last_day.bought_on <= last_day.longest_pause_days,
            true
        )
        and not fit.is_contradicted
        and dated.are_closings_dated as is_measured,
        not fit.is_contradicted as silence_fits
    from filled
    cross join last_month
    cross join last_day
    cross join fit
    cross join dated
),

marked as (
    select
        *,
        customers_count between 1 and $min_cell - 1
        or (
            is_measured
            and (
                customers_before_count between 1 and $min_cell - 1
                or kept_count between 1 and $min_cell - 1
                or lost_count between 1 and $min_cell - 1
                or won_count between 1 and $min_cell - 1
            )
        ) as is_suppressed,
        new_count between 1 and $min_cell - 1
        or returned_count between 1 and $min_cell - 1 as is_won_mixed
    from judged
),

shown as (
    select
        *,
        is_measured and not is_suppressed as is_shown,
        is_measured and not is_suppressed and not is_won_mixed as is_won_shown
    from marked
),

final as (
    select
        dimension,
        dimension_value,
        month,
        is_complete_month,
        is_measured,
        is_suppressed,
        case when is_shown then customers_before_count end
            as customers_before_count,
        case when is_shown then kept_count end as kept_count,
        case when is_shown then lost_count end as lost_count,
        case when is_shown then won_count end as won_count,
        case when is_won_shown then new_count end as new_count,
        case when is_won_shown then returned_count end as returned_count,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when is_shown
            then cast(lost_count as double)
                / nullif(cast(customers_before_count as double), 0) end
            as churn_rate,
        case when is_shown
            then cast(kept_count as double)
                / nullif(cast(customers_before_count as double), 0) end
            as retention_rate,
        case when is_shown then cast(amount_before as decimal(28, 2)) end
            as amount_before,
        case when is_shown then cast(kept_amount as decimal(28, 2)) end
            as kept_amount,
        case when is_shown then cast(reduced_amount as decimal(28, 2)) end
            as reduced_amount,
        case when is_shown then cast(lost_amount as decimal(28, 2)) end
            as lost_amount,
        case when is_shown then cast(grown_amount as decimal(28, 2)) end
            as grown_amount,
        case when is_shown then cast(won_amount as decimal(28, 2)) end
            as won_amount,
        case when not is_suppressed then cast(amount as decimal(28, 2)) end
            as amount,
        case when is_shown
            then cast(kept_amount as double)
                / nullif(cast(amount_before as double), 0) end
            as gross_retention_rate,
        case when is_shown
            then cast(kept_amount + grown_amount as double)
                / nullif(cast(amount_before as double), 0) end
            as net_retention_rate,
        silence_fits
    from shown
)

select * from final
