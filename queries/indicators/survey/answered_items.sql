-- One row per response and item about the own brand, up to as_of_date, for
-- items of the questionnaire.
--
-- score is NULL for a missing code and for a value outside the scale; reversed
-- items are turned (max + min - score), so that more is always better. A row
-- without a score is no answer. Of an item answered twice in one response the
-- latest answer stays, a missing code only where there is no other; of equally
-- late ones the highest score. Left out and counted in input_quality: answers
-- without response, time or score, after as_of_date, to items nobody declared.
-- A weight that is negative or not finite is none.
with

stg_survey_answers as (
    select * from stg_survey_answers
),

duplicate_survey_answers as (
    select * from duplicate_survey_answers
),

questionnaire_items as (
    select * from questionnaire_items
),

usable as (
    select
        response_id, item_id, customer_id, answered_at, wave, channel,
        case when response_weight >= 0 and response_weight < 'infinity'
            then response_weight end as response_weight,
        score
    from stg_survey_answers
    where
        response_id is not null
        and item_id is not null
        and answered_at < $as_of_date + 1
        and score is not null
        and (brand is null or brand = $brand)
),

single_answers as (
    select usable.*
    from usable
    left anti join duplicate_survey_answers as duplicates
        on usable.response_id = duplicates.response_id
        and usable.item_id = duplicates.item_id
),

numbered_copies as (
    select
        usable.*,
        row_number() over (
            partition by usable.response_id, usable.item_id
            order by
                array_has(items.missing_codes, usable.score) nulls last,
                usable.answered_at desc nulls last,
                usable.score desc nulls last,
                usable.customer_id nulls last,
                usable.wave nulls last,
                usable.channel nulls last,
                usable.response_weight desc nulls last
        ) as copy_number
    from usable
    inner join duplicate_survey_answers as duplicates
        on usable.response_id = duplicates.response_id
        and usable.item_id = duplicates.item_id
    left join questionnaire_items as items
        on usable.item_id = items.item_id
),

answers as (
    select
        response_id, item_id, customer_id, answered_at, wave, channel,
        response_weight, score
    from single_answers
    union all
    select
        response_id, item_id, customer_id, answered_at, wave, channel,
        response_weight, score
    from numbered_copies
    where copy_number = 1
),

valid as (
    select
        answers.*,
        items.construct,
        items.dimension,
        items.weight,
        items.dimension_weight,
        items.scale_min,
        items.scale_max,
        items.is_reversed,
        case
            when array_has(items.missing_codes, answers.score) then null
            when answers.score between items.scale_min and items.scale_max
                then answers.score
        end as valid_score
    from answers
    inner join questionnaire_items as items
        on answers.item_id = items.item_id
),

final as (
    select
        response_id,
        item_id,
        customer_id,
        answered_at,
        wave,
        channel,
        response_weight,
        construct,
        dimension,
        weight,
        dimension_weight,
        scale_min,
        scale_max,
        case
            when is_reversed then scale_max + scale_min - valid_score
            else valid_score
        end as score
    from valid
)

select * from final
