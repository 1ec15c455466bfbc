-- One row per transaction. The file has no order ids.
--
-- A line of the file has four fields separated by spaces: customer, day as
-- yyyymmdd, number of compact discs, dollars. Identical lines are separate
-- transactions, and a number makes their ids distinct.
with

transactions as (
    select * from transactions
),

single_spaced as (
    select trim(regexp_replace(line, '\s+', ' ', 'g')) as line
    from transactions
),

split as (
    select
        split_part(line, ' ', 1) as customer_id,
        split_part(line, ' ', 2) as day,
        split_part(line, ' ', 3) as discs,
        split_part(line, ' ', 4) as dollars
    from single_spaced
),

numbered as (
    select
        *,
        row_number() over (
            partition by customer_id, day, discs, dollars
            order by customer_id nulls last
        ) as copy_number
    from split
),

final as (
    select
        customer_id,
        customer_id || ' ' || day || ' ' || discs || ' ' || dollars
        || ' ' || cast(copy_number as varchar) as order_id,
        1 as line_number,
        cast(
            substr(day, 1, 4) || '-' || substr(day, 5, 2)
            || '-' || substr(day, 7, 2) as timestamp
        ) as ordered_at,
        'own' as brand,
        'music' as category,
        cast(discs as decimal(18, 3)) as quantity,
        cast(dollars as decimal(18, 2)) as amount,
        false as is_return
    from numbered
)

select * from final
