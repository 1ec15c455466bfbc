-- One row per customer and brand that the customer ranked in the response that
-- counts (construct brand_rank, 1 = used most): the share of wallet by the
-- wallet allocation rule.
--
-- With N brands in use, the brand of rank r has the share (1 - r / (N + 1)) x 2
-- / N (Keiningham et al. 2011). Brands with the same rank share their mean
-- rank. Only the order of the answers counts, so gaps between ranks have no
-- effect.
with

latest_responses as (
    select response_id, customer_id from survey_responses where is_latest
),

answered_items as (
    select response_id, score
    from answered_items
    where construct = 'brand_rank' and score is not null
),

rival_answers as (
    select response_id, brand, score
    from rival_answers
    where construct = 'brand_rank' and score is not null
),

answers as (
    select response_id, $brand as brand, score from answered_items
    union all
    select response_id, brand, score from rival_answers
),

brands as (
    select
        latest.customer_id,
        answers.brand,
        avg(answers.score) as score
    from answers
    inner join latest_responses as latest
        on answers.response_id = latest.response_id
    group by latest.customer_id, answers.brand
),

-- A running count includes all brands of the same score.
counted as (
    select
        customer_id,
        brand,
        count(*) over (partition by customer_id) as brands_count,
        count(*) over (
            partition by customer_id order by score nulls last
        ) as last_rank,
        count(*) over (partition by customer_id, score) as ties_count
    from brands
),

ranked as (
    select
        *,
        last_rank - (ties_count - 1) / 2e0 as brand_rank
    from counted
),

final as (
    select
        customer_id,
        brand,
        brand = $brand as is_own,
        brands_count,
        brand_rank,
        (1 - brand_rank / (brands_count + 1)) * 2 / brands_count
            as allocated_share
    from ranked
)

select * from final
