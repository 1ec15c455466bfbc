-- One row per dimension, value and effort band, and one for all bands: customer
-- effort (E4), and the loyalty of customers by effort. Groups of fewer than
-- $min_cell customers are suppressed, and so are measures known for fewer.
--
-- Cases are those of service_cases, in total, by customer type, and by kind and
-- channel of their first contact. The bands (0, 1, 2, 3+) count the transfers
-- and repeats of the customer's most effortful case in the row; all cases of
-- the customer are in that band. A case of an unknown customer counts as one
-- customer. The time to answer is the wait of a contact, the time to resolve
-- that of a resolved case. The median and the 95th percentile are type 7 of
-- Hyndman and Fan (1996): interpolated at place (n - 1) * p, counted from 0.
--
-- Customer Effort Score 2.0 (Dixon, Toman and DeLisi 2013): the share of scores
-- 5 to 7 on an ease item of 1 to 7, and the mean score, over the response that
-- counts of each customer and the anonymous responses of the survey window. The
-- rows of all bands in total and by customer type include everybody who
-- answered. Other rows include customers with such a case; rows of a kind or
-- channel exclude answers about another one.
--
-- Loyalty is that of the customers in the row: shares of those known, Net
-- Promoter Score, and the share who left. The share with low attitude is shown
-- with the disloyal share of Dixon, Toman and DeLisi, whose disloyal customers
-- said that they would not buy again, would spend less or would speak badly of
-- the company. The loyalty change per step, in the rows of all bands, is the
-- least-squares slope of the loyalty index on the transfers and repeats of each
-- customer's most effortful case, divided by the fitted value at no step: -0.1
-- is ten percent less loyalty per step. It is a correlation and does not show a
-- cause.
with

service_cases as (
    select * from service_cases
),

service_contacts as (
    select * from service_contacts
    where kind is null or kind not in ('visit', 'outreach', 'care')
),

answered_items as (
    select * from answered_items
    where
        construct = 'ease'
        and scale_min = 1
        and scale_max = 7
        and score is not null
),

survey_responses as (
    select * from survey_responses
    where is_latest or (customer_id is null and is_in_window)
),

response_experiences as (
    select response_id, contact_id from response_experiences
),

customer_profile as (
    select * from customer_profile
),

customer_activity as (
    select customer_id, is_leaving_judged from customer_activity
),

-- judged_active: is_active, only for customers for whom leaving can be judged
-- either way.
customer_loyalty as (
    select
        loyalty.*,
        case when coalesce(activity.is_leaving_judged, true)
            then loyalty.is_active end as judged_active
    from customer_loyalty as loyalty
    left join customer_activity as activity
        on loyalty.customer_id = activity.customer_id
),

textbook_values as (
    select * from textbook_values
),

textbook as (
    select
        max(
            case when value_key = 'disloyal_share_low_effort' then value end
        ) as low_effort_share,
        max(
            case when value_key = 'disloyal_share_high_effort' then value end
        ) as high_effort_share,
        -- The textbook states a loss; here it is a negative change.
        -max(case when value_key = 'loyalty_loss_per_step' then value end)
            as loyalty_change_per_step
    from textbook_values
),

by_dimension as (
    select
        case_id,
        customer_id,
        case when customer_id is null then case_id end as anonymous_id,
        contacts_count,
        transfers_count,
        repeats_count,
        effort_count,
        case
            when is_first_contact_resolved then 1
            when not is_first_contact_resolved then 0
        end as resolved_at_first,
        resolution_seconds,
        unnest(make_array('total', 'customer_type', 'kind', 'channel'))
            as dimension,
        unnest(make_array('all', customer_type, kind, channel))
            as dimension_value
    from service_cases
),

known_dimensions as (
    select dimension
    from by_dimension
    where dimension = 'customer_type' or dimension_value <> 'unknown'
    group by dimension
),

members as (
    select
        by_dimension.dimension,
        by_dimension.dimension_value,
        by_dimension.customer_id,
        by_dimension.anonymous_id,
        max(by_dimension.effort_count) as steps_count,
        case
            when max(by_dimension.effort_count) >= 3 then '3+'
            else cast(max(by_dimension.effort_count) as varchar)
        end as own_band
    from by_dimension
    left semi join known_dimensions as known
        on by_dimension.dimension = known.dimension
    group by
        by_dimension.dimension, by_dimension.dimension_value,
        by_dimension.customer_id, by_dimension.anonymous_id
),

