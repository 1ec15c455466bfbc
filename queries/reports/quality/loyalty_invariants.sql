-- One row per invariant that must hold for the results of any input: the
-- expected and the actual number. A violated invariant stops the run (see the
-- checks in the .yml file).
--
-- The expected number of customers comes from the staging tables alone: every
-- id in stg_customers with a joining date by as_of_date or none, in usable
-- lines of stg_purchases up to as_of_date, or in stg_survey_answers that are
-- not later. Shares do not include former customers. A sum of shares is 1, or
-- NULL if there is nothing to share. Shares are compared within 1e-9, indices
-- within 1e-7, everything else exactly.
with

stg_customers as (
    select * from stg_customers
),

stg_purchases as (
    select * from stg_purchases
),

stg_survey_answers as (
    select * from stg_survey_answers
),

customer_loyalty as (
    select * from customer_loyalty
),

segment_shares as (
    select * from segment_shares where customer_type = 'all'
),

ids as (
    select customer_id
    from stg_customers
    where customer_id is not null
    group by customer_id
    having coalesce(min(joined_at) < $as_of_date + 1, true)
    union all
    select customer_id
    from stg_purchases
    where
        customer_id is not null
        and order_id is not null
        and ordered_at < $as_of_date + 1
    union all
    select customer_id
    from stg_survey_answers
    where
        customer_id is not null
        and coalesce(answered_at < $as_of_date + 1, true)
),

customers_in as (
    select count(*) as customers
    from (select customer_id from ids group by customer_id)
),

-- NULL counts as within the range.
customers as (
    select
        *,
        coalesce(
            repeat_purchase_rate not between -1e-9 and 1 + 1e-9
            or share_of_wallet not between -1e-9 and 1 + 1e-9
            or deal_share not between -1e-9 and 1 + 1e-9
            or attitude_raw_share not between -1e-9 and 1 + 1e-9
            or answered_weight_share not between -1e-9 and 1 + 1e-9,
            false
        ) as has_share_outside,
        coalesce(
            loyalty_index not between -1e-7 and 100 + 1e-7
            or behaviour_index not between -1e-7 and 100 + 1e-7
            or attitude_index not between -1e-7 and 100 + 1e-7
            or repurchase_index not between -1e-7 and 100 + 1e-7
            or recommend_index not between -1e-7 and 100 + 1e-7
            or satisfaction_index not between -1e-7 and 100 + 1e-7,
            false
        ) as has_index_outside,
        segment in ('true_loyalty', 'latent_loyalty', 'spurious_loyalty', 'no_loyalty')
        and behaviour_state in ('high', 'low')
        and attitude_state in ('high', 'low')
        or segment = 'unmeasured'
        and (behaviour_state = 'insufficient' or attitude_state = 'unmeasured')
        -- With low behaviour, only a closed account makes a customer former.
        or segment = 'former'
        and not coalesce(is_active, true)
        and (behaviour_state = 'high' or former_because = 'closed')
            as has_one_segment
    from customer_loyalty
),

customers_out as (
    select
        sum(rows_count) as customers,
        count(*) as distinct_customers
    from (
        select customer_id, count(*) as rows_count
        from customer_loyalty
        group by customer_id
    )
),

sums as (
    select
        coalesce(sum(case when has_one_segment then 1 else 0 end), 0)
            as customers_with_one_segment,
        coalesce(sum(case when has_share_outside then 1 else 0 end), 0)
            as shares_outside,
        coalesce(sum(case when has_index_outside then 1 else 0 end), 0)
            as indices_outside,
        coalesce(
            sum(
                case when segment not in ('unmeasured', 'former')
                    then 1 else 0 end
            ), 0
        ) as measured,
        coalesce(sum(case when segment = 'former' then 1 else 0 end), 0)
            as former,
        coalesce(sum(own_amount), 0) as own_amount,
        coalesce(
            sum(case when segment <> 'former' then own_amount end), 0
        ) as shared_own_amount,
        coalesce(
            sum(
                case when segment not in ('unmeasured', 'former')
                    then own_amount end
            ), 0
        ) as measured_own_amount
    from customers
),

segments as (
    select
        sum(customers_count) as customers,
        sum(customers_share) as customers_share,
        sum(measured_share) as measured_share,
        sum(weighted_share) as weighted_share,
        sum(amount) as amount,
        sum(amount_share) as amount_share,
        sum(measured_amount_share) as measured_amount_share,
        count(
            case when segment = 'former'
                then coalesce(
                    customers_share, measured_share, weighted_share,
                    amount_share, measured_amount_share
                ) end
        ) as former_shares
    from segment_shares
),

numbers as (
    select
        customers_in.customers as customers_in,
        coalesce(customers_out.customers, 0) as customers_out,
        customers_out.distinct_customers,
        sums.*,
        segments.customers as segment_customers,
        segments.customers_share,
        segments.measured_share,
        segments.weighted_share,
        segments.amount as segment_amount,
        segments.amount_share,
        segments.measured_amount_share,
        segments.former_shares
    from customers_in
    cross join customers_out
    cross join sums
    cross join segments
),

invariant_words as (
    select code, en from catalogue_codes where column_name = 'invariant_code'
),

invariants as (
    select
        1 as position,
        'customers_kept' as invariant_code,
        'count' as unit,
        cast(customers_in as double) as expected,
        cast(customers_out as double) as found
    from numbers
    union all
    select
        2, 'no_duplicates', 'count',
        cast(customers_out as double), cast(distinct_customers as double)
    from numbers
    union all
    select
        3, 'one_segment', 'count',
        cast(customers_out as double),
        cast(customers_with_one_segment as double)
    from numbers
    union all
    select
        4, 'segments_hold_all', 'count',
        cast(customers_out as double), cast(segment_customers as double)
    from numbers
    union all
    select
        5, 'customers_shares', 'share',
        case when customers_out > former then 1e0 end, customers_share
    from numbers
    union all
    select
        6, 'measured_shares', 'share',
        case when measured > 0 then 1e0 end, measured_share
    from numbers
    union all
    select
        7, 'weighted_shares', 'share',
        case when weighted_share is not null then 1e0 end, weighted_share
    from numbers
    union all
    select
        8, 'segments_hold_sales', 'currency',
        cast(own_amount as double), cast(coalesce(segment_amount, 0) as double)
    from numbers
    union all
    select
        9, 'sales_shares', 'share',
        case when shared_own_amount <> 0 then 1e0 end, amount_share
    from numbers
    union all
    select
        10, 'shares_outside', 'count',
        0e0, cast(shares_outside as double)
    from numbers
    union all
    select
        11, 'indices_outside', 'count',
        0e0, cast(indices_outside as double)
    from numbers
    union all
    select
        12, 'measured_sales_shares', 'share',
        case when measured_own_amount <> 0 then 1e0 end, measured_amount_share
    from numbers
    union all
    select
        13, 'former_shares', 'count',
        0e0, cast(former_shares as double)
    from numbers
),

final as (
    select
        position,
        invariant_code,
        invariant_words.en as invariant,
        unit,
        expected,
        found,
        case
            when expected is null then found is null
            when unit = 'share'
                then coalesce(abs(found - expected) < 1e-9, false)
            else coalesce(found = expected, false)
        end as holds
    from invariants
    left join invariant_words
        on invariants.invariant_code = invariant_words.code
)

select * from final
