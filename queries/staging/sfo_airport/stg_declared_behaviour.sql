-- One row per respondent who said how often they flew from SFO in the last
-- twelve months. Codes 1 and 2 are one and two flights, 3 is three to six;
-- three or more flights is high. 0 is a blank answer and gives no row. measure
-- is the code, which grows with the flights.
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
