-- One row per indicator and dimension about expectations, needs and
-- experiences: headline figures of the expectation gap (E1), good and bad
-- experiences (E7), stated needs (E8) and complaints (E10) for the table
-- indicators. Only known and unsuppressed values have a row.
--
-- n is the base of the figure: answers, orders, complaints or customers.
with

expectation_gap as (
    select * from expectation_gap
    where
        band = 'all'
        and dimension in ('total', 'customer_type')
        and kind in (
            'perceived_minus_expected', 'promised_minus_demanded',
            'orders_delivered_minus_promised'
        )
),

customer_experience as (
    select * from customer_experience where good_count + bad_count > 0
),

need_segments as (
    select * from need_segments where size = 'all'
),

complaint_causes as (
    select * from complaint_causes
),

gaps as (
    select
        names.indicator,
        gap.dimension as dimension_name,
        gap.dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        case names.measure
            when 'gap' then gap.mean_gap
            when 'worse' then gap.worse_share
        end as value,
        gap.n,
        cast(null as double) as low,
        cast(null as double) as high,
        names.unit
    from expectation_gap as gap
    inner join (
        values
            ('expectation_gap', 'perceived_minus_expected', 'gap', 'points'),
            (
                'worse_than_expected_share', 'perceived_minus_expected',
                'worse', 'share'
            ),
            ('promise_gap', 'promised_minus_demanded', 'gap', 'points'),
            (
                'delivery_gap_days', 'orders_delivered_minus_promised', 'gap',
                'days'
            ),
            (
                'late_delivery_share', 'orders_delivered_minus_promised',
                'worse', 'share'
            )
    ) as names (indicator, kind, measure, unit)
        on gap.kind = names.kind
),

grouped_experiences as (
    select 'total' as dimension_name, 'all' as dimension_value, *
    from customer_experience
    union all
    select
        'customer_type' as dimension_name,
        customer_type as dimension_value,
        *
    from customer_experience
),

experience_sums as (
    select
        dimension_name,
        dimension_value,
        count(*) as customers,
        sum(good_count) as good,
        sum(bad_count) as bad
    from grouped_experiences
    group by dimension_name, dimension_value
),

-- The key of the ratio is that of textbook_values.
experiences as (
    select
        'good_to_bad_ratio' as indicator,
        dimension_name,
        dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        case when customers >= $min_cell
            then cast(good as double) / nullif(bad, 0) end as value,
        customers as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'ratio' as unit
    from experience_sums
),

-- n: customers who stated a need.
needs as (
    select
        'need_first_share' as indicator,
        dimension as dimension_name,
        dimension_value,
        'need_first' as part_name,
        need_first as part_value,
        stated_share as value,
        stated_n as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from need_segments
    where need_first <> 'unknown'
),

-- NULL if a group is suppressed.
stated_needs as (
    select
        'stated_needs_share' as indicator,
        dimension as dimension_name,
        dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        case when sum(case when is_suppressed then 1 else 0 end) = 0
            then cast(sum(
                case when need_first <> 'unknown' then customers_count
                else 0 end
            ) as double) / nullif(sum(customers_count), 0) end as value,
        max(n) as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from need_segments
    group by dimension, dimension_value
),

-- n: all complaints.
complaint_shares as (
    select
        'complaint_cause_share' as indicator,
        dimension as dimension_name,
        dimension_value,
        'complaint_cause' as part_name,
        cause as part_value,
        complaints_share as value,
        n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from complaint_causes
    -- If all complaints are suppressed, a share of 0 would be misleading.
    where n is not null
),

all_indicators as (
    select * from gaps
    union all
    select * from experiences
    union all
    select * from needs
    union all
    select * from stated_needs
    union all
    select * from complaint_shares
),

final as (
    select
        indicator,
        coalesce(
            nullif(
                concat_ws(
                    ',',
                    case when dimension_name <> 'total'
                        then dimension_name || '=' || dimension_value end,
                    part_name || '=' || part_value
                ),
                ''
            ),
            'total'
        ) as dimension,
        dimension_name,
        dimension_value,
        part_name,
        part_value,
        value,
        coalesce(n, 0) as n,
        low,
        high,
        unit
    from all_indicators
    where value is not null
)

select * from final
