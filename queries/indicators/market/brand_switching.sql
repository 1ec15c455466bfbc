-- One row per dimension, value, category and pair of brands: how often an order
-- of the first brand was followed by an order of the second, in total and by
-- customer type (B8, brand switching matrix; Colombo and Morrison 1989). A
-- repeat of the same brand is a pair too.
--
-- row_share = count / all pairs that start from the brand. expected = row total
-- x column total / all pairs of the group and category, the count if the next
-- brand did not depend on the last. pearson_residual = (count - expected) /
-- sqrt(expected). A pair that never occurs has a row if at least one is
-- expected. Pairs of 1 to $min_cell - 1 customers are suppressed. If only one
-- pair of a row or column is suppressed, the smallest other pair is suppressed
-- too, because totals would disclose it.
with

brand_pairs as (
    select * from brand_pairs
),

brand_ranks as (
    select * from brand_ranks
),

own_categories as (
    select * from own_categories
),

customer_profile as (
    select customer_id, customer_type from customer_profile
),

by_customer as (
    select
        category_rank,
        from_rank,
        to_rank,
        customer_id,
        count(*) as pairs_count
    from brand_pairs
    group by category_rank, from_rank, to_rank, customer_id
),

by_type as (
    select
        coalesce(profiles.customer_type, 'unknown') as customer_type,
        pairs.category_rank,
        pairs.from_rank,
        pairs.to_rank,
        count(*) as customers_count,
        sum(pairs.pairs_count) as pairs_count
    from by_customer as pairs
    left join customer_profile as profiles
        on pairs.customer_id = profiles.customer_id
    group by
        coalesce(profiles.customer_type, 'unknown'),
        pairs.category_rank,
        pairs.from_rank,
        pairs.to_rank
),

observed as (
    select
        'total' as dimension,
        'all' as dimension_value,
        category_rank,
        from_rank,
        to_rank,
        sum(customers_count) as customers_count,
        sum(pairs_count) as pairs_count
    from by_type
    group by category_rank, from_rank, to_rank
    union all
    select
        'customer_type' as dimension,
        customer_type as dimension_value,
        category_rank,
        from_rank,
        to_rank,
        customers_count,
        pairs_count
    from by_type
),

totals as (
    select
        dimension,
        dimension_value,
        category_rank,
        sum(pairs_count) as pairs_count
    from observed
    group by dimension, dimension_value, category_rank
),

from_totals as (
    select
        dimension,
        dimension_value,
        category_rank,
        from_rank,
        sum(pairs_count) as pairs_count
    from observed
    group by dimension, dimension_value, category_rank, from_rank
),

to_totals as (
    select
        dimension,
        dimension_value,
        category_rank,
        to_rank,
        sum(pairs_count) as pairs_count
    from observed
    group by dimension, dimension_value, category_rank, to_rank
),

cells as (
    select
        totals.dimension,
        totals.dimension_value,
        totals.category_rank,
        from_totals.from_rank,
        to_totals.to_rank,
        from_totals.pairs_count as from_pairs_count,
        cast(from_totals.pairs_count as double)
            * cast(to_totals.pairs_count as double)
            / cast(totals.pairs_count as double) as expected
    from totals
    inner join from_totals
        on totals.dimension = from_totals.dimension
        and totals.dimension_value = from_totals.dimension_value
        and totals.category_rank = from_totals.category_rank
    inner join to_totals
        on totals.dimension = to_totals.dimension
        and totals.dimension_value = to_totals.dimension_value
        and totals.category_rank = to_totals.category_rank
),

paired as (
    select
        cells.dimension,
        cells.dimension_value,
        cells.category_rank,
        cells.from_rank,
        cells.to_rank,
        coalesce(observed.customers_count, 0) as customers_count,
        coalesce(observed.pairs_count, 0) as pairs_count,
        cells.from_pairs_count,
        cells.expected
    from cells
    left join observed
        on cells.dimension = observed.dimension
        and cells.dimension_value = observed.dimension_value
        and cells.category_rank = observed.category_rank
        and cells.from_rank = observed.from_rank
        and cells.to_rank = observed.to_rank
    where observed.pairs_count > 0 or cells.expected >= 1
),

hidden_in_rows as (
    select
        *,
        suppress(customers_count, $min_cell) over (
            partition by dimension, dimension_value, category_rank, from_rank
            order by to_rank nulls last
        ) as is_row_hidden
    from paired
),

hidden_in_columns as (
    select
        *,
        suppress(customers_count, $min_cell, is_row_hidden) over (
            partition by dimension, dimension_value, category_rank, to_rank
            order by from_rank nulls last
        ) as is_column_hidden
    from hidden_in_rows
),

counted as (
    select
        *,
        suppress(customers_count, $min_cell, is_column_hidden) over (
            partition by dimension, dimension_value, category_rank, from_rank
            order by to_rank nulls last
        ) as is_suppressed
    from hidden_in_columns
),

final as (
    select
        counted.dimension,
        counted.dimension_value,
        categories.category,
        from_brands.brand as from_brand,
        to_brands.brand as to_brand,
        case when not counted.is_suppressed then counted.customers_count end
            as customers_count,
        case when not counted.is_suppressed then counted.pairs_count end
            as count,
        case when not counted.is_suppressed then counted.from_pairs_count end
            as from_count,
        case when not counted.is_suppressed
            then cast(counted.pairs_count as double)
                / nullif(cast(counted.from_pairs_count as double), 0)
        end as row_share,
        case when not counted.is_suppressed then counted.expected end
            as expected,
        case when not counted.is_suppressed
            then (cast(counted.pairs_count as double) - counted.expected)
                / nullif(sqrt(counted.expected), 0)
        end as pearson_residual,
        counted.is_suppressed
    from counted
    inner join own_categories as categories
        on counted.category_rank = categories.category_rank
    inner join brand_ranks as from_brands
        on counted.from_rank = from_brands.brand_rank
    inner join brand_ranks as to_brands
        on counted.to_rank = to_brands.brand_rank
)

select * from final
