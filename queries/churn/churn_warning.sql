-- One row per customer who may leave: customers of segment spurious_loyalty,
-- and active customers who are overdue, that is, silent for longer than
-- $gap_factor x their own median gap. Former customers have no row. The
-- customer with the most money at stake comes first.
--
-- The money at stake comes from money_at_stake: the expected value by a
-- purchase model, with its interval, or else the own amount of the window.
-- stake_source names the source.
--
-- Silence is counted from the last own occasion (B6), in the window if there is
-- one there. A customer can be overdue only with at least two gaps that are not
-- all 0. A customer with a contract stays active until the account is closed,
-- and may still be overdue. If B11 is unknown for a customer, the customer is
-- treated as active.
with

customer_loyalty as (
    select * from customer_loyalty
),

customer_behaviour as (
    select customer_id, gap_days_variation from customer_behaviour
),

behaviour_measures as (
    select customer_id, last_own_occasion_at from behaviour_measures
),

money_at_stake as (
    select * from money_at_stake
),

measured as (
    select
        loyalty.customer_id,
        loyalty.segment,
        loyalty.is_active,
        loyalty.loyalty_type,
        loyalty.loyalty_type_reason,
        loyalty.attitude_index,
        loyalty.gap_days_median,
        loyalty.next_order_due_at,
        coalesce(
            loyalty.recency_days,
            $as_of_date - cast(measures.last_own_occasion_at as date)
        ) as days_since_last_order,
        stakes.own_amount,
        stakes.stake_amount as amount_at_risk,
        stakes.stake_low as amount_at_risk_low,
        stakes.stake_high as amount_at_risk_high,
        stakes.stake_source,
        stakes.alive_probability,
        loyalty.segment = 'spurious_loyalty' as is_spurious,
        behaviour.gap_days_variation is not null as has_rhythm,
        coalesce(loyalty.is_active, true) as may_be_there
    from customer_loyalty as loyalty
    inner join money_at_stake as stakes
        on loyalty.customer_id = stakes.customer_id
    left join customer_behaviour as behaviour
        on loyalty.customer_id = behaviour.customer_id
    left join behaviour_measures as measures
        on loyalty.customer_id = measures.customer_id
    where loyalty.segment <> 'former'
),

judged as (
    select
        *,
        coalesce(
            has_rhythm and days_since_last_order
                > cast($gap_factor as double) * gap_days_median + 1e-7,
            false
        ) as is_overdue
    from measured
),

conviction_words as (
    select code, en
    from catalogue_codes
    where column_name = 'reason_code' and code = 'without_conviction'
),

reasoned as (
    select
        *,
        case when is_spurious then 'without_conviction' end as conviction_code,
        case
            when is_overdue then 'overdue'
            -- No longer active, but without a known rhythm of orders.
            when not is_active and days_since_last_order is not null
                then 'silent'
        end as silence_code
    from judged
    where is_spurious or (may_be_there and is_overdue)
),

final as (
    select
        customer_id,
        cast(row_number() over (
            order by amount_at_risk desc nulls last, customer_id nulls last
        ) as bigint) as risk_rank,
        segment,
        is_active,
        is_spurious,
        is_overdue,
        concat_ws(',', conviction_code, silence_code) as reason_code,
        concat_ws(
            '; ',
            conviction_words.en
                || coalesce(' (' || loyalty_type_reason || ')', ''),
            case when silence_code = 'overdue' then
                'silent for ' || cast(days_since_last_order as varchar)
                || ' days, usually orders every '
                || cast(cast(ceil(gap_days_median) as bigint) as varchar)
            when silence_code = 'silent' then
                'silent for ' || cast(days_since_last_order as varchar)
                || ' days'
            end
        ) as reason,
        days_since_last_order,
        gap_days_median,
        next_order_due_at,
        attitude_index,
        own_amount,
        cast(amount_at_risk as decimal(18, 2)) as amount_at_risk,
        amount_at_risk_low,
        amount_at_risk_high,
        stake_source,
        alive_probability
    from reasoned
    left join conviction_words
        on reasoned.conviction_code = conviction_words.code
)

select * from final
