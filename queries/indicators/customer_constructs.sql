-- One row per customer and construct of the questionnaire that the customer
-- answered in the response that counts (survey_responses.is_latest).
--
-- Means over the answered items of the construct, reversed items turned:
-- construct_index of (score - min) / (max - min), 0-100, and construct_score
-- of the scores. Ranks of brands and declared spend are no scales and left out
-- (see declared_wallet).
with

answered_items as (
    select * from answered_items
),

latest_responses as (
    select response_id, customer_id from survey_responses where is_latest
),

final as (
    select
        latest.customer_id,
        items.construct,
        100 * avg(
            (items.score - items.scale_min)
            / nullif(items.scale_max - items.scale_min, 0)
        ) as construct_index,
        avg(items.score) as construct_score,
        count(*) as items_count
    from answered_items as items
    inner join latest_responses as latest
        on items.response_id = latest.response_id
    where
        items.score is not null
        and items.construct not in ('brand_rank', 'wallet_declared')
    group by latest.customer_id, items.construct
)

select * from final
