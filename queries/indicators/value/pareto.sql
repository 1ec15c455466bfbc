-- One row per dimension and value: the concentration of own amount over
-- customers, in total, by customer type, by size, by decile of amount and, if
-- there are former customers, by standing (current or former). Groups of fewer
-- than $min_cell customers are suppressed, and so are means known for fewer.
--
-- Customers are those with a positive own amount in the window, former ones
-- (former_candidates) included, sorted by amount, then by id.
-- top_customers_count is the smallest number of them that brings
-- $pareto_amount_share of the amount (Pareto 1896; Juran 1951). Deciles differ
-- by at most one customer, the first ones being larger; 1 has the largest
-- amounts. The margin covers customers whose costs are all known, and so does
-- its rate. The columns from mean_deal_share on compare the treatment of small
-- and large customers.
with

customer_behaviour as (
    select * from customer_behaviour
),

customer_attitude as (
    select * from customer_attitude
),

customer_profile as (
    select * from customer_profile
),

former_customers as (
    select customer_id from former_candidates where is_former
),

contact_treatment as (
    select * from contact_treatment
),

stg_contacts as (
    select * from stg_contacts
),

textbook_values as (
    select * from textbook_values
),

-- The textbook figure is shown only if its share of the amount is the one in
-- use.
textbook as (
    select
        max(
            case when value_key = 'pareto_customers_share' then value end
        ) as customers_share,
        max(case when value_key = 'pareto_amount_share' then value end)
            as amount_share
    from textbook_values
),

contacts_on_file as (
    select count(*) > 0 as has_contacts
    from stg_contacts
    where at < $as_of_date + 1
),

buyers as (
    select
        behaviour.customer_id,
        behaviour.own_amount as amount,
        behaviour.own_margin as margin,
        behaviour.deal_share,
        attitude.satisfaction_index,
        coalesce(profiles.customer_type, 'unknown') as customer_type,
        coalesce(profiles.size, 'unknown') as size,
        case when former.customer_id is null then 'current' else 'former' end
            as standing,
        count(former.customer_id) over () > 0 as are_any_former,
        case when contacts_on_file.has_contacts
            then coalesce(contacts.outreach_count, 0) end as outreach_count,
        case when contacts_on_file.has_contacts
            then coalesce(contacts.complaints_count, 0) end
            as complaints_count,
        contacts.waited_seconds,
        contacts.waits_count,
        contacts.resolved_count,
        contacts.resolutions_count
    from customer_behaviour as behaviour
    cross join contacts_on_file
    left join customer_attitude as attitude
        on behaviour.customer_id = attitude.customer_id
    left join customer_profile as profiles
        on behaviour.customer_id = profiles.customer_id
    left join contact_treatment as contacts
        on behaviour.customer_id = contacts.customer_id
    left join former_customers as former
        on behaviour.customer_id = former.customer_id
    where behaviour.own_amount > 0
),

numbered as (
    select
        *,
        ntile(10) over (
            order by amount desc nulls last, customer_id nulls last
        ) as decile
    from buyers
),

dimensions as (
    select * from (
        values
            ('total'), ('customer_type'), ('size'), ('decile'), ('standing')
    ) as dimensions (dimension)
),

placed as (
    select
        dimensions.dimension,
        case dimensions.dimension
            when 'customer_type' then numbered.customer_type
            when 'size' then numbered.size
            when 'standing' then numbered.standing
            when 'decile'
                then lpad(cast(numbered.decile as varchar), 2, '0')
            else 'all'
        end as dimension_value,
        numbered.*
    from numbered
    cross join dimensions
    where dimensions.dimension <> 'standing' or numbered.are_any_former
),

-- A customer is a top customer if those before bring less than the share.
cumulated as (
    select
        *,
        case
            when sum(amount) over (
                partition by dimension, dimension_value
                order by amount desc nulls last, customer_id nulls last
                rows between unbounded preceding and current row
            ) - amount
            < cast($pareto_amount_share as decimal(7, 6)) * sum(amount) over (
                partition by dimension, dimension_value
            ) then 1
            else 0
        end as is_top
    from placed
),

sums as (
    select
        dimension,
        dimension_value,
        count(*) as customers_count,
        sum(amount) as amount,
        sum(is_top) as top_customers_count,
        count(margin) as margins_count,
        sum(margin) as margin,
        sum(case when margin is not null then amount end) as margin_amount,
        count(deal_share) as deals_count,
        avg(deal_share) as deal_share,
        sum(outreach_count) as outreach_count,
        sum(complaints_count) as complaints_count,
        sum(case when waits_count > 0 then 1 else 0 end) as waiting_count,
        sum(waited_seconds) as waited_seconds,
        sum(waits_count) as waits_count,
        sum(case when resolutions_count > 0 then 1 else 0 end)
            as resolving_count,
        sum(resolved_count) as resolved_count,
        sum(resolutions_count) as resolutions_count,
        count(satisfaction_index) as satisfactions_count,
        avg(satisfaction_index) as satisfaction_index
    from cumulated
    group by dimension, dimension_value
),

-- The total and all deciles have a row even if nobody bought.
required_groups as (
    select 'total' as dimension, 'all' as dimension_value
    union all
    select
        'decile' as dimension,
        lpad(cast(unnest(generate_series(1, 10)) as varchar), 2, '0')
            as dimension_value
),

