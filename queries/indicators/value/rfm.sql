-- One row per customer with an own order in the window: recency, frequency and
-- monetary value with scores 1-5 (5 is best), and the RFM group. Former
-- customers form a group of their own, without scores (rfm_buyers).
--
-- The method is that of Hughes (1994), with the cuts of rfm_cuts and the scores
-- of the R package rfm (Hebbali 2020). A score is the number of cuts at or
-- below the value, plus 1; the score of recency is reversed. Customers with the
-- same value have the same score.
--
-- $rfm_rule defines the groups. complete assigns each of the 125 combinations
-- to exactly one group: within a band of recency, by the lower and the upper of
-- the scores of frequency and monetary value. r_package takes the first group
-- of the R package whose bounds hold for all three scores. Groups whose bounds
-- lie within those of earlier groups then stay empty (new, promising,
-- cant_lose), and others holds the rest.
with

rfm_buyers as (
    select * from rfm_buyers
),

rfm_cuts as (
    select * from rfm_cuts
),

cuts as (
    select
        max(case when measure = 'recency' and quantile = 0.2 then cut end)
            as recency_1,
        max(case when measure = 'recency' and quantile = 0.4 then cut end)
            as recency_2,
        max(case when measure = 'recency' and quantile = 0.6 then cut end)
            as recency_3,
        max(case when measure = 'recency' and quantile = 0.8 then cut end)
            as recency_4,
        max(case when measure = 'frequency' and quantile = 0.2 then cut end)
            as frequency_1,
        max(case when measure = 'frequency' and quantile = 0.4 then cut end)
            as frequency_2,
        max(case when measure = 'frequency' and quantile = 0.6 then cut end)
            as frequency_3,
        max(case when measure = 'frequency' and quantile = 0.8 then cut end)
            as frequency_4,
        max(case when measure = 'monetary' and quantile = 0.2 then cut end)
            as monetary_1,
        max(case when measure = 'monetary' and quantile = 0.4 then cut end)
            as monetary_2,
        max(case when measure = 'monetary' and quantile = 0.6 then cut end)
            as monetary_3,
        max(case when measure = 'monetary' and quantile = 0.8 then cut end)
            as monetary_4
    from rfm_cuts
),

scored as (
    select
        buyers.*,
        case
            when buyers.recency_days >= cuts.recency_4 then 1
            when buyers.recency_days >= cuts.recency_3 then 2
            when buyers.recency_days >= cuts.recency_2 then 3
            when buyers.recency_days >= cuts.recency_1 then 4
            else 5
        end as recency_score,
        case
            when buyers.orders_count >= cuts.frequency_4 then 5
            when buyers.orders_count >= cuts.frequency_3 then 4
            when buyers.orders_count >= cuts.frequency_2 then 3
            when buyers.orders_count >= cuts.frequency_1 then 2
            else 1
        end as frequency_score,
        case
            when buyers.amount >= cuts.monetary_4 then 5
            when buyers.amount >= cuts.monetary_3 then 4
            when buyers.amount >= cuts.monetary_2 then 3
            when buyers.amount >= cuts.monetary_1 then 2
            else 1
        end as monetary_score
    from rfm_buyers as buyers
    cross join cuts
),

bounded as (
    select
        *,
        least(frequency_score, monetary_score) as lower_score,
        greatest(frequency_score, monetary_score) as upper_score
    from scored
),

grouped as (
    select
        *,
        case
            when recency_score between 4 and 5
                and lower_score >= 4 then 'champions'
            when recency_score between 2 and 5
                and lower_score >= 3 then 'loyal'
            when recency_score between 3 and 5
                and upper_score <= 3 then 'potential_loyalist'
            when recency_score between 4 and 5
                and upper_score <= 1 then 'new'
            when recency_score between 3 and 4
                and upper_score <= 1 then 'promising'
            when recency_score between 2 and 3
                and lower_score >= 2 and upper_score <= 3
                then 'need_attention'
            when recency_score between 2 and 3
                and upper_score <= 2 then 'about_to_sleep'
            when recency_score between 1 and 2
                and lower_score >= 2 then 'at_risk'
            when recency_score = 1
                and lower_score >= 4 then 'cant_lose'
            when recency_score between 1 and 2
                and upper_score <= 2 then 'lost'
            else 'others'
        end as package_group,
        case
            when recency_score >= 4 then
                case
                    when lower_score >= 4 then 'champions'
                    when lower_score = 3 then 'loyal'
                    when upper_score = 1 then 'new'
                    else 'potential_loyalist'
                end
            when recency_score = 3 then
                case
                    when lower_score >= 3 then 'loyal'
                    when upper_score = 1 then 'promising'
                    else 'need_attention'
                end
            when recency_score = 2 then
                case
                    when upper_score <= 2 then 'about_to_sleep'
                    else 'at_risk'
                end
            else
                case
                    when lower_score >= 4 then 'cant_lose'
                    when upper_score <= 2 then 'lost'
                    else 'at_risk'
                end
        end as complete_group
    from bounded
),

final as (
    select
        customer_id,
        recency_days,
        orders_count,
        amount,
        case when is_scored then recency_score end as recency_score,
        case when is_scored then frequency_score end as frequency_score,
        case when is_scored then monetary_score end as monetary_score,
        case
            when not is_scored then 'former'
            when $rfm_rule = 'r_package' then package_group
            else complete_group
        end as rfm_group
    from grouped
)

select * from final
