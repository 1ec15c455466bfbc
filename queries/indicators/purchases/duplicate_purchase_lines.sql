-- One row per (order, line number) that occurs more than once.
--
-- Only usable lines count: with a customer, an order and a time, up to
-- as_of_date. Lines without a line number cannot be told apart and are no
-- duplicates.
--
-- Grouping all lines by both keys is the costliest step of a run, so orders are
-- checked first. Line number k has the bit 2^k. The sum of an order's bits
-- equals their bitwise or exactly if no line number occurs twice. Orders with
-- line numbers outside 0 to 40 are always checked line by line.
with

usable_lines as (
    select
        order_id,
        line_number,
        -- The bit of the line number, or 0 outside 0 to 40.
        case when line_number between 0 and 40
            then 1 << line_number else 0 end as line_bit
    from stg_purchases
    where
        customer_id is not null
        and order_id is not null
        and line_number is not null
        and ordered_at < $as_of_date + 1
),

suspicious_orders as (
    select order_id
    from usable_lines
    group by order_id
    having
        sum(line_bit) <> bit_or(line_bit)
        or min(line_number) < 0
        or max(line_number) > 40
),

final as (
    select
        order_id,
        line_number,
        count(*) as copies_count
    from usable_lines
    where order_id in (select order_id from suspicious_orders)
    group by order_id, line_number
    having count(*) > 1
)

select * from final
