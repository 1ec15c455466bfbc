-- One row per customer with a satisfaction answer whose following
-- $defection_days days are over: the latest such answer of somebody who was a
-- customer then, and whether the customer left in these days.
--
-- With a contract: closed (or, without orders, run out) in that time. Without:
-- silent for longer than customer_activity allows, on the last of these days;
-- what counts is own occasions (B6): an order and category with a positive net
-- amount, in $categories where these are given, on the day it was bought.
-- Five bands of satisfaction, fifths of the scale: on 1-5 each score is one.
with

survey_responses as (
    select * from survey_responses
),

customer_base as (
    select * from customer_base
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
        cast(min(closed_at) as date) as closed_on,
        cast(max(contract_ends_at) as date) as contract_ends_on
    from stg_customers
    where closed_at is not null or contract_ends_at is not null
    group by customer_id
),

ranked as (
    select
        response_id,
        customer_id,
        cast(responded_at as date) as answered_on,
        cast(responded_at as date) + $defection_days as judged_on,
        satisfaction_index,
        repurchase_index,
        row_number() over (
            partition by customer_id
            order by responded_at desc nulls last, response_id desc nulls last
        ) as recency_rank
    from survey_responses
    where
        customer_id is not null
        and satisfaction_index is not null
        and cast(responded_at as date) + $defection_days <= $as_of_date
),

answers as (
    select
        ranked.customer_id,
        ranked.answered_on,
        ranked.judged_on,
        ranked.satisfaction_index,
        ranked.repurchase_index,
        contracts.closed_on,
        contracts.contract_ends_on,
        cast(profile.joined_at as date) as joined_on,
        contracts.closed_on is not null
        or ($contractual and customers.is_registered)
        or contracts.contract_ends_on >= ranked.judged_on as is_contractual,
        greatest(
            measures.inactivity_days,
            coalesce(
                cast(floor($gap_factor * measures.gap_days_median) as integer),
                0
            )
        ) as silence_days
    from ranked
    inner join customer_base as customers
        on ranked.customer_id = customers.customer_id
    inner join behaviour_measures as measures
        on ranked.customer_id = measures.customer_id
    left join customer_profile as profile
        on ranked.customer_id = profile.customer_id
    left join contracts
        on ranked.customer_id = contracts.customer_id
    where ranked.recency_rank = 1
),

own_occasions as (
    select
        lines.customer_id,
        cast(
            max(case when lines.amount > 0 then lines.ordered_at end) as date
        ) as occasion_on
    from purchase_lines as lines
    left semi join answers
        on lines.customer_id = answers.customer_id
    where
        lines.brand = $brand
        and case
            when cardinality($categories) = 0 then true
            else array_has($categories, lines.category)
        end
    group by lines.customer_id, lines.order_id, lines.category
    having sum(lines.amount) > 0
),

own_days as (
    select
        answers.customer_id,
        max(
            case when occasions.occasion_on <= answers.answered_on
                then occasions.occasion_on end
        ) as last_before_answer,
        max(
            case when occasions.occasion_on <= answers.judged_on
                then occasions.occasion_on end
        ) as last_before_end
    from own_occasions as occasions
    inner join answers
        on occasions.customer_id = answers.customer_id
    group by answers.customer_id
),

judged as (
    select
        answers.customer_id,
        answers.answered_on,
        answers.satisfaction_index,
        answers.repurchase_index,
        case
            when is_contractual then
                coalesce(joined_on <= answered_on, true)
                and coalesce(closed_on > answered_on, true)
            when own_days.last_before_answer is not null then
                answered_on - own_days.last_before_answer <= silence_days
            else coalesce(contract_ends_on >= answered_on, false)
        end as was_customer,
        case
            when is_contractual then coalesce(closed_on <= judged_on, false)
            when own_days.last_before_answer is not null then
                judged_on - own_days.last_before_end > silence_days
            else contract_ends_on < judged_on
        end as has_left
    from answers
    left join own_days
        on answers.customer_id = own_days.customer_id
),

-- 1e-7: an index on the edge of a band may miss it in binary
final as (
    select
        customer_id,
        answered_on,
        least(
            cast(floor((satisfaction_index + 1e-7) / 20) as bigint) + 1, 5
        ) as band,
        repurchase_index,
        has_left
    from judged
    where was_customer
)

select * from final
