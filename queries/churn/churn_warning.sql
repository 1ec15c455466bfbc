-- One row per active customer who may leave: those who buy without conviction
-- (segment spurious), and those who are overdue, silent for longer than
-- $gap_factor x their own median gap. The more money at risk, the higher.
--
-- Overdue takes at least two gaps that are not all 0. A customer with a
-- contract is active until it is closed and may be overdue all the same.
with

customer_loyalty as (
    select * from customer_loyalty where is_active
),

customer_behaviour as (
    select customer_id, gap_days_variation from customer_behaviour
),

measured as (
    select
        loyalty.customer_id,
        loyalty.segment,
        loyalty.loyalty_type,
        loyalty.loyalty_type_reason,
        loyalty.attitude_index,
        loyalty.gap_days_median,
        $as_of_date - cast(loyalty.last_own_ordered_at as date)
            as days_since_last_order,
        coalesce(loyalty.own_amount, 0) as amount_at_risk,
        loyalty.segment = 'spurious' as is_spurious,
        behaviour.gap_days_variation is not null as has_rhythm
    from customer_loyalty as loyalty
    left join customer_behaviour as behaviour
        on loyalty.customer_id = behaviour.customer_id
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

final as (
    select
        customer_id,
        cast(row_number() over (
            order by amount_at_risk desc nulls last, customer_id nulls last
        ) as bigint) as risk_rank,
        segment,
        is_spurious,
        is_overdue,
        concat_ws(
            '; ',
            case when is_spurious then
                'buys without conviction'
                || coalesce(' (' || loyalty_type_reason || ')', '')
            end,
            case when is_overdue then
                'silent for ' || cast(days_since_last_order as varchar)
                || ' days, usually orders every '
                || cast(cast(ceil(gap_days_median) as bigint) as varchar)
            end
        ) as reason,
        days_since_last_order,
        gap_days_median,
        attitude_index,
        cast(amount_at_risk as decimal(18, 2)) as amount_at_risk
    from judged
    where is_spurious or is_overdue
)

select * from final
