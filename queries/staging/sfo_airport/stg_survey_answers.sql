-- One row per answered item. Blank fields have no row. Codes for "blank" and
-- "does not apply" are kept, because they differ between items; the
-- questionnaire lists them as missing codes.
with

survey as (
    select * from survey
),

answers as (
    select
        respnum,
        intdate,
        method,
        weight,
        unnest(make_array(
            'NETPRO', 'Q7ALL', 'Q7SIGN', 'Q7WALKWAYS', 'Q7SCREENS', 'Q7FOOD',
            'Q7STORE', 'Q9ALL', 'Q10SAFE', 'Q13GETRATE', 'Q14FIND',
            'Q14PASSTHRU'
        )) as item_id,
        unnest(make_array(
            netpro, q7all, q7sign, q7walkways, q7screens, q7food,
            q7store, q9all, q10safe, q13getrate, q14find,
            q14passthru
        )) as score
    from survey
),

final as (
    select
        respnum as response_id,
        respnum as customer_id,
        -- The file gives only the day of the month, which is May.
        cast(make_date(2017, 5, intdate) as timestamp) as answered_at,
        '2017' as wave,
        case method
            when 1 then 'gate'
            when 2 then 'mail'
            when 3 then 'online'
        end as channel,
        weight as response_weight,
        item_id,
        score
    from answers
    where score is not null
)

select * from final
