-- One row per customer type ('all' for every customer) and segment: the change
-- of its share since the compared run, after suppression. The change is split
-- into like_for_like_change, among customers measured in both runs
-- (segment_changes), and composition_effect, because other customers are
-- measured now. Suppressed and impossible segments have NULL numbers.
with

segment_shares as (
    select customer_type, segment, customers_count, measured_share
    from shown_segment_shares
),

segment_changes as (
    select * from segment_changes
),

previous_segment_summary as (
    select segment, measured_share from previous_segment_summary
),

previous_segment_summary_by_customer_type as (
    select customer_type, segment, measured_share
    from previous_segment_summary_by_customer_type
),

earlier_shares as (
    select 'all' as customer_type, segment, measured_share
    from previous_segment_summary
    union all
    select customer_type, segment, measured_share
    from previous_segment_summary_by_customer_type
),

final as (
    select
        shares.customer_type,
        shares.segment,
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
            as no_longer_measured_count
    from segment_shares as shares
    left join earlier_shares as before
        on shares.customer_type = before.customer_type
        and shares.segment = before.segment
    left join segment_changes as changes
        on shares.customer_type = changes.customer_type
        and shares.segment = changes.segment
)

select * from final
