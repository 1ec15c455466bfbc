-- One row per group of customers, with and without a recent incident: the
-- effect of incidents on recommendation and repurchase (A1 observed). A group
-- of 1 to $min_cell - 1 customers is suppressed, and so is a measure known for
-- fewer.
--
-- Customers are matched by recency and frequency of the purchases before
-- (incident_groups), in the match groups that occur with and without an
-- incident. Customers without an incident are weighted to the distribution of
-- those with one (direct standardisation), separately for each measure, over
-- the customers for whom it is known. matched_count counts the matched
-- customers, answers_count those who answered the recommendation item,
-- followed_count those observed for $repurchase_days days.
--
-- The NPS has its Wald margin as in nps, the repurchase share the Wilson (1927)
-- interval, both with the effective sample size n_eff = 1 / sum(share^2 / n)
-- over the match groups (Kish 1965). If no purchases are on file, all customers
-- with an incident are compared with all without, and the repurchase share is
-- NULL.
with

incident_groups as (
    select * from incident_groups where has_incident is not null
),

buyers as (
    select not coalesce(bool_or(match_group = 0), false) as are_on_file
    from incident_groups
),

customer_profile as (
    select * from customer_profile
),

by_type as (
    select
        coalesce(profiles.customer_type, 'unknown') as customer_type,
        groups.has_incident,
        groups.match_group,
        count(*) as customers_count,
        count(groups.recommend_group) as answers_count,
        sum(case when groups.recommend_group = 'promoter' then 1 else 0 end)
            as promoters_count,
        sum(case when groups.recommend_group = 'detractor' then 1 else 0 end)
            as detractors_count,
        count(groups.tolerance_index) as tolerances_count,
        sum(groups.tolerance_index) as tolerance_sum,
        sum(case when groups.is_followed then 1 else 0 end) as followed_count,
        sum(
            case when groups.is_followed and groups.has_bought_again
                then 1 else 0 end
        ) as repurchased_count
    from incident_groups as groups
    left join customer_profile as profiles
        on groups.customer_id = profiles.customer_id
    group by 1, 2, 3
),

dimensions as (
    select * from (
        values ('total'), ('customer_type')
    ) as dimensions (dimension)
),

counts as (
    select
        dimensions.dimension,
        case dimensions.dimension
            when 'customer_type' then by_type.customer_type
            else 'all'
        end as dimension_value,
        by_type.has_incident,
        by_type.match_group,
        sum(by_type.customers_count) as customers_count,
        sum(by_type.answers_count) as answers_count,
        sum(by_type.promoters_count) as promoters_count,
        sum(by_type.detractors_count) as detractors_count,
        sum(by_type.tolerances_count) as tolerances_count,
        sum(by_type.tolerance_sum) as tolerance_sum,
        sum(by_type.followed_count) as followed_count,
        sum(by_type.repurchased_count) as repurchased_count
    from by_type
    cross join dimensions
    group by 1, 2, 3, 4
),

side_sums as (
    select
        dimension,
        dimension_value,
        has_incident,
        sum(customers_count) as customers_count
    from counts
    group by dimension, dimension_value, has_incident
),

measures as (
    select * from (
        values ('customer'), ('recommendation'), ('tolerance'), ('repurchase')
    ) as measures (measure)
),

-- n: customers of a match group. value_sum: the sum of the measure over them.
measured as (
    select
        counts.dimension,
        counts.dimension_value,
        counts.has_incident,
        counts.match_group,
        measures.measure,
        case measures.measure
            when 'customer' then counts.customers_count
            when 'recommendation' then counts.answers_count
            when 'tolerance' then counts.tolerances_count
            when 'repurchase' then counts.followed_count
        end as n,
        cast(case measures.measure
            when 'recommendation' then counts.promoters_count
            when 'tolerance' then counts.tolerance_sum
            when 'repurchase' then counts.repurchased_count
        end as double) as value_sum,
        cast(counts.detractors_count as double) as detractors_sum
    from counts
    cross join measures
    where counts.match_group is not null
),

-- A match group counts if it has customers with and without an incident.
shared as (
    select
        *,
        sum(case when has_incident then n else 0 end) over (
            partition by dimension, dimension_value, measure, match_group
        ) as incident_n
    from measured
    where n > 0
    qualify count(*) over (
        partition by dimension, dimension_value, measure, match_group
    ) = 2
),

weighted as (
    select
        *,
        cast(incident_n as double) / sum(incident_n) over (
            partition by dimension, dimension_value, measure, has_incident
        ) as weight
    from shared
),

