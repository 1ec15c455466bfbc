-- One row per (order, line number) that occurs more than once.
--
-- Such rows are copies of one line where the customer, the day, the product,
-- brand and category, the quantity, the amount and whether it is a return are
-- the same (two missing values are). Rows that differ in one of these are lines
-- of their own: numbers come twice where shops number their orders each for
-- themselves, or start anew every year. Such lines conflict, except that what
-- came back may carry the number of the line that it takes back.
--
-- Only lines that could be used count: with customer, order and time, up to
-- as_of_date. Lines without a line number cannot be told apart and are not
-- called duplicates.
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

different_lines as (
    select
        order_id,
        line_number,
        coalesce(is_return, false) or amount < 0 or quantity < 0
            as came_back,
        amount,
        count(*) as rows_count
    from stg_purchases
    where
        customer_id is not null
        and line_number is not null
        and ordered_at < $as_of_date + 1
        and order_id in (select order_id from suspicious_orders)
    group by
        order_id, line_number, customer_id, cast(ordered_at as date),
        product_id, brand, category, quantity, amount,
        coalesce(is_return, false)
),

kinds as (
    select
        order_id,
        line_number,
        sum(rows_count) as rows_count,
        count(*) as lines_count,
        sum(amount) as amount
    from different_lines
    group by order_id, line_number, coalesce(came_back, false)
),

final as (
    select
        order_id,
        line_number,
        sum(rows_count - lines_count) as copies_count,
        sum(case when lines_count > 1 then lines_count else 0 end)
            as conflicting_lines_count,
        cast(
            sum(case when lines_count > 1 then amount end) as decimal(38, 2)
        ) as conflicting_amount
    from kinds
    group by order_id, line_number
    having sum(rows_count) > 1
)

select * from final
