-- One row per generated answer.
with

survey_answers as (
    select * from survey_answers
),

final as (
    select
        response_id,
        customer_id,
        answered_at,
        wave,
        item_id,
        score
    from survey_answers
)

select * from final
