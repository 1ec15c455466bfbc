-- One row per customer with an occasion of the window in a category with a
-- rival's promotion: all occasions and own occasions during these promotions,
-- and at other times in the same categories (A9 observed).
--
-- Promotions are situations of kind rival_promotion (stg_situations). They last
-- whole days, the first and the last included, and up to as_of_date if open.
-- Without a category they apply to every category. Only categories with rivals
-- on file count. is_compared requires occasions during promotions and at other
-- times, and an own occasion at either time. Requiring an own occasion at one
-- given time would bias the difference.
with

occasions as (
    select * from occasions where is_occasion
),

own_categories as (
    select * from own_categories where rivals_seen
),

stg_situations as (
    select * from stg_situations
),

promotions as (
    select
        categories.category,
        cast(situations.from_at as date) as from_on,
        coalesce(cast(situations.to_at as date), $as_of_date) as to_on
    from stg_situations as situations
    inner join own_categories as categories
        on coalesce(situations.category, categories.category)
            = categories.category
    where
        situations.kind = 'rival_promotion'
        and situations.from_at < $as_of_date + 1
        and coalesce(
            cast(situations.to_at as date) >= categories.window_from, true
        )
),

promoted_categories as (
    select category from promotions group by category
),

days as (
    select category, cast(ordered_at as date) as ordered_on
    from occasions
    group by category, cast(ordered_at as date)
),

promoted_days as (
    select days.category, days.ordered_on
    from days
    inner join promotions
        on days.category = promotions.category
        and days.ordered_on >= promotions.from_on
        and days.ordered_on <= promotions.to_on
    group by days.category, days.ordered_on
),

sided as (
    select
        occasions.customer_id,
        promoted.ordered_on is not null as is_promoted,
        occasions.brand is not distinct from $brand as is_own
    from occasions
    inner join promoted_categories as categories
        on occasions.category = categories.category
    left join promoted_days as promoted
        on occasions.category = promoted.category
        and cast(occasions.ordered_at as date) = promoted.ordered_on
),

counts as (
    select
        customer_id,
        sum(case when is_promoted then 1 else 0 end)
            as promotion_occasions_count,
        sum(case when is_promoted and is_own then 1 else 0 end)
            as own_promotion_occasions_count,
        sum(case when not is_promoted then 1 else 0 end)
            as other_occasions_count,
        sum(case when not is_promoted and is_own then 1 else 0 end)
            as own_other_occasions_count
    from sided
    group by customer_id
),

final as (
    select
        customer_id,
        promotion_occasions_count,
        own_promotion_occasions_count,
        cast(own_promotion_occasions_count as double)
            / nullif(cast(promotion_occasions_count as double), 0)
            as own_promotion_share,
        other_occasions_count,
        own_other_occasions_count,
        cast(own_other_occasions_count as double)
            / nullif(cast(other_occasions_count as double), 0)
            as own_other_share,
        promotion_occasions_count > 0
        and other_occasions_count > 0
        and own_promotion_occasions_count + own_other_occasions_count > 0
            as is_compared
    from counts
)

select * from final
