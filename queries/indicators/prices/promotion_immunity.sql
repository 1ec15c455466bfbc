-- One row per group of customers: immunity to rivals' promotions (A9), observed
-- and stated. Groups of fewer than $min_cell customers are suppressed, and so
-- are measures known for fewer.
--
-- Observed, over the compared customers of promotion_occasions: the mean own
-- share of occasions during rivals' promotions, the mean own share in the same
-- categories at other times, and the mean difference within the customer, each
-- with the interval mean +- z x s / sqrt(n). kept_ratio is the first share /
-- the second; 1 means no effect. Stated: the mean promotion_immunity_index over
-- customers who answered it in the response that counts.
with

customer_attitude as (
    select customer_id, promotion_immunity_index from customer_attitude
),

promotion_occasions as (
    select * from promotion_occasions where is_compared
),

customer_profile as (
    select * from customer_profile
),

-- One row per customer in the total, and one in the customer type.
customers as (
    select
        attitude.customer_id,
        attitude.promotion_immunity_index as asked_index,
        occasions.customer_id is not null as is_compared,
        occasions.promotion_occasions_count as promotion_occasions,
        occasions.own_promotion_occasions_count as own_promotion_occasions,
        occasions.own_promotion_share as promotion_share,
        occasions.own_other_share as other_share,
        occasions.own_promotion_share - occasions.own_other_share
            as share_difference,
        unnest(make_array('total', 'customer_type')) as dimension,
        unnest(make_array(
            'all', coalesce(profiles.customer_type, 'unknown')
        )) as dimension_value
    from customer_attitude as attitude
    left join promotion_occasions as occasions
        on attitude.customer_id = occasions.customer_id
    left join customer_profile as profiles
        on attitude.customer_id = profiles.customer_id
),

sums as (
    select
        dimension,
        dimension_value,
        count(*) as all_count,
        sum(case when is_compared then 1 else 0 end) as customers_count,
        sum(promotion_occasions) as promotion_occasions_count,
        sum(own_promotion_occasions) as own_promotion_occasions_count,
        avg(promotion_share) as promotion_mean,
        sum(promotion_share) as promotion_total,
        sum(promotion_share * promotion_share) as promotion_squares,
        avg(other_share) as other_mean,
        avg(share_difference) as difference_mean,
        sum(share_difference) as difference_total,
        sum(share_difference * share_difference) as difference_squares,
        count(asked_index) as answers_count,
        avg(asked_index) as asked_mean,
        sum(asked_index) as asked_total,
        sum(asked_index * asked_index) as asked_squares
    from customers
    group by dimension, dimension_value
),

dimensions as (
    select dimension, dimension_value from sums
    union
    select 'total' as dimension, 'all' as dimension_value
),

filled as (
    select
        dimensions.dimension,
        dimensions.dimension_value,
        coalesce(sums.all_count, 0) between 1 and $min_cell - 1
            as is_suppressed,
        coalesce(sums.customers_count, 0) as customers_count,
        coalesce(sums.customers_count, 0) >= $min_cell as is_observed_shown,
        coalesce(sums.answers_count, 0) as answers_count,
        coalesce(sums.answers_count, 0) >= $min_cell as is_asked_shown,
        cast(sums.customers_count as double) as n,
        cast(sums.answers_count as double) as asked_n,
        cast($interval_z as double) as z,
        sums.promotion_occasions_count,
        sums.own_promotion_occasions_count,
        sums.promotion_mean,
        sums.promotion_squares - sums.promotion_total * sums.promotion_mean
            as promotion_spread,
        sums.other_mean,
        sums.difference_mean,
        sums.difference_squares - sums.difference_total * sums.difference_mean
            as difference_spread,
        sums.asked_mean,
        sums.asked_squares - sums.asked_total * sums.asked_mean as asked_spread
    from dimensions
    left join sums
        on dimensions.dimension = sums.dimension
        and dimensions.dimension_value = sums.dimension_value
),

-- A sum of squares below 1e-9 is rounding error and counts as 0.
margins as (
    select
        *,
        case when n > 1 and is_observed_shown then z * sqrt(
            case when promotion_spread > 1e-9 then promotion_spread else 0e0 end
            / ((n - 1) * n)
        ) end as promotion_margin,
        case when n > 1 and is_observed_shown then z * sqrt(
            case when difference_spread > 1e-9
                then difference_spread else 0e0 end / ((n - 1) * n)
        ) end as difference_margin,
        case when asked_n > 1 and is_asked_shown then z * sqrt(
            case when asked_spread > 1e-9 then asked_spread else 0e0 end
            / ((asked_n - 1) * asked_n)
        ) end as asked_margin
    from filled
),

-- greatest() and least() ignore NULL.
final as (
    select
        dimension,
        dimension_value,
        is_suppressed,
        case
            when is_suppressed then null
            when is_observed_shown or customers_count = 0 then customers_count
        end as customers_count,
        case when is_observed_shown then promotion_occasions_count end
            as promotion_occasions_count,
        case when is_observed_shown then own_promotion_occasions_count end
            as own_promotion_occasions_count,
        case when is_observed_shown then promotion_mean end
            as own_promotion_share,
        case when promotion_margin is not null
            then greatest(promotion_mean - promotion_margin, 0e0) end
            as own_promotion_share_low,
        case when promotion_margin is not null
            then least(promotion_mean + promotion_margin, 1e0) end
            as own_promotion_share_high,
        case when is_observed_shown then other_mean end as own_other_share,
        case when is_observed_shown then difference_mean end
            as share_difference,
        case when difference_margin is not null
            then greatest(difference_mean - difference_margin, -1e0) end
            as share_difference_low,
        case when difference_margin is not null
            then least(difference_mean + difference_margin, 1e0) end
            as share_difference_high,
        case when is_observed_shown then promotion_mean / nullif(other_mean, 0)
        end as kept_ratio,
        case
            when is_suppressed then null
            when is_asked_shown or answers_count = 0 then answers_count
        end as answers_count,
        case when is_asked_shown then asked_mean end
            as mean_promotion_immunity_index,
        case when asked_margin is not null
            then greatest(asked_mean - asked_margin, 0e0) end
            as promotion_immunity_index_low,
        case when asked_margin is not null
            then least(asked_mean + asked_margin, 1e2) end
            as promotion_immunity_index_high
    from margins
)

select * from final
