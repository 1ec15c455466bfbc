-- One row per dimension and value: word of mouth in total, by segment and by
-- customer type, and the cost of acquisition compared with that of retention.
-- Groups of fewer than $min_cell customers are suppressed, and so are
-- referrers, new and retained customers of fewer.
--
-- referral_rate is the share of customers with a referral on file, named or
-- only counted (referrals_count). reached_count holds the customers referred
-- over up to $referral_generations generations (referral_reach), each once, and
-- the referrals only counted; it is NULL if no names are on file.
--
-- A customer's start is the joining date or the first own purchase, whichever
-- is earlier. New customers started in the window; retained customers (kept)
-- started before it and bought in it. Word of mouth means referred, or heard
-- from one of $word_of_mouth_sources, as a share of new customers whose origin
-- is known. Touches are campaigns sent and contacts of kind outreach or care in
-- the window. They count as acquisition before the start, or without a known
-- start, and as retention afterwards. Touches of people who are not customers
-- count in total only. Costs use $campaign_touch_cost and
-- $outreach_contact_cost. A figure without its input is NULL, not 0.
with

customer_base as (
    select * from customer_base
),

customer_profile as (
    select * from customer_profile
),

customer_loyalty as (
    select * from customer_loyalty
),

purchase_history as (
    select * from purchase_history
),

referral_reach as (
    select * from referral_reach
),

stg_campaigns as (
    select * from stg_campaigns
),

stg_contacts as (
    select * from stg_contacts
),

on_file as (
    select
        count(referred_by_customer_id) > 0 as has_names,
        count(referred_by_customer_id) + count(referrals_count) > 0
            as has_referrals,
        count(heard_from) > 0 as has_origins
    from customer_profile
),

touches_on_file as (
    select campaigns.n + contacts.n > 0 as has_touches
    from (
        select count(*) as n
        from stg_campaigns
        where at < $as_of_date + 1
    ) as campaigns
    cross join (
        select count(*) as n
        from stg_contacts
        where at < $as_of_date + 1
    ) as contacts
),

-- least() ignores NULL.
started as (
    select
        base.customer_id,
        loyalty.segment,
        coalesce(profiles.customer_type, 'unknown') as customer_type,
        coalesce(loyalty.own_occasions_count, 0) > 0 as is_buying,
        coalesce(
            profiles.referred_by_customer_id <> base.customer_id, false
        ) as is_referred,
        profiles.heard_from,
        coalesce(profiles.referrals_count, 0) as referrals_count,
        least(profiles.joined_at, history.first_own_ordered_at) as became_at
    from customer_base as base
    left join customer_loyalty as loyalty
        on base.customer_id = loyalty.customer_id
    left join customer_profile as profiles
        on base.customer_id = profiles.customer_id
    left join purchase_history as history
        on base.customer_id = history.customer_id
),

customers as (
    select
        customer_id,
        segment,
        customer_type,
        became_at,
        referrals_count,
        is_referred,
        is_referred
        or array_has($word_of_mouth_sources, heard_from) as is_word_of_mouth,
        is_referred or heard_from is not null as is_origin_known,
        coalesce(
            became_at >= $as_of_date - ($window_days - 1)
            and became_at < $as_of_date + 1,
            false
        ) as is_new,
        coalesce(
            is_buying and became_at < $as_of_date - ($window_days - 1), false
        ) as is_kept
    from started
),

referrers as (
    select referrer_id, count(*) as named_count
    from referral_reach
    where generation = 1
    group by referrer_id
),

-- A contact that is on file twice counts once.
touches as (
    select customer_id, at, 1 as campaign, 0 as outreach
    from stg_campaigns
    where coalesce(kind, 'sent') = 'sent'
    union all
    select customer_id, max(at) as at, 0 as campaign, 1 as outreach
    from stg_contacts
    where kind in ('outreach', 'care')
    group by customer_id, contact_id
),

