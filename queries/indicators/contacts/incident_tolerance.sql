-- One row per group of customers, with and without a recent incident: A1
-- observed, how far incidents cost recommendation and repurchase.
--
-- incident_groups says who is on which side (nobody of whom it is unknown is on
-- either). answers_count: customers with an answer to the recommendation item,
-- followed_count the buyers who were observed for $repurchase_days days. NPS
-- with its Wald margin as in nps; repurchase share with the Wilson (1927)
-- interval. A side of 1 to $min_cell - 1 customers is suppressed, and so is a
-- measure known for fewer.
with

incident_groups as (
    select * from incident_groups
),

customer_profile as (
    select * from customer_profile
),

-- one row for all customers and one for those of the same type
customers as (
    select
        groups.*,
        unnest(make_array('total', 'customer_type')) as dimension,
        unnest(make_array(
            'all', coalesce(profiles.customer_type, 'unknown')
        )) as dimension_value
    from incident_groups as groups
    left join customer_profile as profiles
        on groups.customer_id = profiles.customer_id
),

dimensions as (
    select dimension, dimension_value
    from customers
    group by dimension, dimension_value
    union
    select 'total' as dimension, 'all' as dimension_value
),

sides as (
    select dimensions.*, sides.has_incident
    from dimensions
    cross join (values (true), (false)) as sides (has_incident)
),

counts as (
    select
        dimension,
        dimension_value,
        has_incident,
        count(*) as customers_count,
        count(recommend_group) as answers_count,
        sum(case when recommend_group = 'promoter' then 1 else 0 end)
            as promoters_count,
        sum(case when recommend_group = 'detractor' then 1 else 0 end)
            as detractors_count,
        count(tolerance_index) as tolerances_count,
        avg(tolerance_index) as mean_tolerance_index,
        sum(case when is_followed then 1 else 0 end) as followed_count,
        sum(case when is_followed and has_bought_again then 1 else 0 end)
            as repurchased_count
    from customers
    group by dimension, dimension_value, has_incident
),

filled as (
    select
        sides.dimension,
        sides.dimension_value,
        sides.has_incident,
        coalesce(counts.customers_count, 0) as customers_count,
        coalesce(counts.answers_count, 0) as answers_count,
        counts.promoters_count,
        counts.detractors_count,
        coalesce(counts.tolerances_count, 0) as tolerances_count,
        counts.mean_tolerance_index,
        coalesce(counts.followed_count, 0) as followed_count,
        counts.repurchased_count
    from sides
    left join counts
        on sides.dimension = counts.dimension
        and sides.dimension_value = counts.dimension_value
        and sides.has_incident = counts.has_incident
),

shares as (
    select
        *,
        customers_count between 1 and $min_cell - 1 as is_suppressed,
        answers_count >= $min_cell as is_answer_shown,
        followed_count >= $min_cell as is_repurchase_shown,
        cast(answers_count as double) as n,
        cast(followed_count as double) as followed,
        cast(promoters_count as double) / nullif(answers_count, 0)
            as promoters,
        cast(detractors_count as double) / nullif(answers_count, 0)
            as detractors,
        cast(repurchased_count as double) / nullif(followed_count, 0)
            as repurchase_share,
        cast($interval_z as double) as z
    from filled
),

intervals as (
    select
        *,
        promoters - detractors as nps,
        z * sqrt(
            greatest(
                promoters + detractors
                - (promoters - detractors) * (promoters - detractors),
                0e0
            ) / n
        ) as margin,
        (repurchase_share + z * z / (2 * followed)) / (1 + z * z / followed)
            as centre,
        z * sqrt(
            repurchase_share * (1 - repurchase_share) / followed
            + z * z / (4 * followed * followed)
        ) / (1 + z * z / followed) as half_width
    from shares
),

final as (
    select
        dimension,
        dimension_value,
        has_incident,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when is_answer_shown or answers_count = 0 and not is_suppressed
            then answers_count end as answers_count,
        case when is_answer_shown then nps end as nps,
        case when is_answer_shown then margin end as margin,
        case when tolerances_count >= $min_cell then tolerances_count end
            as tolerances_count,
        case when tolerances_count >= $min_cell then mean_tolerance_index end
            as mean_tolerance_index,
        case
            when is_repurchase_shown or followed_count = 0 and not is_suppressed
                then followed_count
        end as followed_count,
        case when is_repurchase_shown then repurchase_share end
            as repurchase_share,
        case when is_repurchase_shown then greatest(centre - half_width, 0e0)
        end as repurchase_share_low,
        case when is_repurchase_shown then least(centre + half_width, 1e0)
        end as repurchase_share_high,
        is_suppressed
    from intervals
)

select * from final
