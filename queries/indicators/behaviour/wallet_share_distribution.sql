-- One row per tenth of the share of wallet (B7) and side of the cut
-- $behaviour_cut: the number of customers and their own amount. The table is
-- empty if no share is known. Groups of fewer than $min_cell customers are
-- suppressed.
--
-- A tenth that contains the cut has two rows. Tenths include their lower end,
-- and the last one also its upper end. 1e-7 compensates for binary rounding at
-- the ends. Customers whose share is unknown do not count.
with

customer_behaviour as (
    select * from customer_behaviour where share_of_wallet is not null
),

customers as (
    select
        least(cast(floor(share_of_wallet * 10 + 1e-7) as bigint), 9) as tenth,
        case
            when share_of_wallet >= cast($behaviour_cut as double) - 1e-7
                then 'from_cut'
            else 'below_cut'
        end as cut_side,
        own_amount
    from customer_behaviour
),

-- The tenths, and the sides of the cut on which each of them lies.
tenths as (
    select cast(value as bigint) as tenth
    from unnest(generate_series(0, 9)) as numbers (value)
),

sides as (
    select * from (values ('below_cut'), ('from_cut')) as sides (cut_side)
),

groups as (
    select
        tenths.tenth,
        sides.cut_side
    from tenths
    cross join sides
    where
        (
            sides.cut_side = 'below_cut'
            and tenths.tenth < cast($behaviour_cut as double) * 10 - 1e-6
        )
        or (
            sides.cut_side = 'from_cut'
            and (
                tenths.tenth + 1 > cast($behaviour_cut as double) * 10 + 1e-6
                or tenths.tenth = 9
            )
        )
),

totals as (
    select
        count(*) as customers_count
    from customers
    having count(*) > 0
),

counted as (
    select
        groups.tenth,
        groups.cut_side,
        count(customers.tenth) as customers_count,
        coalesce(sum(customers.own_amount), 0) as own_amount
    from groups
    left join customers
        on groups.tenth = customers.tenth
        and groups.cut_side = customers.cut_side
    group by groups.tenth, groups.cut_side
),

measured as (
    select
        counted.*,
        totals.customers_count as all_count,
        counted.customers_count > 0
        and counted.customers_count < $min_cell as is_suppressed
    from counted
    cross join totals
),

final as (
    select
        cast(tenth * 10 as varchar) || '-' || cast(tenth * 10 + 10 as varchar)
        || '%' as wallet_band,
        cut_side,
        is_suppressed,
        case when not is_suppressed then customers_count end as customers_count,
        case when not is_suppressed
            then cast(customers_count as double) / all_count end
            as customers_share,
        case when not is_suppressed
            then cast(own_amount as decimal(18, 2)) end as own_amount
    from measured
)

select * from final
