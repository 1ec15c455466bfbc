-- One row per topic of complaints at the service desk, with its cause.
with

complaint_topics as (
    select * from complaint_topics
),

final as (
    select
        topic,
        cause
    from complaint_topics
)

select * from final