per_customer as (
    select
        touches.customer_id,
        sum(
            case when touches.at >= customers.became_at
                then 0 else touches.campaign end
        ) as won_campaigns,
        sum(
            case when touches.at >= customers.became_at
                then 0 else touches.outreach end
        ) as won_outreach,
        sum(
            case when touches.at >= customers.became_at
                then touches.campaign else 0 end
        ) as kept_campaigns,
        sum(
            case when touches.at >= customers.became_at
                then touches.outreach else 0 end
        ) as kept_outreach
    from touches
    left join customers
        on touches.customer_id = customers.customer_id
    where
        touches.customer_id is not null
        and touches.at >= $as_of_date - ($window_days - 1)
        and touches.at < $as_of_date + 1
    group by touches.customer_id
),

-- The full join adds people with touches who are not customers.
measured as (
    select
        customers.*,
        referrers.referrer_id is not null or customers.referrals_count > 0
            as is_referrer,
        greatest(
            customers.referrals_count - coalesce(referrers.named_count, 0), 0
        ) as unnamed_count,
        coalesce(touches.won_campaigns, 0) as won_campaigns,
        coalesce(touches.won_outreach, 0) as won_outreach,
        coalesce(touches.kept_campaigns, 0) as kept_campaigns,
        coalesce(touches.kept_outreach, 0) as kept_outreach
    from customers
    left join referrers
        on customers.customer_id = referrers.referrer_id
    full join per_customer as touches
        on customers.customer_id = touches.customer_id
),

dimensions as (
    select * from (
        values ('total'), ('segment'), ('customer_type')
    ) as dimensions (dimension)
),

placed as (
    select
        dimensions.dimension,
        case dimensions.dimension
            when 'segment' then measured.segment
            when 'customer_type' then measured.customer_type
            else 'all'
        end as dimension_value,
        measured.*
    from measured
    cross join dimensions
    where
        dimensions.dimension = 'total'
        or measured.customer_id is not null
),

reached as (
    select
        placed.dimension,
        placed.dimension_value,
        reach.referred_id,
        min(reach.generation) as generation
    from placed
    inner join referral_reach as reach
        on placed.customer_id = reach.referrer_id
    group by placed.dimension, placed.dimension_value, reach.referred_id
),

reach_counts as (
    select
        dimension,
        dimension_value,
        count(*) as reached_count,
        sum(case when generation = 1 then 1 else 0 end) as referred_count
    from reached
    group by dimension, dimension_value
),

sums as (
    select
        dimension,
        dimension_value,
        count(customer_id) as customers_count,
        sum(case when is_referrer then 1 else 0 end) as referrers_count,
        sum(unnamed_count) as unnamed_count,
        sum(case when is_new then 1 else 0 end) as new_count,
        sum(case when is_new and is_referred then 1 else 0 end)
            as new_referred_count,
        sum(case when is_new and is_origin_known then 1 else 0 end)
            as new_known_count,
        sum(case when is_new and is_word_of_mouth then 1 else 0 end)
            as new_word_of_mouth_count,
        sum(case when is_kept then 1 else 0 end) as kept_count,
        sum(won_campaigns) as won_campaigns,
        sum(won_outreach) as won_outreach,
        sum(kept_campaigns) as kept_campaigns,
        sum(kept_outreach) as kept_outreach
    from placed
    group by dimension, dimension_value
),

-- The total has a row even without customers.
filled as (
    select
        coalesce(sums.dimension, required_group.dimension) as dimension,
        coalesce(sums.dimension_value, required_group.dimension_value)
            as dimension_value,
        on_file.has_names,
        on_file.has_referrals,
        on_file.has_origins,
        touches_on_file.has_touches,
        coalesce(sums.customers_count, 0) as customers_count,
        coalesce(sums.referrers_count, 0) as referrers_count,
        coalesce(reach_counts.referred_count, 0)
        + coalesce(sums.unnamed_count, 0) as referred_count,
        coalesce(reach_counts.reached_count, 0)
        + coalesce(sums.unnamed_count, 0) as reached_count,
        coalesce(sums.new_count, 0) as new_count,
        coalesce(sums.new_referred_count, 0) as new_referred_count,
        coalesce(sums.new_known_count, 0) as new_known_count,
        coalesce(sums.new_word_of_mouth_count, 0) as new_word_of_mouth_count,
        coalesce(sums.kept_count, 0) as kept_count,
        coalesce(sums.won_campaigns, 0) as won_campaigns,
        coalesce(sums.won_outreach, 0) as won_outreach,
        coalesce(sums.kept_campaigns, 0) as kept_campaigns,
        coalesce(sums.kept_outreach, 0) as kept_outreach
    from (
        select 'total' as dimension, 'all' as dimension_value
    ) as required_group
    full join sums
        on required_group.dimension = sums.dimension
        and required_group.dimension_value = sums.dimension_value
    left join reach_counts
        on sums.dimension = reach_counts.dimension
        and sums.dimension_value = reach_counts.dimension_value
    cross join on_file
    cross join touches_on_file
),

