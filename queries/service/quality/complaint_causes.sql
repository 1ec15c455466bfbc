-- One row per dimension, value and cause: the complaints of the window by cause
-- (E10), in total and by customer type. All causes always have a row. Groups of
-- fewer than $min_cell customers are suppressed.
--
-- Each case counts once, by its latest contact of kind complaint. The cause is
-- the one that stg_complaint_causes gives for the topic, or the topic itself if
-- it is one of the codes, or else unknown. Four causes concern the treatment of
-- people; four (price, standard, campaign, efficiency) concern missed value.
-- contact_resolutions says whether the case is resolved.
with

service_contacts as (
    select * from service_contacts
    where kind = 'complaint' and is_in_window
),

contact_resolutions as (
    select * from contact_resolutions
),

stg_complaint_causes as (
    select * from stg_complaint_causes
),

causes as (
    select * from (
        values
            (1, 'broken_promise', 'treatment'),
            (2, 'arrogance', 'treatment'),
            (3, 'waiting', 'treatment'),
            (4, 'passing_the_buck', 'treatment'),
            (5, 'price', 'missed value'),
            (6, 'standard', 'missed value'),
            (7, 'campaign', 'missed value'),
            (8, 'efficiency', 'missed value'),
            (9, 'unknown', 'unknown')
    ) as causes (position, cause, kind)
),

-- If a topic is mapped twice, the first cause by name counts.
mapped as (
    select topic, min(cause) as cause
    from stg_complaint_causes
    where topic is not null
    group by topic
),

caused as (
    select
        contacts.case_id,
        contacts.customer_id,
        contacts.customer_type,
        contacts.at,
        contacts.contact_id,
        case when resolutions.are_resolutions_noted
            then coalesce(resolutions.resolved_on <= $as_of_date, false)
        end as is_resolved,
        coalesce(by_mapping.cause, by_topic.cause, 'unknown') as cause
    from service_contacts as contacts
    left join contact_resolutions as resolutions
        on contacts.contact_id = resolutions.contact_id
    left join mapped
        on contacts.topic = mapped.topic
    left join causes as by_mapping
        on mapped.cause = by_mapping.cause
    left join causes as by_topic
        on contacts.topic = by_topic.cause
),

numbered as (
    select
        *,
        row_number() over (
            partition by case_id
            order by at desc nulls last, contact_id desc nulls last
        ) as latest_position
    from caused
),

complaints as (
    select customer_id, customer_type, is_resolved, cause
    from numbered
    where latest_position = 1
),

grouped as (
    select
        'total' as dimension, 'all' as dimension_value,
        cause, customer_id, is_resolved
    from complaints
    union all
    select
        'customer_type' as dimension, customer_type as dimension_value,
        cause, customer_id, is_resolved
    from complaints
),

-- Grouped by customer first: cheaper than counting distinct customers.
by_customer as (
    select
        dimension,
        dimension_value,
        cause,
        customer_id,
        count(*) as complaints_count,
        sum(case when is_resolved then 1 when not is_resolved then 0 end)
            as resolved_count
    from grouped
    group by dimension, dimension_value, cause, customer_id
),

counts as (
    select
        dimension,
        dimension_value,
        cause,
        count(customer_id) as customers_count,
        sum(complaints_count) as complaints_count,
        sum(resolved_count) as resolved_count
    from by_customer
    group by dimension, dimension_value, cause
),

totals as (
    select
        dimension,
        dimension_value,
        sum(complaints_count) as complaints_count
    from counts
    group by dimension, dimension_value
),

-- The total has a row even without any complaint.
dimension_values as (
    select dimension, dimension_value from totals
    union
    select 'total' as dimension, 'all' as dimension_value
),

complete as (
    select
        dimension_values.dimension,
        dimension_values.dimension_value,
        causes.position,
        causes.cause,
        causes.kind,
        coalesce(counts.customers_count, 0) as customers_count,
        coalesce(counts.complaints_count, 0) as complaints_count,
        counts.resolved_count,
        totals.complaints_count as all_complaints_count
    from dimension_values
    cross join causes
    left join counts
        on dimension_values.dimension = counts.dimension
        and dimension_values.dimension_value = counts.dimension_value
        and causes.cause = counts.cause
    left join totals
        on dimension_values.dimension = totals.dimension
        and dimension_values.dimension_value = totals.dimension_value
),

-- Complaints of unknown customers form a group of unknown size, which is
-- suppressed.
marked as (
    select
        *,
        (complaints_count > 0 and customers_count < $min_cell)
        or suppress(
            case when complaints_count > 0
                then greatest(customers_count, 1) else 0 end,
            $min_cell
        ) over (
            partition by dimension, dimension_value
            order by position nulls last
        ) as is_suppressed
    from complete
),

final as (
    select
        dimension,
        dimension_value,
        position,
        cause,
        kind,
        is_suppressed,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when not is_suppressed then complaints_count end
            as complaints_count,
        -- Shown if at least one of its parts is shown.
        case
            when max(case when not is_suppressed then complaints_count end)
                over (partition by dimension, dimension_value) > 0
                then all_complaints_count
        end as n,
        case when not is_suppressed
            then complaints_count
                / nullif(cast(all_complaints_count as double), 0)
        end as complaints_share,
        case when not is_suppressed
            then resolved_count / nullif(cast(complaints_count as double), 0)
        end as resolved_share
    from marked
)

select * from final
