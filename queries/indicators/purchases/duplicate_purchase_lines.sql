-- One row per (order, line number) that occurs more than once.
--
-- Only lines that could be used count: with customer, order and time, up to
-- as_of_date. Lines without a line number cannot be told apart and are not
-- called duplicates.
--
-- Grouping all lines by two keys is the costliest step of a run, so orders are
-- looked at first: give line number k the bit 2^k; the sum of an order's bits
-- is their bitwise or exactly when no line number comes twice. Orders with
-- line numbers outside 0 to 40 are always looked at line by line.
with

usable_lines as (
    select
        order_id,
        line_number,
        -- the bit of the line number, 0 where it has none
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
