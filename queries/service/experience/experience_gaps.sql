-- One row per kind of gap and experience: the expected and the perceived level,
-- whether the customer left afterwards (E1), and the eight factors that shape
-- expectations (E2).
--
-- perceived_minus_expected: perceived quality - expected quality, in points of
-- 0-100, per survey response (Oliver 1980; Parasuraman, Zeithaml and Berry
-- 1985). promised_minus_demanded: the promised level (items of promise_set) -
-- the demanded level, likewise. delivered_minus_promised: calendar days from
-- the promised to the actual delivery, per review of a delivered order.
-- orders_delivered_minus_promised: the same per order, reviewed or not. A
-- negative gap in points, or a positive gap in days, is worse than expected.
--
-- Values and consumption setting come from items of their own in the response
-- that counts. has_left: the customer left within $defection_days days
-- (defections); NULL before these days are over, or if the person was no
-- customer at the time.
with

response_experiences as (
    select * from response_experiences
),

order_promises as (
    select * from order_promises
),

customer_profile as (
    select * from customer_profile
),

customer_behaviour as (
    select * from customer_behaviour
),

defections as (
    select * from defections where was_customer
),

purchase_history as (
    select * from purchase_history
),

customer_constructs as (
    select * from customer_constructs
    where construct in ('personal_values', 'consumption_setting', 'need_first')
),

stg_campaigns as (
    select * from stg_campaigns
),

rival_answers as (
    select * from rival_answers
),

gaps_of_answers as (
    select
        'perceived_minus_expected' as kind,
        cast(response_id as varchar) as experience_id,
        customer_id,
        responded_at as at,
        responded_at as begun_at,
        wave,
        expectation_index as expected,
        quality_index as perceived,
        satisfaction_score,
        is_top_two
    from response_experiences
    union all
    select
        'promised_minus_demanded' as kind,
        cast(response_id as varchar) as experience_id,
        customer_id,
        responded_at as at,
        responded_at as begun_at,
        wave,
        demand_index as expected,
        promise_set_index as perceived,
        satisfaction_score,
        is_top_two
    from response_experiences
),

delivered as (
    select * from order_promises where gap_days is not null
),

-- An anonymous review is assigned to its order, unless several customers share
-- the order id.
shared_orders as (
    select order_id
    from delivered
    group by order_id
    having count(*) > 1
),

reviewed as (
    select
        delivered.*,
        reviews.response_id,
        reviews.wave,
        reviews.satisfaction_score,
        reviews.is_top_two
    from response_experiences as reviews
    inner join delivered
        on reviews.order_id = delivered.order_id
    left join shared_orders
        on delivered.order_id = shared_orders.order_id
    where
        reviews.satisfaction_score is not null
        and (
            reviews.customer_id = delivered.customer_id
            or (
                reviews.customer_id is null and shared_orders.order_id is null
            )
        )
),

gaps_of_reviews as (
    select
        'delivered_minus_promised' as kind,
        cast(response_id as varchar) as experience_id,
        customer_id,
        delivered_at as at,
        ordered_at as begun_at,
        wave,
        cast(promised_days as double) as expected,
        cast(delivered_days as double) as perceived,
        satisfaction_score,
        is_top_two
    from reviewed
),

order_scores as (
    select
        customer_id,
        order_id,
        avg(satisfaction_score) as satisfaction_score,
        avg(case when is_top_two then 1 else 0 end) >= 0.5 as is_top_two
    from reviewed
    group by customer_id, order_id
),

gaps_of_orders as (
    select
        'orders_delivered_minus_promised' as kind,
        concat(delivered.customer_id, '/', delivered.order_id)
            as experience_id,
        delivered.customer_id,
        delivered.delivered_at as at,
        delivered.ordered_at as begun_at,
        cast(null as varchar) as wave,
        cast(delivered.promised_days as double) as expected,
        cast(delivered.delivered_days as double) as perceived,
        order_scores.satisfaction_score,
        order_scores.is_top_two
    from delivered
    left join order_scores
        on delivered.customer_id = order_scores.customer_id
        and delivered.order_id = order_scores.order_id
),