standardised as (
    select
        dimension,
        dimension_value,
        has_incident,
        measure,
        sum(n) as n,
        1 / sum(weight * weight / n) as n_eff,
        sum(weight * value_sum / n) as mean,
        sum(weight * detractors_sum / n) as detractors
    from weighted
    group by dimension, dimension_value, has_incident, measure
),

known as (
    select
        dimension,
        dimension_value,
        has_incident,
        max(case when measure = 'customer' then n end) as matched_count,
        max(case when measure = 'recommendation' then n end) as answers_count,
        max(case when measure = 'recommendation' then n_eff end)
            as answers_n_eff,
        max(case when measure = 'recommendation' then mean end) as promoters,
        max(case when measure = 'recommendation' then detractors end)
            as detractors,
        max(case when measure = 'tolerance' then n end) as tolerances_count,
        max(case when measure = 'tolerance' then mean end)
            as mean_tolerance_index,
        max(case when measure = 'repurchase' then n end) as followed_count,
        max(case when measure = 'repurchase' then n_eff end)
            as followed_n_eff,
        max(case when measure = 'repurchase' then mean end)
            as repurchase_share
    from standardised
    group by dimension, dimension_value, has_incident
),

groups as (
    select dimension, dimension_value from counts
    union
    select 'total' as dimension, 'all' as dimension_value
),

sides as (
    select groups.*, sides.has_incident
    from groups
    cross join (values (true), (false)) as sides (has_incident)
),

filled as (
    select
        sides.dimension,
        sides.dimension_value,
        sides.has_incident,
        coalesce(side_sums.customers_count, 0) as customers_count,
        coalesce(known.matched_count, 0) as matched_count,
        coalesce(known.answers_count, 0) as answers_count,
        known.answers_n_eff,
        known.promoters,
        known.detractors,
        coalesce(known.tolerances_count, 0) as tolerances_count,
        known.mean_tolerance_index,
        coalesce(known.followed_count, 0) as followed_count,
        known.followed_n_eff,
        known.repurchase_share
    from sides
    left join side_sums
        on sides.dimension = side_sums.dimension
        and sides.dimension_value = side_sums.dimension_value
        and sides.has_incident = side_sums.has_incident
    left join known
        on sides.dimension = known.dimension
        and sides.dimension_value = known.dimension_value
        and sides.has_incident = known.has_incident
),

shares as (
    select
        *,
        customers_count between 1 and $min_cell - 1 as is_suppressed,
        answers_count >= $min_cell as is_answer_shown,
        buyers.are_on_file and followed_count >= $min_cell
            as is_repurchase_shown,
        followed_n_eff as followed,
        cast($interval_z as double) as z
    from filled
    cross join buyers
),

-- least() and greatest() because rounding may push sums of shares beyond 1.
intervals as (
    select
        *,
        least(greatest(promoters - detractors, -1e0), 1e0) as nps,
        z * sqrt(
            greatest(
                promoters + detractors
                - (promoters - detractors) * (promoters - detractors),
                0e0
            ) / answers_n_eff
        ) as margin,
        wilson_low(repurchase_share * followed, followed, z)
            as repurchase_share_low,
        wilson_high(repurchase_share * followed, followed, z)
            as repurchase_share_high
    from shares
),

final as (
    select
        dimension,
        dimension_value,
        has_incident,
        case when not is_suppressed then customers_count end
            as customers_count,
        case
            when not are_on_file then null
            when matched_count >= $min_cell
                or matched_count = 0 and not is_suppressed
                then matched_count
        end as matched_count,
        case when is_answer_shown or answers_count = 0 and not is_suppressed
            then answers_count end as answers_count,
        case when is_answer_shown then nps end as nps,
        case when is_answer_shown then margin end as margin,
        case when tolerances_count >= $min_cell then tolerances_count end
            as tolerances_count,
        case when tolerances_count >= $min_cell then mean_tolerance_index end
            as mean_tolerance_index,
        case
            when is_repurchase_shown
                or followed_count = 0 and not is_suppressed and are_on_file
                then followed_count
        end as followed_count,
        case when is_repurchase_shown then least(repurchase_share, 1e0) end
            as repurchase_share,
        case when is_repurchase_shown then repurchase_share_low end
            as repurchase_share_low,
        case when is_repurchase_shown then repurchase_share_high end
            as repurchase_share_high,
        case
            when is_suppressed then null
            when not are_on_file then 'no_purchases'
            when matched_count = 0 then 'nobody_alike'
        end as not_matched_because,
        is_suppressed
    from intervals
)

select * from final
