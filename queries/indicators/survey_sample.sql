-- One row per customer to ask next: a stratified random sample of
-- $survey_sample_size customers of survey_frame (Cochran 1977).
--
-- Each stratum, segment and value, first gets $survey_min_per_stratum customers
-- (fewer where it has fewer, or where the sample is too small for that); what
-- is left of the size goes to the strata in proportion to their other
-- customers, by largest remainder. design_weight is the stratum's customers /
-- those of them who are asked: the response_weight of the answers that come.
-- Chance without random(): customers are drawn in the order of a lot made from
-- their id and the day, the same on every machine and another one on every
-- as_of_date. The characters of the id are the coefficients of a polynomial
-- that is evaluated at a base made from the day, modulo the prime 2^31 - 1
-- (Karp and Rabin 1987); the result times itself plus a constant, so that ids
-- in a row do not stay in a row. Ties by id.
with recursive

frame as (
    select * from survey_frame
),

customers as (
    select customer_id, cast(customer_id as varchar) as id_text
    from frame
),

days as (
    select $as_of_date - cast('1970-01-01' as date) as day
),

bases as (
    select
        (day * day % 2147483647 * 69621 + 48271 * day) % 2147483647 as base
    from days
),

lengths as (
    select max(character_length(id_text)) as longest from customers
),

-- the base to the power of each place of an id
powers as (
    select cast(1 as bigint) as place, base as power from bases
    union all
    select
        powers.place + 1 as place,
        powers.power * bases.base % 2147483647 as power
    from powers
    cross join bases
    cross join lengths
    where powers.place < lengths.longest
),

places as (
    select
        customer_id,
        id_text,
        unnest(generate_series(1, character_length(id_text))) as place
    from customers
),

hashes as (
    select
        places.customer_id,
        sum(
            ascii(substr(places.id_text, places.place, 1)) * powers.power
            % 2147483647
        ) % 2147483647 as hash
    from places
    inner join powers
        on places.place = powers.place
    group by places.customer_id
),

lots as (
    select
        customer_id,
        hash * ((hash + 12345) % 2147483647) % 2147483647 as lot
    from hashes
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
        lots.lot,
        allocated.customers_count,
        allocated.allocated_count,
        row_number() over (
            partition by frame.segment, frame.value_group
            order by lots.lot nulls last, frame.customer_id nulls last
        ) as place
    from frame
    inner join lots
        on frame.customer_id = lots.customer_id
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
        segment || ', ' || value_group as stratum,
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
