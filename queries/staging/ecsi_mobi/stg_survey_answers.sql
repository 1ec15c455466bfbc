-- One row per answered item. The file has no dates and no customer ids: the row
-- number is the respondent, and all answers are assumed to be from the day
-- before as_of_date.
with

mobi as (
    select * from mobi
),

answers as (
    select
        respondent,
        unnest(make_array(
            'IMAG1', 'IMAG2', 'IMAG3', 'IMAG4', 'IMAG5',
            'CUEX1', 'CUEX2', 'CUEX3',
            'PERQ1', 'PERQ2', 'PERQ3', 'PERQ4', 'PERQ5', 'PERQ6', 'PERQ7',
            'PERV1', 'PERV2',
            'CUSA1', 'CUSA2', 'CUSA3',
            'CUSCO',
            'CUSL1', 'CUSL2', 'CUSL3'
        )) as item_id,
        unnest(make_array(
            imag1, imag2, imag3, imag4, imag5,
            cuex1, cuex2, cuex3,
            perq1, perq2, perq3, perq4, perq5, perq6, perq7,
            perv1, perv2,
            cusa1, cusa2, cusa3,
            cusco,
            cusl1, cusl2, cusl3
        )) as score
    from mobi
),

final as (
    select
        respondent as response_id,
        respondent as customer_id,
        cast($as_of_date - 1 as timestamp) as answered_at,
        'survey' as wave,
        item_id,
        cast(score as double) as score
    from answers
    where score is not null
)

select * from final