banded_members as (
    select
        dimension,
        dimension_value,
        customer_id,
        anonymous_id,
        steps_count,
        'all' as effort_band
    from members
    union all
    select
        dimension,
        dimension_value,
        customer_id,
        anonymous_id,
        steps_count,
        own_band as effort_band
    from members
    where own_band is not null
),

cases as (
    select
        members.dimension,
        members.dimension_value,
        members.effort_band,
        by_dimension.case_id,
        coalesce(
            cast(by_dimension.customer_id as varchar),
            by_dimension.anonymous_id
        ) as person,
        by_dimension.contacts_count,
        by_dimension.transfers_count,
        by_dimension.repeats_count,
        by_dimension.resolved_at_first,
        by_dimension.resolution_seconds
    from by_dimension
    inner join banded_members as members
        on by_dimension.dimension = members.dimension
        and by_dimension.dimension_value = members.dimension_value
        and coalesce(cast(by_dimension.customer_id as varchar), '')
            = coalesce(cast(members.customer_id as varchar), '')
        and coalesce(by_dimension.anonymous_id, '')
            = coalesce(members.anonymous_id, '')
),

case_sums as (
    select
        dimension,
        dimension_value,
        effort_band,
        count(*) as cases_count,
        sum(contacts_count) as contacts_count,
        sum(transfers_count) as transfers_count,
        count(transfers_count) as transfers_known_count,
        sum(repeats_count) as repeats_count,
        count(repeats_count) as repeats_known_count,
        sum(resolved_at_first) as resolved_at_first_count,
        count(resolved_at_first) as resolved_at_first_known_count,
        count(resolution_seconds) as resolved_count,
        count(distinct case when transfers_count is not null then person end)
            as transfers_persons_count,
        count(distinct case when repeats_count is not null then person end)
            as repeats_persons_count,
        count(distinct case when resolved_at_first is not null then person end)
            as resolved_at_first_persons_count
    from cases
    group by dimension, dimension_value, effort_band
),

times as (
    select
        cases.dimension,
        cases.dimension_value,
        cases.effort_band,
        'answer' as measure,
        cast(contacts.contact_id as varchar) as time_id,
        cases.person,
        contacts.waited_seconds as seconds
    from cases
    inner join service_contacts as contacts
        on cases.case_id = contacts.case_id
    where contacts.waited_seconds is not null
    union all
    select
        dimension,
        dimension_value,
        effort_band,
        'resolve' as measure,
        case_id as time_id,
        person,
        resolution_seconds as seconds
    from cases
    where resolution_seconds is not null
),

placed_times as (
    select
        *,
        row_number() over (
            partition by dimension, dimension_value, effort_band, measure
            order by seconds nulls last, time_id nulls last
        ) - 1 as place,
        count(*) over (
            partition by dimension, dimension_value, effort_band, measure
        ) - 1 as last_place
    from times
),

-- Interpolation in hundredths between the values below and above the quantile.
quantiles as (
    select
        dimension,
        dimension_value,
        effort_band,
        measure,
        count(*) as n,
        count(distinct person) as persons_count,
        sum(
            case
                when place = last_place * 50 / 100
                    then seconds * (100 - last_place * 50 % 100)
                when place = last_place * 50 / 100 + 1
                    then seconds * (last_place * 50 % 100)
            end
        ) / 1e2 as median,
        sum(
            case
                when place = last_place * 95 / 100
                    then seconds * (100 - last_place * 95 % 100)
                when place = last_place * 95 / 100 + 1
                    then seconds * (last_place * 95 % 100)
            end
        ) / 1e2 as percentile_95
    from placed_times
    group by dimension, dimension_value, effort_band, measure
),

time_columns as (
    select
        dimension,
        dimension_value,
        effort_band,
        max(case when measure = 'answer' then n end) as answer_seconds_n,
        max(case when measure = 'answer' then median end)
            as answer_seconds_median,
        max(case when measure = 'answer' then percentile_95 end)
            as answer_seconds_p95,
        max(case when measure = 'resolve' then n end) as resolve_seconds_n,
        max(case when measure = 'resolve' then median end)
            as resolve_seconds_median,
        max(case when measure = 'resolve' then percentile_95 end)
            as resolve_seconds_p95
    from quantiles
    where persons_count >= $min_cell
    group by dimension, dimension_value, effort_band
),

