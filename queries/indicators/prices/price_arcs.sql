-- One row per dimension, value, control and control value: the arc elasticity
-- of the price (B4 c) around each price change, and its mean per product, in
-- total, by segment and by customer type. The last three also have rows within
-- the controls necessity, supply and competition.
--
-- The arc is ((Q2 - Q1) / ((Q1 + Q2) / 2)) / ((P2 - P1) / ((P1 + P2) / 2))
-- (Allen 1934), with the units of the $price_change_days days before the change
-- and of as many days from the change on, and the prices before and after. It
-- is NULL if the price did not change, if nothing was sold, or if one of the
-- spans is not wholly in the window. The arc of a segment or type uses its own
-- purchases. supply is stock_out if a stock-out (stg_situations) overlaps the
-- two spans.
with

price_change_sales as (
    select * from price_change_sales
),

product_register as (
    select * from product_register
),

stg_situations as (
    select * from stg_situations
),

customer_loyalty as (
    select customer_id, segment from customer_loyalty
),

customer_profile as (
    select customer_id, customer_type from customer_profile
),

situations_on_file as (
    select count(*) as situations_count
    from stg_situations
),

grouped_sales as (
    select
        sales.*,
        coalesce(loyalty.segment, 'unmeasured') as segment,
        coalesce(profiles.customer_type, 'unknown') as customer_type
    from price_change_sales as sales
    left join customer_loyalty as loyalty
        on sales.customer_id = loyalty.customer_id
    left join customer_profile as profiles
        on sales.customer_id = profiles.customer_id
),

buyer_groups as (
    select * from (
        values ('all'), ('segment'), ('customer_type')
    ) as buyer_groups (buyer_group)
),

-- A change without sales counts only for all buyers.
sales_of_groups as (
    select
        buyer_groups.buyer_group,
        case buyer_groups.buyer_group
            when 'segment' then sales.segment
            when 'customer_type' then sales.customer_type
            else 'all'
        end as buyer_group_value,
        sales.*
    from grouped_sales as sales
    cross join buyer_groups
    where
        sales.customer_id is not null
        or buyer_groups.buyer_group = 'all'
),

changes as (
    select
        buyer_group,
        buyer_group_value,
        product_id,
        category,
        window_from,
        changed_on,
        max(price_before) as price_before,
        max(price_after) as price_after,
        coalesce(sum(quantity_before), 0) as quantity_before,
        coalesce(sum(quantity_after), 0) as quantity_after
    from sales_of_groups
    group by
        buyer_group, buyer_group_value,
        product_id, category, window_from, changed_on
),

stock_outs as (
    select changes.product_id, changes.changed_on
    from changes
    inner join stg_situations as situations
        on coalesce(situations.category, changes.category) = changes.category
        and situations.from_at < changes.changed_on + $price_change_days
        and coalesce(situations.to_at, $as_of_date + 1)
        >= changes.changed_on - $price_change_days
    where situations.kind = 'stock_out'
    group by changes.product_id, changes.changed_on
),

described as (
    select
        changes.*,
        cast(changes.product_id as varchar) as product,
        coalesce(products.necessity, 'unknown') as necessity,
        coalesce(products.competition, 'unknown') as competition,
        case
            when stock_outs.product_id is not null then 'stock_out'
            when on_file.situations_count > 0 then 'normal'
            else 'unknown'
        end as supply
    from changes
    cross join situations_on_file as on_file
    left join stock_outs
        on changes.product_id = stock_outs.product_id
        and changes.changed_on = stock_outs.changed_on
    left join product_register as products
        on changes.product_id = products.product_id
),

parts as (
    select
        *,
        cast(quantity_after - quantity_before as double)
        / nullif(cast(quantity_before + quantity_after as double) / 2, 0)
            as quantity_change,
        cast(price_after - price_before as double)
        / nullif(cast(price_before + price_after as double) / 2, 0)
            as price_change,
        changed_on - $price_change_days >= window_from
        and changed_on + ($price_change_days - 1) <= $as_of_date
            as is_wholly_seen
    from described
),

arcs as (
    select
        *,
        case when is_wholly_seen
            then quantity_change / nullif(price_change, 0) end as arc
    from parts
),

