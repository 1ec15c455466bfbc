-- One row per customer whose answer can be followed up: the stated intention
-- and the purchases afterwards.
--
-- The answer is the latest one about recommendation or repurchase that is at
-- least $intent_follow_up_days days old, if the purchases on file begin as many
-- days before it. Customers without any purchase on file have no row. After
-- means the $intent_follow_up_days days after the day of the answer, before the
-- same number of days that end with it. An order counts with its net amount on
-- the day of its first line with a positive amount. Referrals are customers
-- referred who started in the days after the answer.
with

survey_responses as (
    select * from survey_responses
),

purchase_lines as (
    select * from purchase_lines
),

purchase_history as (
    select * from purchase_history
),

customer_profile as (
    select * from customer_profile
),

purchases_on_file as (
    select cast(min(ordered_at) as date) as first_day from purchase_lines
),

answers as (
    select
        responses.response_id,
        responses.customer_id,
        responses.responded_at,
        cast(responses.responded_at as date) as answered_on,
        responses.recommend_group,
        responses.repurchase_index
    from survey_responses as responses
    inner join purchase_history as history
        on responses.customer_id = history.customer_id
    cross join purchases_on_file
    where
        (
            responses.recommend_group is not null
            or responses.repurchase_index is not null
        )
        and cast(responses.responded_at as date)
            <= $as_of_date - $intent_follow_up_days
        and cast(responses.responded_at as date) - ($intent_follow_up_days - 1)
            >= purchases_on_file.first_day
),

ranked as (
    select
        *,
        row_number() over (
            partition by customer_id
            order by responded_at desc nulls last, response_id desc nulls last
        ) as recency_rank
    from answers
),

latest_answers as (
    select * from ranked where recency_rank = 1
),

orders as (
    select
        answers.customer_id,
        lines.order_id,
        cast(
            coalesce(
                min(case when lines.amount > 0 then lines.ordered_at end),
                min(lines.ordered_at)
            ) as date
        ) > answers.answered_on as is_after,
        sum(lines.amount) as amount
    from latest_answers as answers
    inner join purchase_lines as lines
        on answers.customer_id = lines.customer_id
    where
        lines.brand = $brand
        and case
            when cardinality($categories) = 0 then true
            else array_has($categories, lines.category)
        end
        and lines.ordered_at
            >= answers.answered_on - ($intent_follow_up_days - 1)
        and lines.ordered_at < answers.answered_on + $intent_follow_up_days + 1
    group by answers.customer_id, answers.answered_on, lines.order_id
),

purchases as (
    select
        customer_id,
        sum(case when not is_after then amount end) as amount_before,
        sum(case when is_after then amount end) as amount_after,
        max(case when is_after and amount > 0 then 1 else 0 end) = 1
            as has_bought
    from orders
    group by customer_id
),

has_referrals as (
    select count(referred_by_customer_id) > 0 as has_referrals
    from customer_profile
),

-- least() ignores NULL.
referred as (
    select
        profiles.referred_by_customer_id as customer_id,
        cast(
            least(profiles.joined_at, history.first_own_ordered_at) as date
        ) as began_on
    from customer_profile as profiles
    left join purchase_history as history
        on profiles.customer_id = history.customer_id
    where profiles.referred_by_customer_id <> profiles.customer_id
),

referrals as (
    select answers.customer_id, count(*) as referrals_count
    from latest_answers as answers
    inner join referred on answers.customer_id = referred.customer_id
    where
        referred.began_on > answers.answered_on
        and referred.began_on <= answers.answered_on + $intent_follow_up_days
    group by answers.customer_id
),

final as (
    select
        answers.customer_id,
        coalesce(profiles.customer_type, 'unknown') as customer_type,
        answers.answered_on,
        answers.recommend_group,
        answers.repurchase_index,
        coalesce(purchases.has_bought, false) as has_bought,
        cast(coalesce(purchases.amount_before, 0) as decimal(18, 2))
            as amount_before,
        cast(coalesce(purchases.amount_after, 0) as decimal(18, 2))
            as amount_after,
        case when has_referrals.has_referrals
            then coalesce(referrals.referrals_count, 0) end as referrals_count
    from latest_answers as answers
    cross join has_referrals
    left join purchases on answers.customer_id = purchases.customer_id
    left join referrals on answers.customer_id = referrals.customer_id
    left join customer_profile as profiles
        on answers.customer_id = profiles.customer_id
)

select * from final
