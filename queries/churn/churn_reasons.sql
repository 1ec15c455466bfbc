-- One row per dimension, value and stated reason of leaving (close_reason, in
-- the customers' own words), most frequent first: the customers who left in the
-- window, their share, their amount, and the cause that the reason is mapped to
-- (customer_churn). churn_causes also covers customers who gave no reason.
--
-- Rare reasons could identify customers. Reasons of fewer than $min_cell
-- customers are therefore merged into one row without words (rare). Customers
-- without a stated reason are one row (none). Both rows are always present, and
-- small groups are suppressed. If the data contradict the days of silence, only
-- closed accounts count (left_unknown_because_code); without any, all numbers
-- are NULL.
with

customer_churn as (
    select * from customer_churn
),

customer_profile as (
    select * from customer_profile
),

customer_activity as (
    select customer_id
    from customer_activity
    where not is_leaving_judged
),

typed as (
    select
        churn.close_reason,
        case when churn.cause_source = 'stated' then churn.churn_cause end
            as stated_cause,
        churn.amount,
        unnest(make_array('total', 'customer_type')) as dimension,
        unnest(make_array('all', coalesce(profile.customer_type, 'unknown')))
            as dimension_value
    from customer_churn as churn
    left join customer_profile as profile
        on churn.customer_id = profile.customer_id
),

-- Groups in which it is unknown of some customers whether they left.
not_known as (
    select
        unnest(make_array('total', 'customer_type')) as dimension,
        unnest(make_array('all', coalesce(profile.customer_type, 'unknown')))
            as dimension_value
    from customer_activity as activity
    left join customer_profile as profile
        on activity.customer_id = profile.customer_id
),

unknown_groups as (
    select dimension, dimension_value
    from not_known
    group by dimension, dimension_value
),

by_reason as (
    select
        dimension,
        dimension_value,
        close_reason,
        min(stated_cause) as stated_cause,
        count(*) as customers_count,
        sum(amount) as amount
    from typed
    group by dimension, dimension_value, close_reason
),

kinds as (
    select
        *,
        case
            when close_reason is null then 'none'
            when customers_count < $min_cell then 'rare'
            else 'stated'
        end as reason_kind
    from by_reason
),

filled as (
    select
        dimension,
        dimension_value,
        reason_kind,
        close_reason,
        coalesce(stated_cause, 'unknown') as churn_cause,
        customers_count,
        amount,
        1 as reasons_count
    from kinds
    where reason_kind = 'stated'
    union all
    select
        groups.dimension,
        groups.dimension_value,
        groups.reason_kind,
        null as close_reason,
        null as churn_cause,
        coalesce(sum(kinds.customers_count), 0) as customers_count,
        sum(kinds.amount) as amount,
        count(kinds.close_reason) as reasons_count
    from (
        select dimension, dimension_value, 'rare' as reason_kind from by_reason
        union
        select dimension, dimension_value, 'none' as reason_kind from by_reason
        union
        -- This row keeps the total if no customer left.
        select 'total' as dimension, 'all' as dimension_value, 'rare'
        union
        select 'total' as dimension, 'all' as dimension_value, 'none'
    ) as groups
    left join kinds
        on groups.dimension = kinds.dimension
        and groups.dimension_value = kinds.dimension_value
        and groups.reason_kind = kinds.reason_kind
    group by groups.dimension, groups.dimension_value, groups.reason_kind
),

placed as (
    select
        *,
        row_number() over (
            partition by dimension, dimension_value
            order by
                case reason_kind
                    when 'stated' then 1 when 'rare' then 2 else 3
                end nulls last,
                customers_count desc nulls last,
                close_reason nulls last
        ) as position,
        sum(customers_count) over (
            partition by dimension, dimension_value
        ) as all_customers,
        sum(amount) over (
            partition by dimension, dimension_value
        ) as all_amount
    from filled
),

marked as (
    select
        placed.*,
        unknown.dimension is not null as is_leaving_unknown,
        unknown.dimension is not null and placed.all_customers = 0
            as is_nothing_known,
        suppress(placed.customers_count, $min_cell) over (
            partition by placed.dimension, placed.dimension_value
            order by placed.position nulls last
        ) as is_suppressed
    from placed
    left join unknown_groups as unknown
        on placed.dimension = unknown.dimension
        and placed.dimension_value = unknown.dimension_value
),

final as (
    select
        dimension,
        dimension_value,
        cast(position as bigint) as position,
        reason_kind,
        close_reason,
        churn_cause,
        is_suppressed,
        case when not is_suppressed and not is_nothing_known
            then customers_count end as customers_count,
        case when is_leaving_unknown then 'silence_contradicted' end
            as left_unknown_because_code,
        case
            when is_nothing_known then null
            when all_customers = 0 or all_customers >= $min_cell
                then all_customers
        end as n,
        case when not is_suppressed
            then cast(customers_count as double) / nullif(all_customers, 0) end
            as customers_share,
        case when not is_suppressed and not is_nothing_known
            then reasons_count end as reasons_count,
        case when not is_suppressed
            then cast(amount as decimal(28, 2)) end as amount,
        case when not is_suppressed
            then cast(amount as double)
                / nullif(cast(all_amount as double), 0) end
            as amount_share
    from marked
)

select * from final
