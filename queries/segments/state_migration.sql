-- One row per measure (behaviour_state, attitude_state), dimension, value,
-- earlier state and state now: where customers went on each axis alone, also
-- where nobody is measured on both and so has a segment (see migrations).
with

final as (
    select *
    from migrations
    where measure in ('behaviour_state', 'attitude_state')
)

select * from final
