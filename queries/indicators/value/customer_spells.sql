-- One row per basis and customer with a start on file: the whole months that
-- the relationship has lasted, and whether it ended. It is meant for businesses
-- with contracts.
--
-- A month ends on the day before the monthly anniversary of the start. A
-- customer who has not closed by as_of_date is censored. Basis from_start
-- counts every customer from the start, as if everybody who ever joined were on
-- file. If early departures are missing from the file, $survival_observed_days
-- is the number of days, ending with as_of_date, that the closings on file
-- cover. With basis observed, customers are at risk only from the beginning of
-- these days (left truncation, Klein and Moeschberger 2003, section 3.4).
with

customer_profile as (
    select * from customer_profile
),

dated as (
    select
        customer_id,
        cast(joined_at as date) as joined_on,
        closed_at is not null and cast(closed_at as date) <= $as_of_date
            as is_left,
        case
            when cast(closed_at as date) <= $as_of_date
                then cast(closed_at as date)
            else $as_of_date
        end + 1 as ended_on,
        $as_of_date + 1 - $survival_observed_days as observed_from
    from customer_profile
    where cast(joined_at as date) <= $as_of_date
),

months as (
    select
        customer_id,
        is_left,
        joined_on,
        observed_from,
        12 * (date_part('year', ended_on) - date_part('year', joined_on))
        + date_part('month', ended_on) - date_part('month', joined_on)
        - case when date_part('day', ended_on) < date_part('day', joined_on)
            then 1 else 0 end as months_count,
        greatest(
            12 * (
                date_part('year', observed_from) - date_part('year', joined_on)
            )
            + date_part('month', observed_from) - date_part('month', joined_on)
            - case
                when date_part('day', observed_from)
                    < date_part('day', joined_on) then 1 else 0 end,
            0
        ) as entry_months
    from dated
),

final as (
    select
        'from_start' as basis,
        customer_id,
        cast(0 as bigint) as entry_months_count,
        cast(months_count as bigint) as months_count,
        is_left
    from months
    where months_count >= 0
    union all
    select
        'observed' as basis,
        customer_id,
        cast(entry_months as bigint) as entry_months_count,
        cast(months_count as bigint) as months_count,
        is_left
    from months
    where
        $survival_observed_days > 0
        and (months_count > entry_months or (entry_months = 0 and months_count >= 0))
)

select * from final
