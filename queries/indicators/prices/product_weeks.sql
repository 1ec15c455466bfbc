-- One row per own product, week, segment and customer type with sales: the
-- units, the amount, and whether the product's category was out of stock in the
-- week.
--
-- Weeks run from Monday to Sunday. Only whole weeks of the category's window
-- count, because an incomplete week would look like one of low sales. supply is
-- stock_out if a stock-out of the category, or of all categories, overlaps the
-- week (stg_situations), else normal. It is unknown if no situations are on
-- file.
with

product_sales as (
    select * from product_sales
),

own_categories as (
    select * from own_categories
),

stg_situations as (
    select * from stg_situations
),

customer_loyalty as (
    select * from customer_loyalty
),

customer_profile as (
    select * from customer_profile
),

situations_on_file as (
    select count(*) as situations_count
    from stg_situations
),

weeks as (
    select
        unnest(
            generate_series(
                cast(date_trunc('week', min(window_from)) as date),
                $as_of_date,
                interval '7 days'
            )
        ) as week
    from own_categories
),

stock_out_weeks as (
    select categories.category, weeks.week
    from stg_situations as situations
    inner join own_categories as categories
        on coalesce(situations.category, categories.category)
        = categories.category
    inner join weeks
        on situations.from_at < weeks.week + 7
        and coalesce(situations.to_at, $as_of_date + 1) >= weeks.week
    where situations.kind = 'stock_out'
    group by categories.category, weeks.week
),

sums as (
    select
        sales.product_id,
        sales.week,
        loyalty.segment,
        coalesce(profiles.customer_type, 'unknown') as customer_type,
        max(case when stock_outs.week is null then 0 else 1 end)
            as is_stock_out,
        sum(sales.quantity) as quantity,
        sum(sales.amount) as amount
    from product_sales as sales
    inner join own_categories as categories
        on sales.category = categories.category
    inner join customer_loyalty as loyalty
        on sales.customer_id = loyalty.customer_id
    left join customer_profile as profiles
        on sales.customer_id = profiles.customer_id
    left join stock_out_weeks as stock_outs
        on sales.category = stock_outs.category
        and sales.week = stock_outs.week
    where
        sales.week >= categories.window_from
        and sales.week + 6 <= $as_of_date
    group by
        sales.product_id,
        sales.week,
        loyalty.segment,
        coalesce(profiles.customer_type, 'unknown')
),

final as (
    select
        sums.product_id,
        sums.week,
        sums.segment,
        sums.customer_type,
        case
            when sums.is_stock_out = 1 then 'stock_out'
            when on_file.situations_count > 0 then 'normal'
            else 'unknown'
        end as supply,
        sums.quantity,
        sums.amount
    from sums
    cross join situations_on_file as on_file
)

select * from final
