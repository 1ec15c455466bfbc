-- One row per basket and product, of all manufacturers.
--
-- The manufacturer is the brand, because the brand column of the file only says
-- national or private. Lines whose product is not in the product file have
-- neither brand nor category. A basket contains a product at most once, so
-- product_id is the line number.
--
-- All customers on file hold the retailer's card, so the card price is no deal.
-- A coupon is a deal.
with

transactions as (
    select * from transactions
),

products as (
    select * from products
),

final as (
    select
        transactions.household_id as customer_id,
        transactions.basket_id as order_id,
        transactions.product_id as line_number,
        transactions.transaction_timestamp as ordered_at,
        cast(products.manufacturer_id as varchar) as brand,
        products.product_category as category,
        transactions.product_id,
        cast(transactions.quantity as decimal(18, 3)) as quantity,
        cast(transactions.sales_value as decimal(18, 2)) as amount,
        -- Discounts are positive numbers. The retailer receives the value of a
        -- manufacturer's coupon, so only the matching discount lowers the
        -- amount.
        cast(
            transactions.sales_value
            + transactions.retail_disc
            + transactions.coupon_match_disc
            as decimal(18, 2)
        ) as list_amount,
        transactions.coupon_disc > 0
        or transactions.coupon_match_disc > 0 as is_deal,
        case
            when transactions.coupon_disc > 0
                or transactions.coupon_match_disc > 0 then 'coupon'
            when transactions.retail_disc > 0 then 'shelf_card'
        end as deal_kind,
        false as is_return,
        'store' as channel
    from transactions
    left join products
        on transactions.product_id = products.product_id
)

select * from final
