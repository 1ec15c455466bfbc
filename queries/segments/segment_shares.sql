-- One row per customer type ('all' for every customer) and segment, always all
-- six segments: the numbers of segment_summary and
-- segment_summary_by_customer_type, before suppression.
--
-- Former customers are counted, with their amount, but have no shares.
-- customers_share and amount_share refer to all other customers of the type,
-- measured_share and measured_amount_share to the measured ones. measured_share
-- has the Wilson (1927) interval without continuity correction on the effective
-- sample size n_eff = (sum w)^2 / sum w^2 (Kish 1965), which is the number of
-- customers without weights. weighted_share uses the weight of the response
-- that counts. Means are over customers who have the measure.
--
-- not_possible_because says why a measured segment has no numbers: no customer
-- of the type is measured, or the rule is retained and only a closing can end a
-- relationship. In the second case every customer with low behaviour is former,
-- so latent_loyalty and no_loyalty cannot occur.
--
-- is_suppressed marks fewer than $min_cell customers. If that is only one
-- measured segment of a type, the next smallest is suppressed too, because the
-- others would disclose it (complementary suppression, Willenborg and de Waal
-- 2001).
with

customer_loyalty as (
    select * from customer_loyalty
),

customer_attitude as (
    select
        customer_id,
        post_stratified_weight as weight
    from customer_attitude
),

customer_activity as (
    select judged_by from customer_activity
),

-- Silence or the end of a contract gives low behaviour without making a
-- customer former.
retained_rule as (
    select
        $behaviour_rule = 'retained'
        and count(judged_by) > 0
        and count(
            case when judged_by in ('purchases', 'contract_end')
                then 1 end
        ) = 0 as leaves_nobody_low
    from customer_activity
),

not_possible_words as (
    select code, en
    from catalogue_codes
    where column_name = 'not_possible_because_code'
),

strategies as (
    select code, en from catalogue_codes where column_name = 'strategy_code'
),

segments as (
    select * from (
        values
            ('true_loyalty', true, 'keep_close'),
            ('latent_loyalty', true, 'remove_barrier'),
            ('spurious_loyalty', true, 'convince'),
            ('no_loyalty', true, 'serve_efficiently'),
            ('unmeasured', false, 'survey_first'),
            ('former', false, 'win_back')
    ) as segments (segment, is_measured, strategy_code)
),

customers as (
    select
        coalesce(loyalty.customer_type, 'unknown') as customer_type,
        loyalty.segment,
        loyalty.own_amount,
        loyalty.own_occasions_count,
        loyalty.own_margin,
        loyalty.share_of_wallet,
        loyalty.attitude_index,
        loyalty.loyalty_index,
        case when loyalty.segment not in ('unmeasured', 'former')
            then coalesce(attitude.weight, 1e0) end as weight
    from customer_loyalty as loyalty
    left join customer_attitude as attitude
        on loyalty.customer_id = attitude.customer_id
),

-- customer_type is NULL only in the rows of the grouping set without it.
found as (
    select
        coalesce(customer_type, 'all') as customer_type,
        segment,
        count(*) as customers_count,
        count(own_occasions_count) as amount_n,
        sum(own_amount) as amount,
        sum(own_margin) as margin,
        count(own_margin) as margin_customers_count,
        sum(weight) as weight,
        sum(weight * weight) as squared_weight,
        count(share_of_wallet) as share_of_wallet_n,
        sum(share_of_wallet) as share_of_wallet_sum,
        count(attitude_index) as attitude_index_n,
        sum(attitude_index) as attitude_index_sum,
        count(loyalty_index) as loyalty_index_n,
        sum(loyalty_index) as loyalty_index_sum
    from customers
    group by grouping sets ((customer_type, segment), (segment))
),

-- 'all' has a row even without customers.
types as (
    select customer_type from found
    union
    select 'all' as customer_type
),

