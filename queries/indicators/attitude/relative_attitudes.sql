-- One row per response that rates the own brand and a rival on the same item:
-- A2, the score of the own brand minus that of the best rival (Dick and Basu
-- 1994).
--
-- Each rival is compared over the items answered about both brands, each as a
-- share of its scale. The weights are those of the attitude composite, or equal
-- if none of these items has a weight. The best rival is the one with the
-- smallest difference, ties by name. The result runs from -1 (the rival leads
-- by the whole scale) to 1 (the own brand does); 0 is a tie.
with

answered_items as (
    select * from answered_items
),

rival_answers as (
    select * from rival_answers
),

compared_items as (
    select
        rivals.response_id,
        rivals.brand,
        coalesce(own.weight * own.dimension_weight, 0) as weight,
        (own.score - rivals.score)
            / nullif(own.scale_max - own.scale_min, 0) as difference
    from rival_answers as rivals
    inner join answered_items as own
        on rivals.response_id = own.response_id
        and rivals.item_id = own.item_id
    where
        own.score is not null
        and rivals.score is not null
        -- Ranks and money are not attitudes.
        and own.construct not in ('brand_rank', 'wallet_declared')
),

compared_rivals as (
    select
        response_id,
        brand,
        coalesce(
            sum(weight * difference) / nullif(sum(weight), 0),
            avg(difference)
        ) as difference
    from compared_items
    group by response_id, brand
),

ranked_rivals as (
    select
        *,
        row_number() over (
            partition by response_id
            order by difference nulls last, brand nulls last
        ) as rival_rank
    from compared_rivals
),

final as (
    select
        response_id,
        count(*) as rivals_count,
        min(case when rival_rank = 1 then brand end) as best_rival,
        min(difference) as relative_attitude
    from ranked_rivals
    group by response_id
)

select * from final
