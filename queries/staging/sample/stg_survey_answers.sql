-- One row per answered item. The long form also asks about rivals (brand). The
-- order and the contact that a response refers to are on one of its rows.
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
        brand,
        order_id,
        contact_id,
        item_id,
        score
    from survey_answers
)

select * from final
