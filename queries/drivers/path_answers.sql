-- One row per customer and item of the path model: the answer in the response
-- that counts (survey_responses.is_latest), reversed items inverted, or NULL
-- without an answer. Customers who answered no item of the model have no row.
with

path_model_items as (
    select * from path_model_items
),

survey_responses as (
    select response_id, customer_id from survey_responses where is_latest
),

answered_items as (
    select response_id, item_id, score
    from answered_items
    where score is not null
),

respondents as (
    select responses.response_id, responses.customer_id
    from survey_responses as responses
    inner join answered_items as answers
        on responses.response_id = answers.response_id
    inner join path_model_items as items
        on answers.item_id = items.item_id
    group by responses.response_id, responses.customer_id
),

final as (
    select
        respondents.customer_id,
        items.item_id,
        items.position,
        answers.score
    from respondents
    cross join path_model_items as items
    left join answered_items as answers
        on respondents.response_id = answers.response_id
        and items.item_id = answers.item_id
)

select * from final
