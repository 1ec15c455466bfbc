-- One row per method, dimension, value, control and control value: the price
-- elasticity of demand (B4 b, c). An elasticity of -2 means that a price rise
-- of one percent lowers the quantity by two percent. Groups of fewer than
-- $min_cell customers are suppressed.
--
-- slope is the within slope of price_slopes, over products whose list price
-- changed (list_price_changes_count). arc is the arc of price_arcs, per price
-- change and as a mean. Both are given per product, in total, by segment and by
-- customer type, never per customer. The controls necessity, supply and
-- competition have rows of their own (control). The interval is elasticity +- z
-- x standard error. If its half-width exceeds $elasticity_margin_cut, the
-- elasticity is NULL. not_estimated_because gives the reason for a missing
-- elasticity.
with

price_slopes as (
    select * from price_slopes
),

price_buyers as (
    select * from price_buyers
),

price_arcs as (
    select * from price_arcs
),

product_register as (
    select * from product_register
),

estimates as (
    select
        'slope' as method,
        slopes.dimension,
        slopes.dimension_value,
        slopes.control,
        slopes.control_value,
        coalesce(buyers.customers_count, 0) as customers_count,
        slopes.products_count,
        slopes.list_price_changes_count,
        slopes.points_count,
        slopes.stock_out_points_count,
        slopes.elasticity,
        slopes.standard_error,
        cast(null as date) as changed_on,
        null as price_before,
        null as price_after,
        null as quantity_before,
        null as quantity_after,
        case when slopes.dimension = 'product' then slopes.dimension_value end
            as product
    from price_slopes as slopes
    left join price_buyers as buyers
        on slopes.dimension = buyers.dimension
        and slopes.dimension_value = buyers.dimension_value
        and slopes.control = buyers.control
        and slopes.control_value = buyers.control_value
    union all
    select
        'arc' as method,
        dimension,
        dimension_value,
        control,
        control_value,
        customers_count,
        products_count,
        list_price_changes_count,
        points_count,
        stock_out_points_count,
        elasticity,
        standard_error,
        changed_on,
        price_before,
        price_after,
        quantity_before,
        quantity_after,
        cast(product_id as varchar) as product
    from price_arcs
),

described as (
    select
        estimates.*,
        products.is_necessity,
        products.rival_products_count,
        estimates.customers_count between 1 and $min_cell - 1
            as is_suppressed,
        case
            when cast($interval_z as double) * estimates.standard_error
                > cast($elasticity_margin_cut as double) + 1e-7
                then 'interval_too_wide'
            when estimates.elasticity is not null then null
            when estimates.method = 'arc' then 'nothing_to_compare'
            when estimates.list_price_changes_count = 0 then 'no_price_change'
            when estimates.points_count < $min_price_points then 'few_points'
            else 'no_price_change'
        end as not_estimated_because
    from estimates
    left join product_register as products
        on estimates.product = cast(products.product_id as varchar)
),

judged as (
    select
        *,
        not is_suppressed and not_estimated_because is null as is_shown
    from described
),

final as (
    select
        method,
        dimension,
        dimension_value,
        control,
        control_value,
        is_suppressed,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when not is_suppressed then products_count end as products_count,
        case when not is_suppressed then list_price_changes_count end
            as list_price_changes_count,
        case when not is_suppressed then points_count end as points_count,
        case when not is_suppressed then stock_out_points_count end
            as stock_out_points_count,
        case when is_shown then elasticity end as elasticity,
        case when is_shown then standard_error end as standard_error,
        case when is_shown
            then elasticity - cast($interval_z as double) * standard_error end
            as low,
        case when is_shown
            then elasticity + cast($interval_z as double) * standard_error end
            as high,
        case when not is_suppressed then not_estimated_because end
            as not_estimated_because,
        is_necessity,
        rival_products_count,
        changed_on,
        cast(price_before as decimal(18, 2)) as price_before,
        cast(price_after as decimal(18, 2)) as price_after,
        case when not is_suppressed
            then cast(quantity_before as decimal(28, 3)) end
            as quantity_before,
        case when not is_suppressed
            then cast(quantity_after as decimal(28, 3)) end as quantity_after
    from judged
)

select * from final
