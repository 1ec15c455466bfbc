-- One row per dimension, value, control and control value: the price elasticity
-- as a slope (B4 b), per product, in total, by segment and by customer type.
-- The last three also have rows within the controls necessity, supply and
-- competition.
--
-- The slope is an ordinary least squares regression of ln quantity on ln list
-- price over product-weeks with sales, with product fixed effects (the within
-- estimator, Wooldridge 2010, chapter 10): sum Sxy / sum Sxx, where Sxx and Sxy
-- are taken within each product. The quantity is that of the group in the week,
-- the price the list price of the week, which is the same for every customer.
-- The mean price paid would be biased: it also depends on the share of units
-- bought on deal, and would give a slope even without a price change. Products
-- with a single week, or without a change of list price, are left out. The
-- slope is NULL with fewer than $min_price_points points, or without variation
-- of the price.
--
-- With several products, the standard error is clustered by product (Liang and
-- Zeger 1986), because the weeks of a product are not independent. Its square
-- is the sum over the G products of (Sxy - slope Sxx)^2 / (sum Sxx)^2 x G / (G
-- - 1) x (n - 1) / (n - 2), as in xtreg and areg of Stata. For a single product
-- it is the classical one with n - 2 degrees of freedom.
with

price_points as (
    select * from price_points
),

controls as (
    select * from (
        values ('all'), ('necessity'), ('supply'), ('competition')
    ) as controls (control)
),

-- Subtracting a constant per product does not change the slope. A constant near
-- the mean keeps the sums of squares accurate.
centres as (
    select
        product_id,
        ln(cast(sum(list_price) as double) / count(*)) as price_centre,
        ln(cast(sum(quantity) as double) / count(*)) as quantity_centre
    from price_points
    where dimension = 'total'
    group by product_id
),

points as (
    select
        points.dimension,
        points.dimension_value,
        points.product_id,
        points.necessity,
        points.supply,
        points.competition,
        points.list_price_changes_count,
        ln(cast(points.list_price as double)) - centres.price_centre as x,
        ln(cast(points.quantity as double)) - centres.quantity_centre as y
    from price_points as points
    inner join centres
        on points.product_id = centres.product_id
),

by_product as (
    select
        points.dimension,
        points.dimension_value,
        controls.control,
        case controls.control
            when 'necessity' then points.necessity
            when 'supply' then points.supply
            when 'competition' then points.competition
            else 'all'
        end as control_value,
        points.product_id,
        count(*) as n,
        max(points.list_price_changes_count) as list_price_changes_count,
        count(*) > 1 and max(points.list_price_changes_count) > 0 as is_used,
        sum(case when points.supply = 'stock_out' then 1 else 0 end)
            as stock_outs,
        sum(points.x) as x,
        sum(points.y) as y,
        sum(points.x * points.x) as xx,
        sum(points.x * points.y) as xy,
        sum(points.y * points.y) as yy
    from points
    cross join controls
    where points.dimension <> 'product' or controls.control = 'all'
    group by
        points.dimension,
        points.dimension_value,
        controls.control,
        case controls.control
            when 'necessity' then points.necessity
            when 'supply' then points.supply
            when 'competition' then points.competition
            else 'all'
        end,
        points.product_id
),

within_products as (
    select
        dimension,
        dimension_value,
        control,
        control_value,
        sum(case when is_used then n else 0 end) as points_count,
        sum(case when is_used then 1 else 0 end) as products_count,
        sum(case when is_used then list_price_changes_count else 0 end)
            as list_price_changes_count,
        sum(case when is_used then stock_outs else 0 end)
            as stock_out_points_count,
        sum(case when is_used then xx - x * x / n else 0e0 end) as xx,
        sum(case when is_used then xy - x * y / n else 0e0 end) as xy,
        sum(case when is_used then yy - y * y / n else 0e0 end) as yy
    from by_product
    group by dimension, dimension_value, control, control_value
),

-- Price variation below one millionth counts as none.
slopes as (
    select
        *,
        case when points_count >= $min_price_points
            and xx > 1e-12 * points_count
            then xy / xx end as slope,
        points_count - products_count - 1 as degrees_of_freedom
    from within_products
),

scores as (
    select
        slopes.dimension,
        slopes.dimension_value,
        slopes.control,
        slopes.control_value,
        sum(
            power(
                products.xy - products.x * products.y / products.n
                - slopes.slope
                * (products.xx - products.x * products.x / products.n),
                2
            )
        ) as squares
    from slopes
    inner join by_product as products
        on slopes.dimension = products.dimension
        and slopes.dimension_value = products.dimension_value
        and slopes.control = products.control
        and slopes.control_value = products.control_value
    where products.is_used
    group by
        slopes.dimension,
        slopes.dimension_value,
        slopes.control,
        slopes.control_value
),

final as (
    select
        slopes.dimension,
        slopes.dimension_value,
        slopes.control,
        slopes.control_value,
        points_count,
        products_count,
        list_price_changes_count,
        stock_out_points_count,
        slope as elasticity,
        case
            when slope is not null and products_count > 1 and points_count > 2
                then sqrt(
                    scores.squares
                    * products_count / (products_count - 1e0)
                    * (points_count - 1e0) / (points_count - 2e0)
                ) / xx
            when slope is not null and degrees_of_freedom > 0
                then sqrt(
                    greatest(yy - slope * xy, 0e0) / degrees_of_freedom / xx
                )
        end as standard_error
    from slopes
    left join scores
        on slopes.dimension = scores.dimension
        and slopes.dimension_value = scores.dimension_value
        and slopes.control = scores.control
        and slopes.control_value = scores.control_value
)

select * from final
