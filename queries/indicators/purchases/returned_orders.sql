-- One row per customer, return number and order named by the return, if that
-- order is on file: the order and its time.
--
-- A return is a line marked as one, or with a negative amount or quantity. Its
-- order is the one named in returned_order_id if on file, or else the one with
-- the number of the return itself. An order is on file if the same customer has
-- a line with a positive amount under that number that is not a return, up to
-- as_of_date. The time is that of the last such line. Returns without an order
-- on file (most credit notes) have no row.
--
-- returned_order_id is compared as text, because order numbers may have another
-- type.
with

usable_lines as (
    select
        customer_id,
        order_id,
        returned_order_id,
        ordered_at,
        is_return,
        quantity,
        amount
    from stg_purchases
    where
        customer_id is not null
        and order_id is not null
        and ordered_at < $as_of_date + 1
),

returns as (
    select
        customer_id,
        order_id as return_id,
        coalesce(cast(returned_order_id as varchar), '') as named_id
    from usable_lines
    where is_return or amount < 0 or quantity < 0
    group by
        customer_id, order_id, coalesce(cast(returned_order_id as varchar), '')
),

purchases as (
    select customer_id, order_id, ordered_at
    from usable_lines
    where amount > 0 and not coalesce(is_return, false)
),

same_number as (
    select
        purchases.customer_id,
        purchases.order_id,
        max(purchases.ordered_at) as ordered_at
    from purchases
    left semi join returns
        on purchases.customer_id = returns.customer_id
        and purchases.order_id = returns.return_id
    group by purchases.customer_id, purchases.order_id
),

named_returns as (
    select customer_id, named_id from returns where named_id <> ''
),

named as (
    select
        purchases.customer_id,
        purchases.order_id,
        cast(purchases.order_id as varchar) as order_name,
        max(purchases.ordered_at) as ordered_at
    from purchases
    left semi join named_returns as returns
        on purchases.customer_id = returns.customer_id
        and cast(purchases.order_id as varchar) = returns.named_id
    group by purchases.customer_id, purchases.order_id
),

-- The named order comes before the number of the return itself.
matched as (
    select
        returns.customer_id,
        returns.return_id,
        returns.named_id,
        coalesce(named.order_id, same_number.order_id) as order_id,
        coalesce(named.ordered_at, same_number.ordered_at) as ordered_at
    from returns
    left join named
        on returns.customer_id = named.customer_id
        and returns.named_id = named.order_name
    left join same_number
        on returns.customer_id = same_number.customer_id
        and returns.return_id = same_number.order_id
),

final as (
    select *
    from matched
    where order_id is not null
)

select * from final
