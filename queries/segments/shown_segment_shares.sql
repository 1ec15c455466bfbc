-- One row per customer type ('all' for every customer) and segment:
-- segment_shares as it may be shown, without the numbers of groups that are too
-- small.
with

segment_shares as (
    select * from segment_shares
),

final as (
    select
        customer_type,
        segment,
        is_suppressed,
        case when not is_suppressed then customers_count end as customers_count,
        case when not (n between 1 and $min_cell - 1)
            then n end as n,
        case when not is_suppressed then customers_share end as customers_share,
        case when not (measured_n between 1 and $min_cell - 1)
            then measured_n end as measured_n,
        case when not is_suppressed then measured_share end as measured_share,
        case when not is_suppressed then measured_share_low end
            as measured_share_low,
        case when not is_suppressed then measured_share_high end
            as measured_share_high,
        case when not is_suppressed then weighted_share end as weighted_share,
        case when not is_suppressed then amount end as amount,
        case when not (amount_n between 1 and $min_cell - 1)
            then amount_n end as amount_n,
        case when not is_suppressed then amount_share end as amount_share,
        case when not (measured_amount_n between 1 and $min_cell - 1)
            then measured_amount_n end as measured_amount_n,
        case when not is_suppressed then measured_amount_share end
            as measured_amount_share,
        case when not is_suppressed then margin end as margin,
        case when not (is_suppressed or share_of_wallet_n between 1 and $min_cell - 1)
            then share_of_wallet_n end as share_of_wallet_n,
        case when not is_suppressed then mean_share_of_wallet end
            as mean_share_of_wallet,
        case when not (is_suppressed or attitude_index_n between 1 and $min_cell - 1)
            then attitude_index_n end as attitude_index_n,
        case when not is_suppressed then mean_attitude_index end
            as mean_attitude_index,
        case when not (is_suppressed or loyalty_index_n between 1 and $min_cell - 1)
            then loyalty_index_n end as loyalty_index_n,
        case when not is_suppressed then mean_loyalty_index end
            as mean_loyalty_index,
        strategy_code,
        strategy
    from segment_shares
)

select * from final
