-- One row per measure (behaviour_state, attitude_state), dimension, value,
-- earlier state and current state: the transitions on each axis (see
-- migrations), including customers measured on one axis only, who have no
-- segment.
with

final as (
    select *
    from migrations
    where measure in ('behaviour_state', 'attitude_state')
)

select * from final
