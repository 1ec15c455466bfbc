-- One row per segment, always all five, also one without customers.
--
-- customers_share is of all customers, measured_share of the measured ones,
-- with the Wilson (1927) interval without continuity correction. Means are
-- over customers who have the measure.
with

customer_loyalty as (
    select * from customer_loyalty
),

segments as (
    select * from (
        values
            (
                'true', true,
                'keep and bind: thank, inform first, ask for advice; '
                || 'never by price cuts'
            ),
            (
                'latent', true,
                'remove the barrier that keeps them from buying: habit, '
                || 'availability, money, cost of change'
            ),
            (
                'spurious', true,
                'watch for early warnings, win their conviction, '
                || 'raise the barriers to leaving'
            ),
            (
                'none', true,
                'serve well at low cost; invest only where it pays'
            ),
            (
                'unmeasured', false,
                'measure first: ask them, and complete the purchase data'
            )
    ) as segments (segment, is_measured, strategy)
),

by_segment as (
    select
        segment,
        count(*) as customers_count,
        sum(own_amount) as amount,
        avg(share_of_wallet) as mean_share_of_wallet,
        avg(attitude_index) as mean_attitude_index
    from customer_loyalty
    group by segment
),

counts as (
    select
        segments.segment,
        segments.is_measured,
        segments.strategy,
        coalesce(by_segment.customers_count, 0) as customers_count,
        case when by_segment.customers_count is null then 0
            else by_segment.amount end as amount,
        by_segment.mean_share_of_wallet,
        by_segment.mean_attitude_index
    from segments
    left join by_segment
        on segments.segment = by_segment.segment
),

totals as (
    select
        cast(sum(customers_count) as double) as customers,
        cast(
            sum(case when is_measured then customers_count else 0 end)
            as double
        ) as measured,
        cast(sum(amount) as double) as amount
    from counts
),

shares as (
    select
        counts.*,
        counts.customers_count / nullif(totals.customers, 0)
            as customers_share,
        case when counts.is_measured
            then counts.customers_count / nullif(totals.measured, 0) end
            as measured_share,
        cast(counts.amount as double) / nullif(totals.amount, 0)
            as amount_share,
        nullif(totals.measured, 0) as n,
        cast($interval_z as double) as z
    from counts
    cross join totals
),

wilson as (
    select
        *,
        (measured_share + z * z / (2 * n)) / (1 + z * z / n) as centre,
        z * sqrt(
            measured_share * (1 - measured_share) / n + z * z / (4 * n * n)
        ) / (1 + z * z / n) as half_width
    from shares
),

final as (
    select
        segment,
        customers_count,
        customers_share,
        measured_share,
        -- greatest and least pass over NULL
        case when measured_share is not null
            then greatest(centre - half_width, 0e0) end
            as measured_share_low,
        case when measured_share is not null
            then least(centre + half_width, 1e0) end
            as measured_share_high,
        cast(amount as decimal(28, 2)) as amount,
        amount_share,
        mean_share_of_wallet,
        mean_attitude_index,
        strategy
    from wilson
)

select * from final