places as (
    select * from (
        values
            ('price_change', 'all', 'all'),
            ('product', 'all', 'all'),
            ('total', 'all', 'all'),
            ('total', 'all', 'necessity'),
            ('total', 'all', 'supply'),
            ('total', 'all', 'competition'),
            ('segment', 'segment', 'all'),
            ('segment', 'segment', 'necessity'),
            ('segment', 'segment', 'supply'),
            ('segment', 'segment', 'competition'),
            ('customer_type', 'customer_type', 'all'),
            ('customer_type', 'customer_type', 'necessity'),
            ('customer_type', 'customer_type', 'supply'),
            ('customer_type', 'customer_type', 'competition')
    ) as places (dimension, buyer_group, control)
),

placed as (
    select
        places.dimension,
        case places.dimension
            when 'price_change'
                then arcs.product || ' ' || cast(arcs.changed_on as varchar)
            when 'product' then arcs.product
            else arcs.buyer_group_value
        end as dimension_value,
        places.control,
        case places.control
            when 'necessity' then arcs.necessity
            when 'supply' then arcs.supply
            when 'competition' then arcs.competition
            else 'all'
        end as control_value,
        arcs.*
    from arcs
    inner join places on arcs.buyer_group = places.buyer_group
),

means as (
    select
        dimension,
        dimension_value,
        control,
        control_value,
        count(arc) as points_count,
        sum(case when price_change <> 0 then 1 else 0 end)
            as list_price_changes_count,
        sum(case when supply = 'stock_out' and arc is not null
            then 1 else 0 end) as stock_out_points_count,
        sum(arc) as arc_sum,
        sum(arc * arc) as arc_squares,
        min(product_id) as product_id,
        min(changed_on) as changed_on,
        min(price_before) as price_before,
        min(price_after) as price_after,
        min(quantity_before) as quantity_before,
        min(quantity_after) as quantity_after
    from placed
    group by dimension, dimension_value, control, control_value
),

product_counts as (
    select dimension, dimension_value, control, control_value,
        count(*) as products_count
    from (
        select dimension, dimension_value, control, control_value, product_id
        from placed
        where arc is not null
        group by
            dimension, dimension_value, control, control_value, product_id
    )
    group by dimension, dimension_value, control, control_value
),

buyers as (
    select
        placed.dimension,
        placed.dimension_value,
        placed.control,
        placed.control_value,
        sales.customer_id
    from placed
    inner join sales_of_groups as sales
        on placed.buyer_group = sales.buyer_group
        and placed.buyer_group_value = sales.buyer_group_value
        and placed.product_id = sales.product_id
        and placed.changed_on = sales.changed_on
    where
        sales.customer_id is not null
        -- Rows of a price change show quantities even without an arc.
        and (placed.arc is not null or placed.dimension = 'price_change')
    group by
        placed.dimension,
        placed.dimension_value,
        placed.control,
        placed.control_value,
        sales.customer_id
),

buyer_counts as (
    select dimension, dimension_value, control, control_value,
        count(*) as customers_count
    from buyers
    group by dimension, dimension_value, control, control_value
),

-- Sample variance of the arcs; greatest() because rounding may fall below 0.
final as (
    select
        means.dimension,
        means.dimension_value,
        means.control,
        means.control_value,
        coalesce(buyer_counts.customers_count, 0) as customers_count,
        means.points_count,
        coalesce(product_counts.products_count, 0) as products_count,
        means.list_price_changes_count,
        means.stock_out_points_count,
        means.arc_sum / nullif(means.points_count, 0) as elasticity,
        case when means.points_count > 1 then sqrt(
            greatest(
                means.arc_squares
                - means.arc_sum * means.arc_sum / means.points_count,
                0e0
            ) / (means.points_count - 1) / means.points_count
        ) end as standard_error,
        case when means.dimension = 'price_change' then means.changed_on end
            as changed_on,
        case when means.dimension = 'price_change' then means.price_before end
            as price_before,
        case when means.dimension = 'price_change' then means.price_after end
            as price_after,
        case when means.dimension = 'price_change'
            then means.quantity_before end as quantity_before,
        case when means.dimension = 'price_change'
            then means.quantity_after end as quantity_after,
        case when means.dimension in ('price_change', 'product')
            then means.product_id end as product_id
    from means
    left join product_counts
        on means.dimension = product_counts.dimension
        and means.dimension_value = product_counts.dimension_value
        and means.control = product_counts.control
        and means.control_value = product_counts.control_value
    left join buyer_counts
        on means.dimension = buyer_counts.dimension
        and means.dimension_value = buyer_counts.dimension_value
        and means.control = buyer_counts.control
        and means.control_value = buyer_counts.control_value
)

select * from final
