-- One row per kind of gap, dimension, value and band of the gap, and one for
-- all bands: the expectation gap (E1) and the factors that shape expectations
-- (E2).
--
-- experience_gaps defines the kinds and who left. Gaps in days have the bands
-- <= -$gap_early_days, before, on and after the promised day, and more than
-- $gap_late_days. Gaps in points are cut at -$gap_far_points, 0 and
-- $gap_far_points. The dimensions are total, customer_type, wave, the eight
-- factors of E2, the first need, and the region. A dimension of which no value
-- is known has no rows. expected_drift is the change of mean_expected from one
-- wave to the next. Each anonymous answer counts as one customer.
with

experience_gaps as (
    select * from experience_gaps
),

banded as (
    select
        *,
        kind like '%delivered_minus_promised' as is_days,
        case
            when kind like '%delivered_minus_promised' then
                case
                    when gap <= -$gap_early_days then 1
                    when gap < 0 then 2
                    when gap = 0 then 3
                    when gap <= $gap_late_days then 4
                    else 5
                end
            when gap <= -cast($gap_far_points as double) + 1e-7 then 1
            when gap < -1e-7 then 2
            when gap <= 1e-7 then 3
            when gap < cast($gap_far_points as double) - 1e-7 then 4
            else 5
        end as band_position
    from experience_gaps
),

by_dimension as (
    select
        kind,
        is_days,
        band_position,
        experience_id,
        customer_id,
        at,
        expected,
        perceived,
        gap,
        is_worse,
        satisfaction_score,
        is_top_two,
        has_left,
        unnest(make_array(
            'total', 'customer_type', 'wave', 'word_of_mouth', 'promotion',
            'values', 'background', 'setting', 'age', 'experience_here',
            'experience_elsewhere', 'need_first', 'region'
        )) as dimension,
        unnest(make_array(
            'all', customer_type, coalesce(wave, 'unknown'), word_of_mouth,
            promotion, personal_values, background, consumption_setting,
            age_group, experience_here, experience_elsewhere, need_first,
            region
        )) as dimension_value
    from banded
),

-- Grouped by customer first, because suppression depends on the number of
-- customers.
customer_bands as (
    select
        kind,
        dimension,
        dimension_value,
        is_days,
        band_position,
        customer_id,
        case when customer_id is null then experience_id end as anonymous_id,
        min(at) as first_at,
        count(*) as n,
        sum(gap) as gaps,
        sum(expected) as expected,
        sum(perceived) as perceived,
        sum(case when gap < 0 then 1 else 0 end) as negative_count,
        sum(case when is_worse then 1 else 0 end) as worse_count,
        count(satisfaction_score) as scores_count,
        sum(satisfaction_score) as scores,
        sum(case when satisfaction_score is not null and is_top_two
            then 1 else 0 end) as top_two_count,
        count(has_left) as left_known_count,
        sum(case when has_left then 1 else 0 end) as left_count
    from by_dimension
    group by
        kind, dimension, dimension_value, is_days, band_position, customer_id,
        case when customer_id is null then experience_id end
),

customers as (
    select * from customer_bands
    union all
    select
        kind,
        dimension,
        dimension_value,
        is_days,
        0 as band_position,
        customer_id,
        anonymous_id,
        min(first_at) as first_at,
        sum(n) as n,
        sum(gaps) as gaps,
        sum(expected) as expected,
        sum(perceived) as perceived,
        sum(negative_count) as negative_count,
        sum(worse_count) as worse_count,
        sum(scores_count) as scores_count,
        sum(scores) as scores,
        sum(top_two_count) as top_two_count,
        sum(left_known_count) as left_known_count,
        sum(left_count) as left_count
    from customer_bands
    group by
        kind, dimension, dimension_value, is_days, customer_id, anonymous_id
),

