-- One row per (response, item) about the own brand that was answered more than
-- once, up to as_of_date. A row without a score is no answer.
with

final as (
    select
        response_id,
        item_id,
        count(*) as copies_count
    from stg_survey_answers
    where
        response_id is not null
        and item_id is not null
        and answered_at < $as_of_date + 1
        and score is not null
        and (brand is null or brand = $brand)
    group by response_id, item_id
    having count(*) > 1
)

select * from final
