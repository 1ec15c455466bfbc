-- One row per dimension, value, behaviour cut, attitude cut and segment: the
-- size of the segments with other cuts, in total and by customer type. The grid
-- contains the cuts in use. If one segment of a pair of cuts has fewer than
-- $min_cell customers, all four are suppressed, because the others would
-- disclose it.
--
-- The behaviour cut applies to the rules share and index (as index / 100). The
-- rules count, declared and retained have no share to cut: behaviour keeps its
-- state and behaviour_cut is NULL. The attitude cut applies to the index or, on
-- the relative axis, to the difference to the best rival. Former customers do
-- not count: closed accounts at any cut, inactive customers at the cuts that
-- make their behaviour high (former_candidates).
with

customer_loyalty as (
    select *
    from customer_loyalty
    where
        segment <> 'unmeasured'
        and (former_because is distinct from 'closed')
        and behaviour_state in ('high', 'low')
        and attitude_state in ('high', 'low')
),

former_candidates as (
    select customer_id from former_candidates
),

customer_attitude as (
    select customer_id, relative_attitude from customer_attitude
),

cuts_in_use as (
    select
        case $behaviour_rule
            when 'index' then cast($behaviour_index_cut as double) / 100
            else cast($behaviour_cut as double)
        end as behaviour_cut,
        case $attitude_axis
            when 'relative' then cast($relative_attitude_cut as double)
            else cast($attitude_cut as double)
        end as attitude_cut
),

behaviour_cuts as (
    select cut from (
        values (0.3), (0.4), (0.5), (0.6), (0.7)
    ) as cuts (cut)
    where $behaviour_rule in ('share', 'index')
    union
    select behaviour_cut as cut from cuts_in_use
),

attitude_cuts as (
    select cut from (
        values (50.0), (60.0), (70.0), (75.0), (80.0), (90.0)
    ) as cuts (cut)
    where $attitude_axis = 'absolute'
    union
    select cut from (
        values (-0.2), (-0.1), (0.0), (0.1), (0.2), (0.3)
    ) as cuts (cut)
    where $attitude_axis = 'relative'
    union
    select attitude_cut as cut from cuts_in_use
),

grid as (
    select
        cast(behaviour_cuts.cut as double) as behaviour_cut,
        cast(attitude_cuts.cut as double) as attitude_cut,
        behaviour_cuts.cut = cuts_in_use.behaviour_cut
            as is_behaviour_cut_in_use,
        attitude_cuts.cut = cuts_in_use.attitude_cut as is_attitude_cut_in_use
    from behaviour_cuts
    cross join attitude_cuts
    cross join cuts_in_use
),

-- Customers with the same values are counted together.
customers as (
    select
        coalesce(loyalty.customer_type, 'unknown') as customer_type,
        loyalty.behaviour_state,
        loyalty.attitude_state,
        candidates.customer_id is not null as is_former_if_high,
        case $behaviour_rule
            when 'share' then greatest(
                loyalty.repeat_purchase_rate, loyalty.share_of_wallet
            )
            when 'index' then loyalty.behaviour_index / 100
        end as behaviour_share,
        case $attitude_axis
            when 'absolute' then loyalty.attitude_index
            when 'relative' then attitudes.relative_attitude
        end as attitude,
        count(*) as customers_count
    from customer_loyalty as loyalty
    left join customer_attitude as attitudes
        on loyalty.customer_id = attitudes.customer_id
    left join former_candidates as candidates
        on loyalty.customer_id = candidates.customer_id
    group by 1, 2, 3, 4, 5, 6
),

judged as (
    select
        customers.customer_type,
        grid.behaviour_cut,
        grid.attitude_cut,
        grid.is_behaviour_cut_in_use and grid.is_attitude_cut_in_use
            as is_in_use,
        -- The cuts in use reproduce the states of customer_loyalty.
        case
            when not grid.is_behaviour_cut_in_use
                and customers.behaviour_share is not null
                then customers.behaviour_share >= grid.behaviour_cut - 1e-7
            else customers.behaviour_state = 'high'
        end as is_behaviour_high,
        case
            when not grid.is_attitude_cut_in_use
                and customers.attitude is not null
                then customers.attitude >= grid.attitude_cut - 1e-7
            else customers.attitude_state = 'high'
        end as is_attitude_high,
        customers.is_former_if_high,
        customers.customers_count
    from customers
    cross join grid
),

by_type as (
    select
        customer_type,
        behaviour_cut,
        attitude_cut,
        is_in_use,
        sum(customers_count) as customers,
        sum(case when is_behaviour_high and is_attitude_high
            then customers_count else 0 end) as true_count,
        sum(case when not is_behaviour_high and is_attitude_high
            then customers_count else 0 end) as latent_count,
        sum(case when is_behaviour_high and not is_attitude_high
            then customers_count else 0 end) as spurious_count,
        sum(case when not is_behaviour_high and not is_attitude_high
            then customers_count else 0 end) as none_count
    from judged
    where not (is_behaviour_high and is_former_if_high)
    group by customer_type, behaviour_cut, attitude_cut, is_in_use
),

counted as (
    select
        'total' as dimension,
        'all' as dimension_value,
        behaviour_cut,
        attitude_cut,
        is_in_use,
        sum(customers) as customers,
        sum(true_count) as true_count,
        sum(latent_count) as latent_count,
        sum(spurious_count) as spurious_count,
        sum(none_count) as none_count
    from by_type
    group by behaviour_cut, attitude_cut, is_in_use
    union all
    select
        'customer_type' as dimension,
        customer_type as dimension_value,
        behaviour_cut,
        attitude_cut,
        is_in_use,
        customers,
        true_count,
        latent_count,
        spurious_count,
        none_count
    from by_type
),

segments as (
    select * from (
        values ('true_loyalty'), ('latent_loyalty'), ('spurious_loyalty'), ('no_loyalty')
    ) as segments (segment)
),

groups as (
    select
        counted.dimension,
        counted.dimension_value,
        counted.behaviour_cut,
        counted.attitude_cut,
        counted.is_in_use,
        segments.segment,
        counted.customers,
        case segments.segment
            when 'true_loyalty' then counted.true_count
            when 'latent_loyalty' then counted.latent_count
            when 'spurious_loyalty' then counted.spurious_count
            else counted.none_count
        end as segment_customers_count
    from counted
    cross join segments
),

marked as (
    select
        *,
        bool_or(segment_customers_count between 1 and $min_cell - 1) over (
            partition by
                dimension, dimension_value, behaviour_cut, attitude_cut
        ) as is_suppressed
    from groups
),

final as (
    select
        dimension,
        dimension_value,
        case when $behaviour_rule in ('share', 'index') then behaviour_cut end
            as behaviour_cut,
        attitude_cut,
        segment,
        is_in_use,
        is_suppressed,
        case when not is_suppressed then segment_customers_count end
            as customers_count,
        case when customers >= $min_cell then customers end as n,
        case when not is_suppressed
            then segment_customers_count
                / nullif(cast(customers as double), 0) end as measured_share
    from marked
)

select * from final
