-- One row per customer of an invoice or credit note. The country is that of the
-- latest line, ties by name.
with

invoice_lines as (
    select * from invoice_lines
),

moments as (
    select
        customer,
        country,
        max(invoiced_at) as last_at,
        min(invoiced_at) as first_at
    from invoice_lines
    where
        customer is not null
        and invoiced_at < $as_of_date + 1
    group by customer, country
),

ranked as (
    select
        customer,
        country,
        min(first_at) over (partition by customer) as joined_at,
        row_number() over (
            partition by customer
            order by last_at desc nulls last, country nulls last
        ) as position
    from moments
),

final as (
    select
        customer as customer_id,
        'end' as customer_type,
        country as region,
        joined_at
    from ranked
    where position = 1
)

select * from final
