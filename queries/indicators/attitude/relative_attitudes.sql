-- One row per response in which an item was answered about the own brand and
-- about a rival: A2, the own score minus the best rival's (Dick and Basu 1994).
--
-- Each rival is compared over the items that were answered about both brands,
-- each as a share of its scale; weighted like the attitude composite, or all
-- alike where none of these items has a weight. The best rival is the one with
-- the smallest difference, ties by name. -1 the rival leads by the whole scale,
-- 0 level, 1 the own brand does.
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
        -- ranks and money are no attitudes
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