gaps as (
    select *, perceived - expected as gap, perceived < expected as is_worse
    from gaps_of_answers
    where perceived is not null and expected is not null
    union all
    select *, perceived - expected as gap, perceived > expected as is_worse
    from gaps_of_reviews
    union all
    select *, perceived - expected as gap, perceived > expected as is_worse
    from gaps_of_orders
),

stated_answers as (
    select
        customer_id,
        max(
            case when construct = 'personal_values' then
                case construct_score
                    when 1 then 'thrift'
                    when 2 then 'enjoyment'
                    when 3 then 'standing'
                    when 4 then 'responsibility'
                end
            end
        ) as personal_values,
        max(
            case when construct = 'consumption_setting' then
                case construct_score
                    when 1 then 'home'
                    when 2 then 'work'
                    when 3 then 'guests'
                    when 4 then 'gift'
                end
            end
        ) as consumption_setting,
        max(
            case when construct = 'need_first' then
                case construct_score
                    when 1 then 'quality'
                    when 2 then 'price'
                    when 3 then 'speed'
                end
            end
        ) as need_first
    from customer_constructs
    group by customer_id
),

campaigns as (
    select customer_id, min(at) as first_campaign_at
    from stg_campaigns
    where customer_id is not null and at < $as_of_date + 1
    group by customer_id
),

any_campaign as (
    select count(*) > 0 as are_campaigns_on_file
    from campaigns
),

raters_of_rivals as (
    select responses.customer_id
    from rival_answers
    inner join response_experiences as responses
        on rival_answers.response_id = responses.response_id
    where responses.customer_id is not null and rival_answers.score is not null
    group by responses.customer_id
),

described as (
    select
        gaps.*,
        defections.has_left,
        profile.customer_type,
        profile.background,
        profile.region,
        profile.age_group,
        stated.personal_values,
        stated.consumption_setting,
        stated.need_first,
        case
            when profile.referred_by_customer_id is not null then 'yes'
            when array_has($word_of_mouth_sources, profile.heard_from)
                then 'yes'
            when profile.heard_from is not null then 'no'
        end as word_of_mouth,
        case
            when gaps.customer_id is null then null
            when campaigns.first_campaign_at <= gaps.begun_at then 'yes'
            when any_campaign.are_campaigns_on_file then 'no'
        end as promotion,
        case
            when history.first_own_ordered_at is null then null
            when history.first_own_ordered_at >= gaps.begun_at then 'none yet'
            when cast(gaps.begun_at as date)
                - cast(history.first_own_ordered_at as date) < 365
                then 'under a year'
            else 'a year or more'
        end as experience_here,
        case
            when raters.customer_id is not null then 'yes'
            when behaviour.category_occasions_count
                > behaviour.own_occasions_count then 'yes'
            when behaviour.category_occasions_count > 0 then 'no'
        end as experience_elsewhere
    from gaps
    cross join any_campaign
    left join defections
        on gaps.customer_id = defections.customer_id
        and cast(gaps.at as date) = defections.followed_from
    left join customer_profile as profile
        on gaps.customer_id = profile.customer_id
    left join customer_behaviour as behaviour
        on gaps.customer_id = behaviour.customer_id
    left join purchase_history as history
        on gaps.customer_id = history.customer_id
    left join stated_answers as stated
        on gaps.customer_id = stated.customer_id
    left join campaigns
        on gaps.customer_id = campaigns.customer_id
    left join raters_of_rivals as raters
        on gaps.customer_id = raters.customer_id
),

final as (
    select
        kind,
        experience_id,
        customer_id,
        at,
        wave,
        expected,
        perceived,
        gap,
        is_worse,
        satisfaction_score,
        is_top_two,
        has_left,
        coalesce(customer_type, 'unknown') as customer_type,
        coalesce(word_of_mouth, 'unknown') as word_of_mouth,
        coalesce(promotion, 'unknown') as promotion,
        coalesce(personal_values, 'unknown') as personal_values,
        coalesce(consumption_setting, 'unknown') as consumption_setting,
        coalesce(need_first, 'unknown') as need_first,
        coalesce(background, 'unknown') as background,
        coalesce(region, 'unknown') as region,
        coalesce(age_group, 'unknown') as age_group,
        coalesce(experience_here, 'unknown') as experience_here,
        coalesce(experience_elsewhere, 'unknown') as experience_elsewhere
    from described
)

select * from final
