-- One row per response and group that it belongs to, with its weight: the
-- groups of every summary of survey answers.
--
-- The dimensions total, channel, segment, customer_type, size, region,
-- age_group, competition (the number of rivals available to the customer) and
-- situation (response_situations) hold the current responses: the latest of
-- each customer within $survey_max_age_days, and the anonymous ones of that
-- time. wave holds all responses of the wave. Responses of unknown group,
-- anonymous ones among them, form the group unknown, so that the groups of a
-- dimension add up to the total. A dimension without any known value has no
-- rows. Former customers count like all others, and form a segment of their
-- own. weight is response_weight, post-stratified if there is a population
-- margin.
with

survey_responses as (
    select * from survey_responses
),

survey_weights as (
    select * from survey_weights
),

customer_loyalty as (
    select * from customer_loyalty
),

customer_profile as (
    select * from customer_profile
),

response_situations as (
    select * from response_situations
),

groups as (
    select
        responses.response_id,
        responses.customer_id,
        weights.is_current,
        weights.post_stratified_weight,
        weights.wave_weight,
        loyalty.own_amount,
        unnest(make_array(
            'total',
            'wave',
            'channel',
            'segment',
            'customer_type',
            'size',
            'region',
            'age_group',
            'competition',
            'situation'
        )) as dimension,
        unnest(make_array(
            'all',
            coalesce(responses.wave, 'unknown'),
            coalesce(responses.channel, 'unknown'),
            loyalty.segment,
            profile.customer_type,
            profile.size,
            profile.region,
            profile.age_group,
            profile.competition,
            situations.situation
        )) as dimension_value
    from survey_responses as responses
    inner join survey_weights as weights
        on responses.response_id = weights.response_id
    left join customer_loyalty as loyalty
        on responses.customer_id = loyalty.customer_id
    left join customer_profile as profile
        on responses.customer_id = profile.customer_id
    left join response_situations as situations
        on responses.response_id = situations.response_id
),

-- A dimension without any known value has no groups.
shown as (
    select
        *,
        count(dimension_value) over (partition by dimension) > 0 as is_split
    from groups
    where is_current or dimension = 'wave'
),

final as (
    select
        response_id,
        dimension,
        coalesce(dimension_value, 'unknown') as dimension_value,
        customer_id,
        case when dimension = 'wave' then wave_weight
            else post_stratified_weight end as weight,
        own_amount
    from shown
    where is_split
)

select * from final
