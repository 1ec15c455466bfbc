-- One row per customer type and segment, always all five of a type that has
-- customers; 'unknown' where no type is on file. The same numbers as
-- segment_summary; a group of fewer than $min_cell customers keeps its row and
-- shows no number.
with

segment_shares as (
    select
        *,
        customers_count between 1 and $min_cell - 1 as is_suppressed
    from segment_shares
    where customer_type <> 'all'
),

final as (
    select
        customer_type,
        segment,
        is_suppressed,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when not is_suppressed then customers_share end
            as customers_share,
        case when not is_suppressed then measured_share end as measured_share,
        case when not is_suppressed then measured_share_low end
            as measured_share_low,
        case when not is_suppressed then measured_share_high end
            as measured_share_high,
        case when not is_suppressed then weighted_share end as weighted_share,
        case when not is_suppressed then amount end as amount,
        case when not is_suppressed then amount_share end as amount_share,
        case when not is_suppressed then margin end as margin,
        case when not is_suppressed then mean_share_of_wallet end
            as mean_share_of_wallet,
        case when not is_suppressed then mean_attitude_index end
            as mean_attitude_index,
        case when not is_suppressed then mean_loyalty_index end
            as mean_loyalty_index
    from segment_shares
)

select * from final
