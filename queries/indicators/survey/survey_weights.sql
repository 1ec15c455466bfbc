-- One row per response: its weight among the current responses and within its
-- wave (raked_weights), which makes the responses represent the population
-- margins.
--
-- Without a margin, every response keeps its weight. Weights that cannot be
-- computed are NULL; survey_weighting gives the reason.
with

raked_weights as (
    select * from raked_weights
),

current_weights as (
    select * from raked_weights where dimension = 'total'
),

wave_weights as (
    select * from raked_weights where dimension = 'wave'
),

final as (
    select
        waves.response_id,
        currents.response_id is not null as is_current,
        waves.stratum,
        currents.weight as post_stratified_weight,
        waves.weight as wave_weight
    from wave_weights as waves
    left join current_weights as currents
        on waves.response_id = currents.response_id
)

select * from final