marked as (
    select
        *,
        customers_count between 1 and $min_cell - 1 as is_suppressed,
        has_referrals
        and not customers_count between 1 and $min_cell - 1
        and not referrers_count between 1 and $min_cell - 1
            as is_referring_shown,
        not customers_count between 1 and $min_cell - 1
        and not new_count between 1 and $min_cell - 1 as is_new_shown,
        not customers_count between 1 and $min_cell - 1
        and not kept_count between 1 and $min_cell - 1 as is_kept_shown,
        won_campaigns + won_outreach as winning_touches,
        kept_campaigns + kept_outreach as keeping_touches,
        cast(
            won_campaigns * $campaign_touch_cost
            + won_outreach * $outreach_contact_cost as double
        ) as winning_cost,
        cast(
            kept_campaigns * $campaign_touch_cost
            + kept_outreach * $outreach_contact_cost as double
        ) as keeping_cost,
        has_touches
        and $campaign_touch_cost + $outreach_contact_cost > 0 as has_costs,
        cast(nullif(customers_count, 0) as double) as n,
        cast(nullif(referrers_count, 0) as double) as referrers,
        cast(nullif(new_count, 0) as double) as new_customers,
        cast(nullif(kept_count, 0) as double) as kept_customers
    from filled
),

costed as (
    select
        *,
        case when has_costs and is_new_shown
            then winning_cost / new_customers end as cost_of_winning,
        case when has_costs and is_kept_shown
            then keeping_cost / kept_customers end as cost_of_keeping
    from marked
),

final as (
    select
        dimension,
        dimension_value,
        is_suppressed,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when is_referring_shown then referrers_count end
            as referrers_count,
        case when is_referring_shown then referrers_count / n end
            as referral_rate,
        case when is_referring_shown then referred_count end
            as referred_count,
        case when is_referring_shown then referred_count / referrers end
            as referrals_per_referrer,
        case when is_referring_shown and has_names then reached_count end
            as reached_count,
        case when is_referring_shown and has_names
            then reached_count / referrers end as reach_per_referrer,
        case when is_new_shown then new_count end as new_customers_count,
        case when is_new_shown and has_names then new_referred_count end
            as new_referred_count,
        case when is_new_shown and has_names
            then new_referred_count / new_customers end as new_referred_share,
        case when is_new_shown and has_origins
            and new_known_count >= $min_cell
            then new_known_count end as new_origin_known_count,
        case when is_new_shown and has_origins
            and new_known_count >= $min_cell
            then new_word_of_mouth_count / cast(new_known_count as double) end
            as new_word_of_mouth_share,
        case when is_kept_shown then kept_count end as kept_customers_count,
        case when is_new_shown and has_touches then winning_touches end
            as winning_touches_count,
        case when is_kept_shown and has_touches then keeping_touches end
            as keeping_touches_count,
        case when is_new_shown and has_touches
            then winning_touches / new_customers end
            as winning_touches_per_new_customer,
        case when is_kept_shown and has_touches
            then keeping_touches / kept_customers end
            as keeping_touches_per_kept_customer,
        cost_of_winning as winning_cost_per_new_customer,
        cost_of_keeping as keeping_cost_per_kept_customer,
        cost_of_winning / nullif(cost_of_keeping, 0)
            as winning_to_keeping_cost
    from costed
)

select * from final
