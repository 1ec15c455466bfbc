-- One row per answered item. Codes for "blank" and "does not apply" are kept;
-- the questionnaire lists them as missing codes.
with

answers as (
    select * from answers
),

final as (
    select
        respnum as response_id,
        respnum as customer_id,
        interviewed_at as answered_at,
        '2016' as wave,
        case method
            when 1 then 'gate'
            when 2 then 'mail'
            when 3 then 'online'
        end as channel,
        weight as response_weight,
        item_id,
        score
    from answers
)

select * from final
