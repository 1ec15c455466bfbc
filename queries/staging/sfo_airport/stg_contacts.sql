-- One row per respondent who did not say that they met no problem at the airport
-- (Q15PROBLEM = 2): an incident of that day (1), or one without a time where the
-- answer is blank or "do not know", because nobody knows whether there was one.
with

survey as (
    select * from survey
),

final as (
    select
        respnum as contact_id,
        respnum as customer_id,
        case when q15problem = 1
            then cast(make_date(2017, 5, intdate) as timestamp) end as at,
        'incident' as kind
    from survey
    where q15problem is distinct from 2
)

select * from final