counts as (
    select
        types.customer_type,
        segments.segment,
        segments.is_measured,
        segments.strategy_code,
        coalesce(found.customers_count, 0) as customers_count,
        case when found.customers_count is null then 0
            else found.amount end as amount,
        coalesce(found.amount_n, 0) as amount_n,
        coalesce(found.share_of_wallet_n, 0) as share_of_wallet_n,
        coalesce(found.attitude_index_n, 0) as attitude_index_n,
        coalesce(found.loyalty_index_n, 0) as loyalty_index_n,
        found.margin,
        coalesce(found.margin_customers_count, 0) as margin_customers_count,
        case when segments.is_measured then coalesce(found.weight, 0e0) end
            as weight,
        found.squared_weight,
        found.share_of_wallet_sum / nullif(found.share_of_wallet_n, 0)
            as mean_share_of_wallet,
        found.attitude_index_sum / nullif(found.attitude_index_n, 0)
            as mean_attitude_index,
        found.loyalty_index_sum / nullif(found.loyalty_index_n, 0)
            as mean_loyalty_index
    from types
    cross join segments
    left join found
        on types.customer_type = found.customer_type
        and segments.segment = found.segment
),

-- The bases of the shares.
totals as (
    select
        customer_type,
        sum(customers_count) as n,
        sum(case when is_measured then customers_count else 0 end)
            as measured_n,
        sum(amount_n) as amount_n,
        sum(case when is_measured then amount_n else 0 end)
            as measured_amount_n,
        cast(sum(amount) as double) as amount,
        cast(sum(case when is_measured then amount end) as double)
            as measured_amount,
        sum(weight) as weight,
        sum(squared_weight) as squared_weight
    from counts
    where segment <> 'former'
    group by customer_type
),

shares as (
    select
        counts.customer_type,
        counts.segment,
        counts.strategy_code,
        counts.customers_count,
        counts.amount,
        counts.margin,
        counts.margin_customers_count,
        counts.mean_share_of_wallet,
        counts.mean_attitude_index,
        counts.mean_loyalty_index,
        counts.share_of_wallet_n,
        counts.attitude_index_n,
        counts.loyalty_index_n,
        totals.n,
        totals.measured_n,
        totals.amount_n,
        totals.measured_amount_n,
        case when counts.segment <> 'former'
            then counts.customers_count
                / nullif(cast(totals.n as double), 0) end
            as customers_share,
        case when counts.is_measured
            then counts.customers_count
                / nullif(cast(totals.measured_n as double), 0) end
            as measured_share,
        counts.weight / nullif(totals.weight, 0) as weighted_share,
        case when counts.segment <> 'former'
            then cast(counts.amount as double) / nullif(totals.amount, 0) end
            as amount_share,
        case when counts.is_measured
            then cast(counts.amount as double)
                / nullif(totals.measured_amount, 0) end
            as measured_amount_share,
        totals.weight * totals.weight / nullif(totals.squared_weight, 0)
            as n_eff,
        cast($interval_z as double) as z
    from counts
    inner join totals
        on counts.customer_type = totals.customer_type
),

wilson as (
    select
        *,
        wilson_low(measured_share * n_eff, n_eff, z) as measured_share_low,
        wilson_high(measured_share * n_eff, n_eff, z) as measured_share_high
    from shares
),

final as (
    select
        customer_type,
        segment,
        suppress(customers_count, $min_cell) over (
            partition by
                customer_type,
                case when segment in ('unmeasured', 'former')
                    then segment else 'measured' end
            order by segment nulls last
        ) as is_suppressed,
        customers_count,
        n,
        customers_share,
        measured_n,
        measured_share,
        measured_share_low,
        measured_share_high,
        weighted_share,
        cast(amount as decimal(28, 2)) as amount,
        amount_n,
        amount_share,
        measured_amount_n,
        measured_amount_share,
        cast(margin as decimal(28, 2)) as margin,
        margin_customers_count,
        share_of_wallet_n,
        mean_share_of_wallet,
        attitude_index_n,
        mean_attitude_index,
        loyalty_index_n,
        mean_loyalty_index,
        strategy_code,
        strategies.en as strategy,
        not_possible_words.code as not_possible_because_code,
        not_possible_words.en as not_possible_because
    from wilson
    cross join retained_rule
    left join strategies on wilson.strategy_code = strategies.code
    left join not_possible_words
        on not_possible_words.code = case
            when wilson.segment in ('unmeasured', 'former') then null
            when wilson.n > 0 and wilson.measured_n = 0 then 'nobody_measured'
            when retained_rule.leaves_nobody_low
                and wilson.segment in ('latent_loyalty', 'no_loyalty')
                and wilson.customers_count = 0
                then 'staying_is_behaviour'
        end
)

select * from final
