-- One row per dimension, value and band of satisfaction, always all five: the
-- observed share of customers who left in the $defection_days days after their
-- answer (satisfaction_outcomes), in total and by customer type, with the
-- Wilson (1927) interval without continuity correction. Bands of fewer than
-- $min_cell customers are suppressed.
--
-- very_satisfied_left_share is set in the lowest band only. It is NULL unless
-- the lowest and highest bands differ significantly (two proportions, pooled
-- variance, $interval_z) and fewer than $nearly_all_share of the customers
-- left. If the dates of the answers are assumed ($answer_dates_assumed), it is
-- unknown whether the answer came before the departure, and order_of_events
-- says so.
--
-- not_returning_share is the share below $return_intent_cut among customers who
-- also answered whether they would buy again. Textbook figures are shown for
-- comparison and enter no computation. Customers for whom it is unknown whether
-- they left are in no n; left_unknown_because_code gives the reason.
with

satisfaction_outcomes as (
    select * from satisfaction_outcomes
),

customer_profile as (
    select * from customer_profile
),

textbook_values as (
    select * from textbook_values
),

bands as (
    select * from (
        values
            (1, 'very dissatisfied'),
            (2, 'dissatisfied'),
            (3, 'neither nor'),
            (4, 'satisfied'),
            (5, 'very satisfied')
    ) as bands (band, satisfaction)
),

outcomes as (
    select
        outcomes.band,
        outcomes.has_left,
        outcomes.repurchase_index,
        coalesce(profile.customer_type, 'unknown') as customer_type
    from satisfaction_outcomes as outcomes
    left join customer_profile as profile
        on outcomes.customer_id = profile.customer_id
),

by_type as (
    select
        customer_type,
        band,
        count(has_left) as n,
        count(*) - count(has_left) as unknown_count,
        sum(case when has_left then 1 else 0 end) as left_count,
        count(repurchase_index) as asked_count,
        sum(case when repurchase_index < $return_intent_cut then 1 else 0 end)
            as not_returning_count
    from outcomes
    group by customer_type, band
),

valued as (
    select
        'total' as dimension, 'all' as dimension_value,
        band, n, unknown_count, left_count, asked_count,
        not_returning_count
    from by_type
    union all
    select
        'customer_type' as dimension, customer_type as dimension_value,
        band, n, unknown_count, left_count, asked_count,
        not_returning_count
    from by_type
    union all
    -- This row keeps the total if nobody answered.
    select
        'total' as dimension, 'all' as dimension_value,
        1 as band, 0 as n, 0 as unknown_count, 0 as left_count, 0 as asked_count,
        0 as not_returning_count
),

dimension_values as (
    select dimension, dimension_value
    from valued
    group by dimension, dimension_value
),

counts as (
    select
        dimension_values.dimension,
        dimension_values.dimension_value,
        bands.band,
        bands.satisfaction,
        coalesce(sum(valued.n), 0) as n,
        sum(coalesce(sum(valued.unknown_count), 0)) over (
            partition by
                dimension_values.dimension, dimension_values.dimension_value
        ) > 0 as is_leaving_unknown,
        coalesce(sum(valued.left_count), 0) as left_count,
        coalesce(sum(valued.asked_count), 0) as asked_count,
        coalesce(sum(valued.not_returning_count), 0) as not_returning_count
    from dimension_values
    cross join bands
    left join valued
        on dimension_values.dimension = valued.dimension
        and dimension_values.dimension_value = valued.dimension_value
        and bands.band = valued.band
    group by
        dimension_values.dimension, dimension_values.dimension_value,
        bands.band, bands.satisfaction
),

shares as (
    select
        *,
        n between 1 and $min_cell - 1 as is_suppressed,
        asked_count between 1 and $min_cell - 1 as is_intent_suppressed,
        cast(left_count as double) / nullif(n, 0) as left_share,
        cast(not_returning_count as double) / nullif(asked_count, 0)
            as not_returning_share,
        cast(nullif(n, 0) as double) as n_known,
        cast($interval_z as double) as z
    from counts
),