loyalty_sums as (
    select
        members.dimension,
        members.dimension_value,
        members.effort_band,
        count(*) as customers_count,
        count(loyalty.attitude_index) as attitude_index_n,
        sum(case when loyalty.behaviour_state = 'high' then 1 else 0 end)
            as behaviour_high_count,
        sum(
            case when loyalty.behaviour_state in ('high', 'low')
                then 1 else 0 end
        ) as behaviour_known_count,
        sum(case when loyalty.attitude_state = 'high' then 1 else 0 end)
            as attitude_high_count,
        sum(
            case when loyalty.attitude_state in ('high', 'low')
                then 1 else 0 end
        ) as attitude_known_count,
        avg(loyalty.attitude_index) as mean_attitude_index,
        count(loyalty.loyalty_index) as loyalty_index_n,
        avg(loyalty.loyalty_index) as mean_loyalty_index,
        count(loyalty.loyalty_index * members.steps_count) as line_n,
        sum(
            case when loyalty.loyalty_index is not null
                then members.steps_count end
        ) as steps_total,
        sum(
            case when loyalty.loyalty_index is not null
                then members.steps_count * members.steps_count end
        ) as steps_squares,
        sum(
            case when members.steps_count is not null
                then loyalty.loyalty_index end
        ) as line_total,
        sum(loyalty.loyalty_index * members.steps_count) as line_products,
        sum(
            case loyalty.recommend_group
                when 'promoter' then 1
                when 'detractor' then -1
                else 0
            end
        ) as net_promoters_count,
        count(loyalty.recommend_group) as recommend_count,
        sum(case when not loyalty.judged_active then 1 else 0 end)
            as left_count,
        count(loyalty.judged_active) as left_known_count
    from banded_members as members
    left join customer_loyalty as loyalty
        on members.customer_id = loyalty.customer_id
    group by members.dimension, members.dimension_value, members.effort_band
),

-- NULL if all customers have the same number of steps.
loyalty_lines as (
    select
        dimension,
        dimension_value,
        effort_band,
        line_n,
        line_total / nullif(cast(line_n as double), 0) as mean_loyalty,
        cast(steps_total as double) / nullif(cast(line_n as double), 0)
            as mean_steps,
        (line_n * line_products - steps_total * line_total)
            / nullif(
                cast(
                    line_n * steps_squares - steps_total * steps_total
                    as double
                ),
                0
            ) as slope
    from loyalty_sums
    where effort_band = 'all'
),

ease_scores as (
    select response_id, avg(score) as ease_score
    from answered_items
    group by response_id
),

ease_answers as (
    select
        responses.response_id,
        responses.customer_id,
        coalesce(profile.customer_type, 'unknown') as customer_type,
        scores.ease_score,
        cases.kind,
        cases.channel
    from ease_scores as scores
    inner join survey_responses as responses
        on scores.response_id = responses.response_id
    left join response_experiences as experiences
        on scores.response_id = experiences.response_id
    left join service_contacts as contacts
        on experiences.contact_id = contacts.contact_id
    left join service_cases as cases
        on contacts.case_id = cases.case_id
    left join customer_profile as profile
        on responses.customer_id = profile.customer_id
),

-- 1e-7 compensates for binary rounding of a mean of 5.
ease_by_group as (
    select
        unnest(make_array('total', 'customer_type')) as dimension,
        unnest(make_array('all', customer_type)) as dimension_value,
        'all' as effort_band,
        ease_score
    from ease_answers
    union all
    select
        members.dimension,
        members.dimension_value,
        members.effort_band,
        answers.ease_score
    from ease_answers as answers
    inner join banded_members as members
        on answers.customer_id = members.customer_id
    where
        case members.dimension
            when 'kind'
                then coalesce(answers.kind, members.dimension_value)
                    = members.dimension_value
            when 'channel'
                then coalesce(answers.channel, members.dimension_value)
                    = members.dimension_value
            else members.effort_band <> 'all'
        end
),

