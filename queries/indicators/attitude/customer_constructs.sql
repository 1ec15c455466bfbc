-- One row per customer and construct of the questionnaire that the customer
-- answered in the response that counts (survey_responses.is_latest).
--
-- construct_index and construct_score come from response_constructs. Ranks of
-- brands and declared spend are not scales and have no row (see
-- declared_wallet).
with

response_constructs as (
    select * from response_constructs
),

latest_responses as (
    select response_id, customer_id from survey_responses where is_latest
),

final as (
    select
        latest.customer_id,
        constructs.construct,
        constructs.construct_index,
        constructs.construct_score,
        constructs.items_count
    from response_constructs as constructs
    inner join latest_responses as latest
        on constructs.response_id = latest.response_id
)

select * from final
