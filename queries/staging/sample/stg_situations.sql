-- One row per situation of a category. The last day is included, so to_at is
-- the last second of that day.
with

situations as (
    select * from situations
),

final as (
    select
        category,
        cast(from_at as timestamp) as from_at,
        cast(to_at + 1 as timestamp) - interval '1 second' as to_at,
        kind
    from situations
)

select * from final
