-- One row per segment, always all six: customers, shares, amount and means
-- (segment_shares), the change of the share since the compared run
-- (shown_segment_changes), and the strategy. A suppressed or impossible segment
-- keeps its row and has NULL numbers.
with

segment_shares as (
    select * from shown_segment_shares where customer_type = 'all'
),

segment_changes as (
    select * from shown_segment_changes where customer_type = 'all'
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
        changes.measured_share_change,
        changes.like_for_like_n,
        changes.like_for_like_change,
        changes.like_for_like_change_low,
        changes.like_for_like_change_high,
        changes.composition_effect,
        changes.became_measured_count,
        changes.no_longer_measured_count,
        shares.weighted_share,
        shares.amount,
        shares.amount_n,
        shares.amount_share,
        shares.measured_amount_n,
        shares.measured_amount_share,
        shares.margin,
        shares.share_of_wallet_n,
        shares.mean_share_of_wallet,
        shares.attitude_index_n,
        shares.mean_attitude_index,
        shares.loyalty_index_n,
        shares.mean_loyalty_index,
        shares.strategy_code,
        shares.strategy,
        shares.not_possible_because_code,
        shares.not_possible_because
    from segment_shares as shares
    left join segment_changes as changes
        on shares.segment = changes.segment
)

select * from final
