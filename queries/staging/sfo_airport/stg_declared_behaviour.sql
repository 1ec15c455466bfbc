-- One row per respondent who stated the number of flights from SFO in the last
-- twelve months. Codes 1 and 2 are one and two flights, code 3 is three to six;
-- three or more flights are high. Code 0 is a blank answer and has no row.
-- measure is the code, which increases with the number of flights.
with

survey as (
    select * from survey
),

final as (
    select
        respnum as customer_id,
        case when q5timesflown >= 3 then 'high' else 'low' end
            as behaviour_state,
        cast(q5timesflown as varchar) as measure
    from survey
    where q5timesflown between 1 and 6
)

select * from final
