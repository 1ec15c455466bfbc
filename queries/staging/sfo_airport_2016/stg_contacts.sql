-- One row per respondent who may have had a problem at the airport. Q15PROBLEM
-- = 1 is an incident at the time of the interview. A blank answer or "do not
-- know" is an incident without a time, because it is unknown whether there was
-- one. Q15PROBLEM = 2 (no problem) has no row.
with

survey as (
    select * from survey
),

final as (
    select
        respnum as contact_id,
        respnum as customer_id,
        case when q15problem = 1 then interviewed_at end as at,
        'incident' as kind
    from survey
    where q15problem is distinct from 2
)

select * from final
