-- One row per purchase line, of the own brand and of its rivals. The sample has
-- the columns of the canonical table. The channel web becomes website, as in
-- stg_contacts. The cash register marks every price below the list price as a
-- deal, including the card price; deal_kind distinguishes them. Lines that
-- cannot be used (no customer, duplicates, after as_of_date) are kept, because
-- queries/indicators leaves them out and counts them.
with

transactions as (
    select * from transactions
),

final as (
    select
        customer_id,
        order_id,
        line_number,
        ordered_at,
        brand,
        category,
        product_id,
        quantity,
        amount,
        list_amount,
        is_deal,
        deal_kind,
        is_return,
        case when channel = 'web' then 'website' else channel end as channel,
        choice_seconds,
        cast(promised_at as timestamp) as promised_at,
        cast(delivered_at as timestamp) as delivered_at
    from transactions
)

select * from final