ease_sums as (
    select
        dimension,
        dimension_value,
        effort_band,
        count(*) as ces_count,
        sum(case when ease_score >= 5 - 1e-7 then 1 else 0 end) as easy_count,
        avg(ease_score) as ces_mean
    from ease_by_group
    group by dimension, dimension_value, effort_band
),

-- If no resolution is ever recorded, the resolved share is unknown.
resolutions_on_file as (
    select count(resolved_at) > 0 as are_noted
    from service_cases
),

groups as (
    select dimension, dimension_value, effort_band from loyalty_sums
    union
    select dimension, dimension_value, effort_band from ease_sums
    union
    select 'total' as dimension, 'all' as dimension_value, 'all' as effort_band
),

joined as (
    select
        groups.dimension,
        groups.dimension_value,
        groups.effort_band,
        coalesce(loyalty.customers_count, 0) as customers_count,
        coalesce(cases.cases_count, 0) as cases_count,
        cases.contacts_count,
        cases.transfers_count,
        cases.transfers_known_count,
        cases.repeats_count,
        cases.repeats_known_count,
        cases.resolved_at_first_count,
        cases.resolved_at_first_known_count,
        cases.transfers_persons_count,
        cases.repeats_persons_count,
        cases.resolved_at_first_persons_count,
        case when on_file.are_noted then cases.resolved_count end
            as resolved_count,
        times.answer_seconds_n,
        times.answer_seconds_median,
        times.answer_seconds_p95,
        times.resolve_seconds_n,
        times.resolve_seconds_median,
        times.resolve_seconds_p95,
        coalesce(ease.ces_count, 0) as ces_count,
        ease.easy_count,
        ease.ces_mean,
        loyalty.behaviour_high_count,
        loyalty.behaviour_known_count,
        loyalty.attitude_high_count,
        loyalty.attitude_known_count,
        loyalty.attitude_index_n,
        loyalty.mean_attitude_index,
        loyalty.loyalty_index_n,
        loyalty.mean_loyalty_index,
        lines.line_n,
        lines.slope
            / nullif(lines.mean_loyalty - lines.slope * lines.mean_steps, 0)
            as loyalty_change_per_step,
        loyalty.net_promoters_count,
        loyalty.recommend_count,
        loyalty.left_count,
        loyalty.left_known_count,
        suppress(coalesce(loyalty.customers_count, 0), $min_cell) over (
            partition by
                groups.dimension, groups.dimension_value,
                groups.effort_band = 'all'
            order by groups.effort_band nulls last
        ) as is_suppressed,
        suppress(coalesce(ease.ces_count, 0), $min_cell) over (
            partition by
                groups.dimension, groups.dimension_value,
                groups.effort_band = 'all'
            order by groups.effort_band nulls last
        ) as is_ces_suppressed,
        case
            when groups.dimension <> 'total' then null
            when groups.effort_band = '0' then textbook.low_effort_share
            when groups.effort_band = '3+' then textbook.high_effort_share
        end as textbook_disloyal_share,
        case when groups.dimension = 'total' and groups.effort_band = 'all'
            then textbook.loyalty_change_per_step end
            as textbook_loyalty_change_per_step
    from groups
    cross join textbook
    cross join resolutions_on_file as on_file
    left join loyalty_sums as loyalty
        on groups.dimension = loyalty.dimension
        and groups.dimension_value = loyalty.dimension_value
        and groups.effort_band = loyalty.effort_band
    left join loyalty_lines as lines
        on groups.dimension = lines.dimension
        and groups.dimension_value = lines.dimension_value
        and groups.effort_band = lines.effort_band
    left join case_sums as cases
        on groups.dimension = cases.dimension
        and groups.dimension_value = cases.dimension_value
        and groups.effort_band = cases.effort_band
    left join time_columns as times
        on groups.dimension = times.dimension
        and groups.dimension_value = times.dimension_value
        and groups.effort_band = times.effort_band
    left join ease_sums as ease
        on groups.dimension = ease.dimension
        and groups.dimension_value = ease.dimension_value
        and groups.effort_band = ease.effort_band
),

