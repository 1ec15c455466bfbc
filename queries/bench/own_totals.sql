-- One row per customer with any own line in the window.
with

final as (
    select
        customer_id,
        count(*) filter (where amount > 0) as occasions_count,
        sum(quantity) filter (where amount > 0) as quantity,
        sum(amount) filter (where amount > 0) as amount,
        max(ordered_at) filter (where amount > 0) as last_ordered_at,
        sum(deal_quantity) as deal_quantity,
        sum(bought_quantity) as bought_quantity
    from own_occasions
    group by customer_id
)

select * from final