wilson as (
    select
        *,
        wilson_low(left_count, n_known, z) as left_share_low,
        wilson_high(left_count, n_known, z) as left_share_high
    from shares
),

-- The lowest band, the highest band and all customers, joined to each band.
end_bands as (
    select
        *,
        cast(sum(n) over (
            partition by dimension, dimension_value
        ) as double) as all_n,
        cast(sum(left_count) over (
            partition by dimension, dimension_value
        ) as double) as all_left_count,
        cast(sum(case when band in (1, 5) then n end) over (
            partition by dimension, dimension_value
        ) as double) as ends_n,
        cast(sum(case when band in (1, 5) then left_count end) over (
            partition by dimension, dimension_value
        ) as double) as ends_left_count,
        max(case when band = 5 then n_known end) over (
            partition by dimension, dimension_value
        ) as highest_n,
        max(case when band = 5 and not is_suppressed then left_share end) over (
            partition by dimension, dimension_value
        ) as highest_left_share
    from wilson
),

compared as (
    select
        *,
        case
            when band = 1
                and not is_suppressed
                and not $answer_dates_assumed
                and all_left_count
                    < cast($nearly_all_share as double) * all_n - 1e-7
                and abs(left_share - highest_left_share)
                    > z * sqrt(
                        ends_left_count / nullif(ends_n, 0)
                        * (1 - ends_left_count / nullif(ends_n, 0))
                        * (1 / n_known + 1 / highest_n)
                    )
                then highest_left_share
        end as very_satisfied_left_share
    from end_bands
),

-- The textbook gives a range for some bands, and one value for others.
textbook as (
    select
        bands.band,
        min(textbook_values.value) as low,
        max(textbook_values.value) as high
    from textbook_values
    inner join bands
        on textbook_values.value_key = case bands.band
            when 1 then 'left_share_very_dissatisfied'
            when 2 then 'left_share_dissatisfied'
            when 3 then 'left_share_neutral'
            when 4 then 'left_share_satisfied'
            else 'left_share_very_satisfied_low'
        end
        or bands.band = 5
        and textbook_values.value_key = 'left_share_very_satisfied_high'
    group by bands.band
),

textbook_not_returning as (
    select max(value) as not_returning_share
    from textbook_values
    where value_key = 'fully_satisfied_not_returning_share'
),

final as (
    select
        compared.dimension,
        compared.dimension_value,
        compared.band,
        compared.satisfaction,
        compared.is_suppressed,
        case when not compared.is_suppressed
            and (compared.n > 0 or not compared.is_leaving_unknown)
            then compared.n end as n,
        case when not compared.is_suppressed
            and (compared.n > 0 or not compared.is_leaving_unknown)
            then compared.left_count end as left_count,
        case when not compared.is_suppressed then compared.left_share end
            as left_share,
        case when compared.is_leaving_unknown then 'silence_contradicted' end
            as left_unknown_because_code,
        case when not compared.is_suppressed then compared.left_share_low end
            as low,
        case when not compared.is_suppressed then compared.left_share_high end
            as high,
        textbook.low as textbook_left_share_low,
        textbook.high as textbook_left_share_high,
        compared.very_satisfied_left_share,
        case when $answer_dates_assumed then 'assumed' else 'on_file' end
            as order_of_events,
        case when not compared.is_suppressed and not compared.is_intent_suppressed
            then compared.asked_count end as asked_count,
        case when not compared.is_suppressed and not compared.is_intent_suppressed
            then compared.not_returning_share end as not_returning_share,
        case when compared.band = 5
            then textbook_not_returning.not_returning_share end
            as textbook_not_returning_share
    from compared
    cross join textbook_not_returning
    left join textbook
        on compared.band = textbook.band
)

select * from final
