-- One row per customer type and segment, always all five of a type that has
-- customers; 'unknown' where no type is on file. The same numbers as
-- segment_summary; a group that is too small to be shown keeps its row and shows
-- no number.
with

segment_shares as (
    select * from shown_segment_shares where customer_type <> 'all'
),

final as (
    select
        customer_type,
        segment,
        is_suppressed,
        customers_count,
        customers_share,
        measured_share,
        measured_share_low,
        measured_share_high,
        weighted_share,
        amount,
        amount_share,
        margin,
        mean_share_of_wallet,
        mean_attitude_index,
        mean_loyalty_index
    from segment_shares
)

select * from final
