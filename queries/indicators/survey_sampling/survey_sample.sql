-- One row per customer to survey next: a stratified random sample of
-- $survey_sample_size customers of survey_frame (Cochran 1977).
--
-- Each stratum (segment and value group) first gets $survey_min_per_stratum
-- customers, or fewer if it or the sample is too small. The rest of the sample
-- is allocated in proportion to the remaining customers of the strata, by
-- largest remainder. design_weight = customers of the stratum / customers
-- sampled from it; it is the response_weight of the answers. Customers are
-- drawn in the order of the MD5 digest of as_of_date and their id, ties by id.
-- The order is the same on every machine and differs between days.
with

frame as (
    select * from survey_frame
),

random_order as (
    select
        customer_id,
        md5(
            cast($as_of_date as varchar) || ' '
            || cast(customer_id as varchar)
        ) as lot
    from frame
),

strata as (
    select segment, value_group, count(*) as customers_count
    from frame
    group by segment, value_group
),

sizes as (
    select
        least(sum(customers_count), $survey_sample_size) as sample_size,
        count(*) as strata_count
    from strata
),

minimums as (
    select
        strata.segment,
        strata.value_group,
        strata.customers_count,
        sizes.sample_size,
        least(
            strata.customers_count,
            $survey_min_per_stratum,
            sizes.sample_size / sizes.strata_count
        ) as minimum
    from strata
    cross join sizes
),

rests as (
    select
        segment,
        value_group,
        customers_count,
        minimum,
        customers_count - minimum as others_count,
        sum(customers_count - minimum) over () as all_others_count,
        sample_size - sum(minimum) over () as rest
    from minimums
),

quotas as (
    select
        *,
        coalesce(rest * others_count / nullif(all_others_count, 0), 0) as quota,
        coalesce(rest * others_count % nullif(all_others_count, 0), 0)
            as remainder
    from rests
),

allocated as (
    select
        segment,
        value_group,
        customers_count,
        minimum + quota
        + case
            when row_number() over (
                order by
                    remainder desc nulls last,
                    segment nulls last,
                    value_group nulls last
            ) <= rest - sum(quota) over () then 1
            else 0
        end as allocated_count
    from quotas
),

drawn as (
    select
        frame.customer_id,
        frame.segment,
        frame.value_group,
        frame.customer_type,
        frame.last_invited_on,
        frame.last_answered_on,
        random_order.lot,
        allocated.customers_count,
        allocated.allocated_count,
        row_number() over (
            partition by frame.segment, frame.value_group
            order by random_order.lot nulls last, frame.customer_id nulls last
        ) as place
    from frame
    inner join random_order
        on frame.customer_id = random_order.customer_id
    inner join allocated
        on frame.segment = allocated.segment
        and frame.value_group = allocated.value_group
),

final as (
    select
        customer_id,
        cast(
            row_number() over (
                order by lot nulls last, customer_id nulls last
            ) as bigint
        ) as position,
        segment || ',' || value_group as stratum,
        segment,
        value_group,
        customer_type,
        last_invited_on,
        last_answered_on,
        customers_count as stratum_customers_count,
        allocated_count as stratum_sample_count,
        cast(customers_count as double)
            / nullif(cast(allocated_count as double), 0) as design_weight
    from drawn
    where place <= allocated_count
)

select * from final