final as (
    select
        dimension,
        dimension_value,
        effort_band,
        is_suppressed,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when not is_suppressed then cases_count end as cases_count,
        case when not is_suppressed
            then contacts_count / nullif(cast(cases_count as double), 0) end
            as contacts_per_case,
        case when not is_suppressed and transfers_persons_count >= $min_cell
            then transfers_known_count end as transfers_known_count,
        case when not is_suppressed and transfers_persons_count >= $min_cell
            then transfers_count
                / nullif(cast(transfers_known_count as double), 0) end
            as transfers_per_case,
        case when not is_suppressed and repeats_persons_count >= $min_cell
            then repeats_known_count end as repeats_known_count,
        case when not is_suppressed and repeats_persons_count >= $min_cell
            then repeats_count
                / nullif(cast(repeats_known_count as double), 0) end
            as repeats_per_case,
        case
            when not is_suppressed
                and resolved_at_first_persons_count >= $min_cell
                then resolved_at_first_known_count
        end as resolved_at_first_known_count,
        case when not is_suppressed and resolved_at_first_persons_count >= $min_cell
            then resolved_at_first_count
                / nullif(cast(resolved_at_first_known_count as double), 0) end
            as first_contact_resolution_rate,
        case when not is_suppressed then answer_seconds_n end
            as answer_seconds_n,
        case when not is_suppressed then answer_seconds_median end
            as answer_seconds_median,
        case when not is_suppressed then answer_seconds_p95 end
            as answer_seconds_p95,
        case when not is_suppressed
            then resolved_count / nullif(cast(cases_count as double), 0) end
            as resolved_share,
        case when not is_suppressed then resolve_seconds_n end
            as resolve_seconds_n,
        case when not is_suppressed then resolve_seconds_median end
            as resolve_seconds_median,
        case when not is_suppressed then resolve_seconds_p95 end
            as resolve_seconds_p95,
        case when ces_count >= $min_cell and not is_ces_suppressed
            then ces_count end as ces_count,
        case when ces_count >= $min_cell and not is_ces_suppressed
            then easy_count / cast(ces_count as double) end as ces_share,
        case when ces_count >= $min_cell and not is_ces_suppressed
            then ces_mean end as ces_mean,
        case when not is_suppressed and behaviour_known_count >= $min_cell
            then behaviour_known_count end as behaviour_known_count,
        case when not is_suppressed and behaviour_known_count >= $min_cell
            then behaviour_high_count / cast(behaviour_known_count as double)
        end as behaviour_high_share,
        case when not is_suppressed and attitude_known_count >= $min_cell
            then attitude_known_count end as attitude_known_count,
        case when not is_suppressed and attitude_known_count >= $min_cell
            then attitude_high_count / cast(attitude_known_count as double)
        end as attitude_high_share,
        case when not is_suppressed and attitude_known_count >= $min_cell
            then (attitude_known_count - attitude_high_count)
                / cast(attitude_known_count as double)
        end as attitude_low_share,
        case when not is_suppressed and attitude_known_count >= $min_cell
            and attitude_index_n >= $min_cell
            then attitude_index_n end as attitude_index_n,
        case when not is_suppressed and attitude_known_count >= $min_cell
            and attitude_index_n >= $min_cell
            then mean_attitude_index end as mean_attitude_index,
        case when not is_suppressed and recommend_count >= $min_cell
            then recommend_count end as recommend_count,
        case when not is_suppressed and recommend_count >= $min_cell
            then net_promoters_count / cast(recommend_count as double) end
            as nps,
        case when not is_suppressed and left_known_count >= $min_cell
            then left_known_count end as left_known_count,
        case when not is_suppressed and left_known_count >= $min_cell
            then left_count / cast(left_known_count as double) end
            as left_share,
        textbook_disloyal_share,
        case when not is_suppressed and loyalty_index_n >= $min_cell
            then loyalty_index_n end as loyalty_index_n,
        case when not is_suppressed and loyalty_index_n >= $min_cell
            then mean_loyalty_index end as mean_loyalty_index,
        case when not is_suppressed and line_n >= $min_cell
            then line_n end as loyalty_line_n,
        case when not is_suppressed and line_n >= $min_cell
            then loyalty_change_per_step end as loyalty_change_per_step,
        textbook_loyalty_change_per_step
    from joined
)

select * from final
