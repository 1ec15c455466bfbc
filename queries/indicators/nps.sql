-- One row per dimension and value: Net Promoter Score (A7).
--
-- total: the latest response per customer within $survey_max_age_days, and the
-- anonymous ones of that time. channel: the same responses by channel. wave:
-- all valid responses of the wave. Promoters minus detractors as shares; Wald
-- margin z x sqrt((P + D - (P - D)^2) / n); adjusted Wald adds 0.75 promoters,
-- 1.5 passives, 0.75 detractors (Rocks 2016); weighted by response_weight with
-- n_eff = (sum w)^2 / sum w^2 (Kish 1965). Shares from -1 to 1.
with

valid_responses as (
    select
        wave,
        channel,
        response_weight as weight,
        is_latest or (customer_id is null and is_in_window) as is_current,
        case when recommend_group = 'promoter' then 1 else 0 end as promoter,
        case when recommend_group = 'passive' then 1 else 0 end as passive,
        case when recommend_group = 'detractor' then 1 else 0 end as detractor
    from survey_responses
    where recommend_group is not null
),

grouped_responses as (
    select
        'total' as dimension, 'all' as dimension_value,
        promoter, passive, detractor, weight
    from valid_responses
    where is_current
    union all
    select
        'wave' as dimension, coalesce(wave, 'unknown') as dimension_value,
        promoter, passive, detractor, weight
    from valid_responses
    union all
    select
        'channel' as dimension, coalesce(channel, 'unknown') as dimension_value,
        promoter, passive, detractor, weight
    from valid_responses
    where is_current
    union all
    -- keeps the total when nobody answered
    select
        'total' as dimension, 'all' as dimension_value,
        0 as promoter, 0 as passive, 0 as detractor, 0.0 as weight
),

counts as (
    select
        dimension,
        dimension_value,
        sum(promoter + passive + detractor) as n,
        sum(promoter) as promoters_count,
        sum(passive) as passives_count,
        sum(detractor) as detractors_count,
        sum(weight) as weight,
        sum(weight * weight) as squared_weight,
        sum(weight * promoter) as promoters_weight,
        sum(weight * detractor) as detractors_weight
    from grouped_responses
    group by dimension, dimension_value
),

shares as (
    select
        *,
        weight * weight / nullif(squared_weight, 0) as n_eff,
        cast(promoters_count as double) / nullif(n, 0) as promoters,
        cast(detractors_count as double) / nullif(n, 0) as detractors,
        case when n > 0 then (promoters_count + 0.75) / (n + 3e0) end
            as adjusted_promoters,
        case when n > 0 then (detractors_count + 0.75) / (n + 3e0) end
            as adjusted_detractors,
        promoters_weight / nullif(weight, 0) as weighted_promoters,
        detractors_weight / nullif(weight, 0) as weighted_detractors
    from counts
),

scores as (
    select
        *,
        promoters - detractors as nps,
        adjusted_promoters - adjusted_detractors as adjusted_nps,
        weighted_promoters - weighted_detractors as weighted_nps
    from shares
),

-- variance of +1, 0, -1; greatest() because 1 - 1^2 may fall below 0 in binary
margins as (
    select
        *,
        cast($interval_z as double) * sqrt(
            greatest(promoters + detractors - nps * nps, 0e0) / n
        ) as margin,
        cast($interval_z as double) * sqrt(
            greatest(
                adjusted_promoters + adjusted_detractors
                - adjusted_nps * adjusted_nps,
                0e0
            ) / (n + 3)
        ) as adjusted_margin,
        cast($interval_z as double) * sqrt(
            greatest(
                weighted_promoters + weighted_detractors
                - weighted_nps * weighted_nps,
                0e0
            ) / n_eff
        ) as weighted_margin
    from scores
),

final as (
    select
        dimension,
        dimension_value,
        n,
        n_eff,
        promoters_count,
        passives_count,
        detractors_count,
        nps,
        case when n > 0 then margin end as margin,
        case when n > 0 then greatest(adjusted_nps - adjusted_margin, -1e0) end
            as adjusted_low,
        case when n > 0 then least(adjusted_nps + adjusted_margin, 1e0) end
            as adjusted_high,
        weighted_nps,
        case when n_eff > 0 then weighted_margin end as weighted_margin
    from margins
)

select * from final
