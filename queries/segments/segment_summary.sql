-- One row per segment, always all five, also one without customers: customers,
-- shares, amount and means (see segment_shares), the change of the share since
-- the run that this one is compared with, and the strategy in words. A group
-- that is too small to be shown keeps its row and shows no number.
with

segment_shares as (
    select * from shown_segment_shares where customer_type = 'all'
),

previous_segment_summary as (
    select segment, measured_share from previous_segment_summary
),

final as (
    select
        shares.segment,
        shares.is_suppressed,
        shares.customers_count,
        shares.n,
        shares.customers_share,
        shares.measured_n,
        shares.measured_share,
        shares.measured_share_low,
        shares.measured_share_high,
        shares.measured_share - before.measured_share as measured_share_change,
        shares.weighted_share,
        shares.amount,
        shares.amount_n,
        shares.amount_share,
        shares.margin,
        shares.share_of_wallet_n,
        shares.mean_share_of_wallet,
        shares.attitude_index_n,
        shares.mean_attitude_index,
        shares.loyalty_index_n,
        shares.mean_loyalty_index,
        shares.strategy
    from segment_shares as shares
    left join previous_segment_summary as before
        on shares.segment = before.segment
)

select * from final
