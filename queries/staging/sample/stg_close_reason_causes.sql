-- One row per reason of leaving, in the customers' words, with its cause.
with

close_reasons as (
    select * from close_reasons
),

final as (
    select
        close_reason,
        cause
    from close_reasons
)

select * from final
