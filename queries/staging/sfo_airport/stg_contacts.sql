-- One row per respondent who said that they met a problem at the airport
-- (Q15PROBLEM = 1), as an incident of that day. Blank answers and "do not know"
-- give no row, so they cannot be told from those who met none.
with

survey_2017 as (
    select * from survey_2017
),

final as (
    select
        respnum as contact_id,
        respnum as customer_id,
        cast(make_date(2017, 5, intdate) as timestamp) as at,
        'incident' as kind
    from survey_2017
    where q15problem = 1
)

select * from final
