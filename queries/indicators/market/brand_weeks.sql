-- One row per category, whole week of its window and brand bought in that week:
-- the offer of the brand and the number of choices (B9).
--
-- A choice is an occasion (B6). unit_price is the mean price paid per unit and
-- deal_share the share of units bought on deal, both without returns. The
-- $brand_utility_brands brands with the most occasions in the category have
-- rows, and the own brand. Categories whose rivals are not on file have none.
with

purchase_lines as (
    select * from purchase_lines
),

occasions as (
    select * from occasions
),

own_categories as (
    select * from own_categories
),

counted as (
    select
        occasions.category,
        occasions.brand,
        cast(date_trunc('week', occasions.ordered_at) as date) as week,
        count(*) as brand_choices_count
    from occasions
    inner join own_categories as categories
        on occasions.category = categories.category
    where
        occasions.is_occasion
        and occasions.brand is not null
        and categories.rivals_seen
        and cast(date_trunc('week', occasions.ordered_at) as date)
        >= categories.window_from
        and cast(date_trunc('week', occasions.ordered_at) as date) + 6
        <= $as_of_date
    group by
        occasions.category,
        occasions.brand,
        cast(date_trunc('week', occasions.ordered_at) as date)
),

totals as (
    select category, brand, sum(brand_choices_count) as brand_choices_count
    from counted
    group by category, brand
),

ranked as (
    select
        category,
        brand,
        row_number() over (
            partition by category
            order by brand_choices_count desc nulls last, brand nulls last
        ) as brand_rank
    from totals
),

offers as (
    select
        category,
        brand,
        cast(date_trunc('week', ordered_at) as date) as week,
        sum(quantity) as quantity,
        sum(amount) as amount,
        sum(case when is_deal then quantity end) as deal_quantity
    from purchase_lines
    where amount > 0 and quantity > 0
    group by category, brand, cast(date_trunc('week', ordered_at) as date)
),

final as (
    select
        counted.category,
        counted.week,
        counted.brand,
        counted.brand_choices_count,
        cast(offers.amount as double) / cast(offers.quantity as double)
            as unit_price,
        coalesce(
            cast(offers.deal_quantity as double)
            / cast(offers.quantity as double),
            0
        ) as deal_share
    from counted
    inner join ranked
        on counted.category = ranked.category
        and counted.brand = ranked.brand
    inner join offers
        on counted.category = offers.category
        and counted.brand = offers.brand
        and counted.week = offers.week
    where
        ranked.brand_rank <= $brand_utility_brands or counted.brand = $brand
)

select * from final
