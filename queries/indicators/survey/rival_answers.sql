-- One row per response, rival brand and item, up to as_of_date, for items of
-- the questionnaire.
--
-- Scores follow answered_items: missing codes and values outside the scale are
-- NULL, reversed items are inverted, and of several answers the latest counts,
-- ties by the highest score. An answer without a score, or with a missing code,
-- counts only if there is no other: it shows that the brand was asked about and
-- not answered.
with

stg_survey_answers as (
    select * from stg_survey_answers
),

questionnaire_items as (
    select * from questionnaire_items
),

numbered_copies as (
    select
        answers.response_id,
        answers.brand,
        answers.item_id,
        answers.score,
        row_number() over (
            partition by answers.response_id, answers.brand, answers.item_id
            order by
                case
                    when answers.score is null then 1
                    when array_has(items.missing_codes, answers.score) then 1
                    else 0
                end nulls last,
                answers.answered_at desc nulls last,
                answers.score desc nulls last
        ) as copy_number
    from stg_survey_answers as answers
    left join questionnaire_items as items
        on answers.item_id = items.item_id
    where
        answers.response_id is not null
        and answers.item_id is not null
        and answers.answered_at < $as_of_date + 1
        and answers.brand <> $brand
),

valid as (
    select
        answers.response_id,
        answers.brand,
        answers.item_id,
        items.construct,
        items.scale_min,
        items.scale_max,
        items.is_reversed,
        case
            when array_has(items.missing_codes, answers.score) then null
            when answers.score between items.scale_min and items.scale_max
                then answers.score
        end as valid_score
    from numbered_copies as answers
    inner join questionnaire_items as items
        on answers.item_id = items.item_id
    where answers.copy_number = 1
),

final as (
    select
        response_id,
        brand,
        item_id,
        construct,
        scale_min,
        scale_max,
        case
            when is_reversed then scale_max + scale_min - valid_score
            else valid_score
        end as score
    from valid
)

select * from final
