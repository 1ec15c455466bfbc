-- One row per customer and day on which the customer answered a survey or
-- received a delivery, once the following $defection_days days are over:
-- whether the customer was a customer on that day, and whether the customer
-- left in the following days.
--
-- A customer with a contract left if the account was closed in that time, or if
-- the contract ran out and there were no orders. A customer without a contract
-- left if, on the last of these days, the silence since the last own occasion
-- (B6) was longer than customer_activity allows. Only occasions in $categories
-- count, if that list is not empty.
--
-- If the data contradict the days of silence (inactivity_fit), everybody who
-- had bought by that day was a customer. has_left is then known only for
-- customers under contract ($contractual). For all others only a closing could
-- be seen, which would bias the share of customers who left.
with

survey_responses as (
    select * from survey_responses
),

order_promises as (
    select * from order_promises
),

customer_base as (
    select * from customer_base
),

inactivity_fit as (
    select is_contradicted from inactivity_fit
),

behaviour_measures as (
    select * from behaviour_measures
),

customer_profile as (
    select * from customer_profile
),

stg_customers as (
    select * from stg_customers
),

purchase_lines as (
    select * from purchase_lines
),

contracts as (
    select
        customer_id,
        cast(max(contract_ends_at) as date) as contract_ends_on
    from stg_customers
    where
        contract_ends_at is not null
        and (closed_at is null or closed_at >= $as_of_date + 1)
    group by customer_id
),

experiences as (
    select customer_id, cast(responded_at as date) as followed_from
    from survey_responses
    union all
    select customer_id, cast(delivered_at as date) as followed_from
    from order_promises
),

followed as (
    select
        customer_id,
        followed_from,
        followed_from + $defection_days as followed_to
    from experiences
    where
        customer_id is not null
        and followed_from + $defection_days <= $as_of_date
    group by customer_id, followed_from
),

own_occasions as (
    select
        lines.customer_id,
        cast(
            max(case when lines.amount > 0 then lines.ordered_at end) as date
        ) as occasion_on
    from purchase_lines as lines
    left semi join followed
        on lines.customer_id = followed.customer_id
    where
        lines.brand = $brand
        and case
            when cardinality($categories) = 0 then true
            else array_has($categories, lines.category)
        end
    group by lines.customer_id, lines.order_id, lines.category
    having sum(lines.amount) > 0
),

-- Occasions and followed days are merged into one sequence per customer. The
-- last occasion up to a day is then a running maximum.
events as (
    select
        customer_id,
        occasion_on as on_day,
        occasion_on,
        cast(null as date) as followed_from,
        'occasion' as event
    from own_occasions
    union all
    select
        customer_id,
        followed_from as on_day,
        null as occasion_on,
        followed_from,
        'start' as event
    from followed
    union all
    select
        customer_id,
        followed_to as on_day,
        null as occasion_on,
        followed_from,
        'end' as event
    from followed
),

-- A range frame includes the occasions of the day itself.
last_occasions as (
    select
        customer_id,
        followed_from,
        event,
        max(occasion_on) over (
            partition by customer_id
            order by on_day nulls last
            range between unbounded preceding and current row
        ) as last_occasion_on
    from events
),

last_days as (
    select
        customer_id,
        followed_from,
        max(case when event = 'start' then last_occasion_on end)
            as last_before_start,
        max(case when event = 'end' then last_occasion_on end)
            as last_before_end
    from last_occasions
    where event in ('start', 'end')
    group by customer_id, followed_from
),

described as (
    select
        followed.*,
        last_days.last_before_start,
        last_days.last_before_end,
        cast(profile.closed_at as date) as closed_on,
        contracts.contract_ends_on,
        inactivity_fit.is_contradicted,
        not inactivity_fit.is_contradicted
        or ($contractual and customers.is_registered) as is_leaving_judged,
        cast(profile.joined_at as date) as joined_on,
        profile.closed_at is not null
        or ($contractual and customers.is_registered)
        or contracts.contract_ends_on >= followed.followed_to as is_contractual,
        greatest(
            measures.inactivity_days,
            coalesce(
                cast(floor($gap_factor * measures.gap_days_median) as integer),
                0
            )
        ) as silence_days
    from followed
    cross join inactivity_fit
    inner join last_days
        on followed.customer_id = last_days.customer_id
        and followed.followed_from = last_days.followed_from
    inner join customer_base as customers
        on followed.customer_id = customers.customer_id
    inner join behaviour_measures as measures
        on followed.customer_id = measures.customer_id
    left join customer_profile as profile
        on followed.customer_id = profile.customer_id
    left join contracts
        on followed.customer_id = contracts.customer_id
),

final as (
    select
        customer_id,
        followed_from,
        case
            when is_contractual then
                coalesce(joined_on <= followed_from, true)
                and coalesce(closed_on > followed_from, true)
            when contract_ends_on >= followed_from then true
            when is_contradicted then last_before_start is not null
            else coalesce(
                followed_from - last_before_start <= silence_days, false
            )
        end as was_customer,
        case
            when not is_leaving_judged then null
            when is_contractual then coalesce(closed_on <= followed_to, false)
            when last_before_start is not null then
                followed_to - last_before_end > silence_days
            else coalesce(contract_ends_on < followed_to, false)
        end as has_left
    from described
)

select * from final
