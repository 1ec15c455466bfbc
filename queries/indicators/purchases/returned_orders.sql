-- One row per customer, return number and order named by the return, if that
-- order is on file: the order and its time.
--
-- A return is a line marked as one, or with a negative amount or quantity. Its
-- order is the one named in returned_order_id if on file, or else the one with
-- the number of the return itself. An order is on file if the same customer has
-- a line with a positive amount under that number that is not a return, up to
-- as_of_date. The time is that of the last such line up to the day of the
-- return. Returns without an order on file (most credit notes) have no row, nor
-- have those whose order is of a later day.
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
        coalesce(cast(returned_order_id as varchar), '') as named_id,
        max(ordered_at) as returned_at
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

-- An order made on a day after the return cannot be the one returned: the
-- number or a date is wrong, or the number is used again.
same_number as (
    select
        returns.customer_id,
        returns.return_id,
        returns.named_id,
        max(purchases.ordered_at) as ordered_at
    from returns
    inner join purchases
        on returns.customer_id = purchases.customer_id
        and returns.return_id = purchases.order_id
    where
        cast(purchases.ordered_at as date)
        <= cast(returns.returned_at as date)
    group by returns.customer_id, returns.return_id, returns.named_id
),

named as (
    select
        returns.customer_id,
        returns.return_id,
        returns.named_id,
        purchases.order_id,
        max(purchases.ordered_at) as ordered_at
    from returns
    inner join purchases
        on returns.customer_id = purchases.customer_id
        and returns.named_id = cast(purchases.order_id as varchar)
    where
        returns.named_id <> ''
        and cast(purchases.ordered_at as date)
            <= cast(returns.returned_at as date)
    group by
        returns.customer_id, returns.return_id, returns.named_id,
        purchases.order_id
),

-- The named order comes before the number of the return itself.
matched as (
    select
        returns.customer_id,
        returns.return_id,
        returns.named_id,
        case
            when named.return_id is not null then named.order_id
            when same_number.return_id is not null then returns.return_id
        end as order_id,
        coalesce(named.ordered_at, same_number.ordered_at) as ordered_at
    from returns
    left join named
        on returns.customer_id = named.customer_id
        and returns.return_id = named.return_id
        and returns.named_id = named.named_id
    left join same_number
        on returns.customer_id = same_number.customer_id
        and returns.return_id = same_number.return_id
        and returns.named_id = same_number.named_id
),

final as (
    select *
    from matched
    where order_id is not null
)

select * from final