completed as (
    select
        coalesce(sums.dimension, required_groups.dimension) as dimension,
        coalesce(sums.dimension_value, required_groups.dimension_value)
            as dimension_value,
        coalesce(sums.customers_count, 0) as customers_count,
        coalesce(sums.amount, 0) as amount,
        coalesce(sums.top_customers_count, 0) as top_customers_count,
        coalesce(sums.margins_count, 0) as margins_count,
        sums.margin,
        sums.margin_amount,
        coalesce(sums.deals_count, 0) as deals_count,
        sums.deal_share,
        sums.outreach_count,
        sums.complaints_count,
        coalesce(sums.waiting_count, 0) as waiting_count,
        sums.waited_seconds,
        sums.waits_count,
        coalesce(sums.resolving_count, 0) as resolving_count,
        sums.resolved_count,
        sums.resolutions_count,
        coalesce(sums.satisfactions_count, 0) as satisfactions_count,
        sums.satisfaction_index
    from required_groups
    full join sums
        on required_groups.dimension = sums.dimension
        and required_groups.dimension_value = sums.dimension_value
),

filled as (
    select
        *,
        cast(
            sum(case when dimension = 'total' then customers_count end) over ()
            as double
        ) as total_customers,
        cast(
            sum(case when dimension = 'total' then amount end) over ()
            as double
        ) as total_amount,
        cast(
            sum(case when dimension = 'total' then margin end) over ()
            as double
        ) as total_margin
    from completed
),

-- Current and former customers add up to the total: each could be derived.
small as (
    select
        *,
        case when dimension = 'standing'
            then min(customers_count) over (partition by dimension)
            else customers_count end as smallest_count
    from filled
),

marked as (
    select
        *,
        smallest_count between 1 and $min_cell - 1 as is_suppressed,
        smallest_count >= $min_cell and margins_count >= $min_cell
            as is_margin_shown,
        cast(nullif(customers_count, 0) as double) as n,
        case when dimension = 'decile' then
            sum(amount) over (
                partition by dimension
                order by dimension_value
                rows between unbounded preceding and current row
            )
        end as cumulative_amount,
        -- A cumulative sum would disclose a suppressed decile.
        max(
            case when customers_count between 1 and $min_cell - 1
                then 1 else 0 end
        ) over (
            partition by dimension
            order by dimension_value
            rows between unbounded preceding and current row
        ) = 0 as is_cumulative_shown
    from small
),

final as (
    select
        dimension,
        dimension_value,
        is_suppressed,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when total_customers = 0 or total_customers >= $min_cell
            then cast(total_customers as bigint) end as n,
        case when not is_suppressed
            then customers_count / nullif(total_customers, 0) end
            as customers_share,
        case when not is_suppressed then cast(amount as decimal(28, 2)) end
            as amount,
        case when not is_suppressed
            then cast(amount as double) / nullif(total_amount, 0) end
            as amount_share,
        case when is_cumulative_shown
            then cast(cumulative_amount as double) / nullif(total_amount, 0)
        end as cumulative_amount_share,
        case when not is_suppressed then cast(amount as double) / n end
            as mean_amount,
        case when not is_suppressed and dimension <> 'decile'
            then top_customers_count end as top_customers_count,
        case when not is_suppressed and dimension <> 'decile'
            then top_customers_count / n end as top_customers_share,
        case when not is_suppressed and dimension <> 'decile' and n > 0
            then cast($pareto_amount_share as double) end as top_amount_share,
        case
            when dimension <> 'decile'
                and abs(
                    textbook.amount_share - cast($pareto_amount_share as double)
                ) < 1e-7
                then textbook.customers_share
        end as textbook_top_customers_share,
        case when is_margin_shown then cast(margin as decimal(28, 2)) end
            as margin,
        case when is_margin_shown
            then cast(margin as double) / nullif(total_margin, 0) end
            as margin_share,
        case when is_margin_shown
            then cast(margin as double)
                / nullif(cast(margin_amount as double), 0) end as margin_rate,
        case when is_margin_shown then margins_count end
            as margin_customers_count,
        case when not is_suppressed and deals_count >= $min_cell
            then deals_count end as deal_share_n,
        case when not is_suppressed and deals_count >= $min_cell
            then deal_share end as mean_deal_share,
        case when not is_suppressed then outreach_count / n end
            as outreach_per_customer,
        case when not is_suppressed then complaints_count / n end
            as complaints_per_customer,
        case when not is_suppressed and waiting_count >= $min_cell
            then waits_count end as waits_count,
        case when not is_suppressed and waiting_count >= $min_cell
            then cast(waited_seconds as double) / nullif(waits_count, 0) end
            as mean_waited_seconds,
        case when not is_suppressed and resolving_count >= $min_cell
            then resolutions_count end as resolutions_count,
        case when not is_suppressed and resolving_count >= $min_cell
            then cast(resolved_count as double)
                / nullif(resolutions_count, 0) end
            as first_contact_resolution_rate,
        case when not is_suppressed and satisfactions_count >= $min_cell
            then satisfactions_count end as satisfaction_n,
        case when not is_suppressed and satisfactions_count >= $min_cell
            then satisfaction_index end as mean_satisfaction_index
    from marked
    cross join textbook
)

select * from final
