-- One row per response and construct of the questionnaire that it answers.
--
-- construct_index is the mean of (score - min) / (max - min) over the answered
-- items, 0-100, and construct_score the mean of their scores; reversed items
-- are inverted. top_two_share is the share of answered items at most one step
-- below the best score. is_top_two says whether the mean is at most one step
-- below the best. Both are NULL on scales of fewer than four points. ces_score
-- is the mean of the items of ease on a scale of 1 to 7, as in the Customer
-- Effort Score 2.0 (CEB 2013). Ranks of brands and declared spend are not
-- scales and have no row.
with

answered_items as (
    select * from answered_items
),

items as (
    select
        response_id,
        construct,
        scale_min,
        scale_max,
        score,
        (score - scale_min) / nullif(scale_max - scale_min, 0) as score_share,
        case
            when scale_max - scale_min < 3 then null
            when score >= scale_max - 1 - 1e-7 then 1e0
            else 0e0
        end as top_two,
        case when construct = 'ease' and scale_min = 1 and scale_max = 7
            then score end as ces_score
    from answered_items
    where
        score is not null
        and construct not in ('brand_rank', 'wallet_declared')
),

means as (
    select
        response_id,
        construct,
        100 * avg(score_share) as construct_index,
        avg(score) as construct_score,
        count(*) as items_count,
        min(scale_min) as scale_min,
        max(scale_max) as scale_max,
        -- Items with different scales give the construct no scale of its own.
        min(scale_min) = max(scale_min) and min(scale_max) = max(scale_max)
            as has_one_scale,
        min(scale_max - scale_min) as steps_count,
        avg(score - scale_max) as steps_from_best,
        avg(top_two) as top_two_share,
        avg(ces_score) as ces_score
    from items
    group by response_id, construct
),

-- 1e-7 compensates for binary rounding of a mean equal to the cut.
final as (
    select
        response_id,
        construct,
        construct_index,
        construct_score,
        items_count,
        case when has_one_scale then scale_min end as scale_min,
        case when has_one_scale then scale_max end as scale_max,
        case when steps_count >= 3 then steps_from_best >= -1 - 1e-7 end
            as is_top_two,
        case when steps_count >= 3 then top_two_share end as top_two_share,
        ces_score
    from means
)

select * from final
