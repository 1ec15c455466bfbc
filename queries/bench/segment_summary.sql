-- One row per segment that occurs.
with

final as (
    select
        segment,
        count(*) as customers_count,
        cast(sum(own_amount) as decimal(18, 2)) as amount,
        avg(share_of_wallet) as mean_share_of_wallet,
        avg(attitude_index) as mean_attitude_index
    from customer_loyalty
    group by segment
)

select * from final
