-- One row per named survey wave: the time of its first response, its position
-- in time (ties by name), and the previous wave.
with

waves as (
    select wave, min(responded_at) as started_at
    from survey_responses
    where wave is not null
    group by wave
),

numbered as (
    select
        wave,
        started_at,
        cast(
            row_number() over (
                order by started_at nulls last, wave nulls last
            ) as bigint
        ) as position
    from waves
),

final as (
    select
        waves.wave,
        waves.started_at,
        waves.position,
        before.wave as previous_wave
    from numbered as waves
    left join numbered as before
        on waves.position = before.position + 1
)

select * from final
