-- One row per segment, always all six, also one without customers: customers,
-- shares, amount and means (see segment_shares), the change of the share since
-- the run that this one is compared with, and the strategy in words. The change
-- is what changed among the customers who were measured both times, like for
-- like (segment_changes), and the rest: others are measured now than then. A
-- group that is too small to be shown, and a segment that cannot occur, keeps its
-- row and shows no number.
with

segment_shares as (
    select * from shown_segment_shares where customer_type = 'all'
),

previous_segment_summary as (
    select segment, measured_share from previous_segment_summary
),

segment_changes as (
    select * from segment_changes
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
        case when shares.customers_count is not null
            then changes.like_for_like_n end
            as like_for_like_n,
        case when shares.customers_count is not null
            then changes.like_for_like_change end
            as like_for_like_change,
        case when shares.customers_count is not null
            then changes.like_for_like_change_low end
            as like_for_like_change_low,
        case when shares.customers_count is not null
            then changes.like_for_like_change_high end
            as like_for_like_change_high,
        shares.measured_share
        - before.measured_share
        - changes.like_for_like_change as composition_effect,
        case when shares.customers_count is not null
            then changes.became_measured_count end
            as became_measured_count,
        case when shares.customers_count is not null
            then changes.no_longer_measured_count end
            as no_longer_measured_count,
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
    left join previous_segment_summary as before
        on shares.segment = before.segment
    left join segment_changes as changes
        on shares.segment = changes.segment
        and changes.customer_type = 'all'
)

select * from final
