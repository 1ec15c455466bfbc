-- One row per customer type ('all' for every customer) and segment:
-- segment_shares after suppression. Suppressed and impossible segments have
-- NULL numbers. Means and the margin are NULL if fewer than $min_cell customers
-- have them.
with

segment_shares as (
    select
        *,
        not is_suppressed and not_possible_because_code is null as is_shown
    from segment_shares
),

final as (
    select
        customer_type,
        segment,
        is_suppressed,
        case when is_shown then customers_count end as customers_count,
        case when not (n between 1 and $min_cell - 1)
            then n end as n,
        case when is_shown then customers_share end as customers_share,
        case when not (measured_n between 1 and $min_cell - 1)
            then measured_n end as measured_n,
        case when is_shown then measured_share end as measured_share,
        case when is_shown then measured_share_low end
            as measured_share_low,
        case when is_shown then measured_share_high end
            as measured_share_high,
        case when is_shown then weighted_share end as weighted_share,
        case when is_shown then amount end as amount,
        case when not (amount_n between 1 and $min_cell - 1)
            then amount_n end as amount_n,
        case when is_shown then amount_share end as amount_share,
        case when not (measured_amount_n between 1 and $min_cell - 1)
            then measured_amount_n end as measured_amount_n,
        case when is_shown then measured_amount_share end
            as measured_amount_share,
        case when is_shown and margin_customers_count >= $min_cell
            then margin end as margin,
        case when is_shown and not (share_of_wallet_n between 1 and $min_cell - 1)
            then share_of_wallet_n end as share_of_wallet_n,
        case when is_shown and share_of_wallet_n >= $min_cell
            then mean_share_of_wallet end as mean_share_of_wallet,
        case when is_shown and not (attitude_index_n between 1 and $min_cell - 1)
            then attitude_index_n end as attitude_index_n,
        case when is_shown and attitude_index_n >= $min_cell
            then mean_attitude_index end as mean_attitude_index,
        case when is_shown and not (loyalty_index_n between 1 and $min_cell - 1)
            then loyalty_index_n end as loyalty_index_n,
        case when is_shown and loyalty_index_n >= $min_cell
            then mean_loyalty_index end as mean_loyalty_index,
        strategy_code,
        strategy,
        not_possible_because_code,
        not_possible_because
    from segment_shares
)

select * from final
