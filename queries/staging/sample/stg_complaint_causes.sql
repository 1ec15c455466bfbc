-- One row per topic of complaints as the service desk files them.
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