sums as (
    select
        kind,
        dimension,
        dimension_value,
        is_days,
        band_position,
        min(first_at) as first_at,
        count(*) as customers_count,
        sum(n) as n,
        sum(gaps) as gaps,
        sum(expected) as expected,
        sum(perceived) as perceived,
        sum(negative_count) as negative_count,
        sum(worse_count) as worse_count,
        sum(scores_count) as scores_count,
        sum(scores) as scores,
        sum(top_two_count) as top_two_count,
        sum(left_known_count) as left_known_count,
        sum(left_count) as left_count
    from customers
    group by kind, dimension, dimension_value, is_days, band_position
),

known_dimensions as (
    select kind, dimension
    from sums
    where dimension = 'customer_type' or dimension_value <> 'unknown'
    group by kind, dimension
),

marked as (
    select
        sums.*,
        cast(sums.n as double) as weight,
        suppress(sums.customers_count, $min_cell) over (
            partition by
                sums.kind, sums.dimension, sums.dimension_value,
                sums.band_position = 0
            order by sums.band_position nulls last
        ) as is_suppressed,
        -- Scores and departures are suppressed separately, by the answers
        -- known.
        suppress(sums.scores_count, $min_cell) over (
            partition by
                sums.kind, sums.dimension, sums.dimension_value,
                sums.band_position = 0
            order by sums.band_position nulls last
        ) as is_score_suppressed,
        suppress(sums.left_known_count, $min_cell) over (
            partition by
                sums.kind, sums.dimension, sums.dimension_value,
                sums.band_position = 0
            order by sums.band_position nulls last
        ) as is_left_suppressed
    from sums
    left semi join known_dimensions as known
        on sums.kind = known.kind
        and sums.dimension = known.dimension
),

means as (
    select
        *,
        case when not is_suppressed then expected / nullif(weight, 0) end
            as mean_expected
    from marked
),

drifts as (
    select
        kind,
        dimension_value,
        mean_expected - lag(mean_expected) over (
            partition by kind
            order by first_at nulls last, dimension_value nulls last
        ) as expected_drift
    from means
    where
        dimension = 'wave'
        and band_position = 0
        and dimension_value <> 'unknown'
        and not is_suppressed
),

final as (
    select
        means.kind,
        means.dimension,
        means.dimension_value,
        case
            when means.band_position = 0 then 'all'
            when means.band_position = 3 then '0'
            when means.is_days then
                case means.band_position
                    when 1 then concat('<= -', $gap_early_days)
                    when 2 then concat('-', $gap_early_days - 1, '..-1')
                    when 4 then concat('1..', $gap_late_days)
                    else concat('> ', $gap_late_days)
                end
            when means.band_position = 1
                then concat('<= -', $gap_far_points)
            when means.band_position = 2
                then concat('-', $gap_far_points, ' to 0')
            when means.band_position = 4 then concat('0 to ', $gap_far_points)
            else concat('>= ', $gap_far_points)
        end as band,
        means.band_position,
        case when means.is_days then 'days' else 'points' end as gap_unit,
        means.is_suppressed,
        case when not is_suppressed then n end as n,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when not is_suppressed then gaps / nullif(weight, 0) end
            as mean_gap,
        means.mean_expected,
        case when not is_suppressed then perceived / nullif(weight, 0) end
            as mean_perceived,
        case when means.band_position = 0 and means.dimension = 'wave'
            then drifts.expected_drift end as expected_drift,
        case when not is_suppressed then negative_count / nullif(weight, 0)
            end as negative_share,
        case when not is_suppressed then worse_count / nullif(weight, 0) end
            as worse_share,
        case when not is_suppressed and not is_score_suppressed
            then scores_count end as scores_count,
        case when not is_suppressed and not is_score_suppressed
            then scores / nullif(cast(scores_count as double), 0) end
            as mean_score,
        case when not is_suppressed and not is_score_suppressed
            then cast(top_two_count as double)
                / nullif(cast(scores_count as double), 0) end as csat_share,
        case when not is_suppressed and not is_left_suppressed
            then left_known_count end as left_known_count,
        case when not is_suppressed and not is_left_suppressed
            then cast(left_count as double)
                / nullif(cast(left_known_count as double), 0) end
            as left_share
    from means
    left join drifts
        on means.kind = drifts.kind
        and means.dimension_value = drifts.dimension_value
)

select * from final
