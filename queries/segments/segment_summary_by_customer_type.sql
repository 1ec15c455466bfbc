-- One row per customer type and segment, always all six of a type that has
-- customers; 'unknown' where no type is on file. The same numbers as
-- segment_summary, with the change since the run that this one is compared
-- with, in total and like for like, and the strategy; a group that is too small
-- to be shown keeps its row and shows no number.
with

segment_shares as (
    select * from shown_segment_shares where customer_type <> 'all'
),

previous_segment_summary_by_customer_type as (
    select customer_type, segment, measured_share
    from previous_segment_summary_by_customer_type
),

segment_changes as (
    select * from segment_changes
),

final as (
    select
        shares.customer_type,
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
    left join previous_segment_summary_by_customer_type as before
        on shares.customer_type = before.customer_type
        and shares.segment = before.segment
    left join segment_changes as changes
        on shares.customer_type = changes.customer_type
        and shares.segment = changes.segment
)

select * from final
