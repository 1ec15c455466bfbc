-- One row per customer, category and order of the window: the brand of the
-- order, as its rank in brand_ranks (B8). It is the brand with the largest
-- amount, ties by name. Orders without a positive amount, and brands nobody
-- named, are left out; so are categories in which rivals are not seen.
--
-- The amount in units of 10^-9, less the rank, is one number whose largest can
-- be found while grouping: a sixth of the time of first_value (... order by ...).
-- Amounts have two decimals, so ranks below 10^7 never reach the next amount.
with

occasions as (
    select * from occasions
),

brand_ranks as (
    select * from brand_ranks
),

own_categories as (
    select * from own_categories
),

largest as (
    select
        occasions.customer_id,
        occasions.category,
        occasions.order_id,
        max(
            occasions.amount * cast(1000000000 as decimal(10, 0))
            - ranks.brand_rank
        ) as amount_and_rank,
        max(occasions.ordered_at) as ordered_at
    from occasions
    inner join brand_ranks as ranks
        on occasions.brand = ranks.brand
    where
        occasions.amount > 0
        and occasions.category in (
            select category from own_categories where rivals_seen
        )
    group by occasions.customer_id, occasions.category, occasions.order_id
),

final as (
    select
        customer_id,
        category,
        order_id,
        cast(
            10000000 - amount_and_rank % cast(10000000 as decimal(8, 0))
            as bigint
        ) as brand_rank,
        ordered_at
    from largest
)

select * from final
