-- One row per answered item. Everything was asked about the own brand, so
-- brand is left out (NULL means own); so are order, contact and text.
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
        channel,
        response_weight,
        item_id,
        score
    from survey_answers
)

select * from final
