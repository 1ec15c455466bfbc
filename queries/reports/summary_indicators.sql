-- One row per indicator and dimension from another summary: its headline
-- figures for the table indicators. Only known and unsuppressed values have a
-- row.
with

customer_loyalty as (
    select * from customer_loyalty
),

attitude_behaviour as (
    select * from attitude_behaviour where is_in_use
),

segment_shares as (
    select customer_type, segment, measured_n, amount_n, measured_amount_n
    from segment_shares
),

segment_summary as (
    select * from segment_summary
),

segment_summary_by_customer_type as (
    select * from segment_summary_by_customer_type
),

segment_migration as (
    select * from segment_migration where from_segment = 'true_loyalty'
),

latent_barriers as (
    select * from latent_barriers
),

intent_to_behaviour as (
    select * from intent_to_behaviour
),

index_drift as (
    select * from index_drift
),

pareto as (
    select * from pareto where dimension in ('total', 'customer_type')
),

like_for_like as (
    select * from like_for_like
),

retention_monthly as (
    select * from retention_monthly where is_complete_month and is_measured
),

referrals as (
    select * from referrals
),

rfm_summary as (
    select * from rfm_summary
),

survey_scores as (
    select * from survey_scores where construct in ('satisfaction', 'ease')
),

survey_coverage as (
    select * from survey_coverage where dimension = 'total' or wave = 'all'
),

promotion_immunity as (
    select * from promotion_immunity
),

-- n of a share of the amount: customers whose purchases are on file.
segment_shares_by_type as (
    select
        names.indicator,
        'customer_type' as dimension_name,
        summary.customer_type as dimension_value,
        'segment' as part_name,
        summary.segment as part_value,
        case names.indicator
            when 'segment_share' then summary.measured_share
            when 'segment_amount_share' then summary.amount_share
            when 'segment_measured_amount_share'
                then summary.measured_amount_share
        end as value,
        case names.indicator
            when 'segment_share' then bases.measured_n
            when 'segment_amount_share' then bases.amount_n
            when 'segment_measured_amount_share' then bases.measured_amount_n
        end as n,
        case when names.indicator = 'segment_share'
            then summary.measured_share_low end as low,
        case when names.indicator = 'segment_share'
            then summary.measured_share_high end as high,
        'share' as unit
    from segment_summary_by_customer_type as summary
    cross join (
        values
            ('segment_share'), ('segment_amount_share'),
            ('segment_measured_amount_share')
    ) as names (indicator)
    left join segment_shares as bases
        on summary.customer_type = bases.customer_type
        and summary.segment = bases.segment
),

-- Changes among customers measured in both runs.
changes as (
    select
        'segment_share_change' as indicator,
        'total' as dimension_name,
        'all' as dimension_value,
        'segment' as part_name,
        segment as part_value,
        like_for_like_change as value,
        like_for_like_n as n,
        like_for_like_change_low as low,
        like_for_like_change_high as high,
        'share' as unit
    from segment_summary
    union all
    select
        'segment_share_change' as indicator,
        'customer_type' as dimension_name,
        customer_type as dimension_value,
        'segment' as part_name,
        segment as part_value,
        like_for_like_change as value,
        like_for_like_n as n,
        like_for_like_change_low as low,
        like_for_like_change_high as high,
        'share' as unit
    from segment_summary_by_customer_type
    union all
    select
        'like_for_like_change' as indicator,
        'total' as dimension_name,
        'all' as dimension_value,
        'figure' as part_name,
        figure as part_value,
        like_for_like_change as value,
        like_for_like_n as n,
        like_for_like_change_low as low,
        like_for_like_change_high as high,
        unit
    from like_for_like
),

relations as (
    select
        names.indicator,
        attitude_behaviour.dimension as dimension_name,
        attitude_behaviour.dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        case names.indicator
            when 'attitude_behaviour_spearman' then spearman
            when 'attitude_behaviour_phi' then phi
            when 'attitude_behaviour_kappa' then kappa
        end as value,
        customers_count as n,
        case when names.indicator = 'attitude_behaviour_spearman'
            then spearman_low end as low,
        case when names.indicator = 'attitude_behaviour_spearman'
            then spearman_high end as high,
        'correlation' as unit
    from attitude_behaviour
    cross join (
        values
            ('attitude_behaviour_spearman'),
            ('attitude_behaviour_phi'),
            ('attitude_behaviour_kappa')
    ) as names (indicator)
),

-- The share of earlier true_loyalty customers, of those followed, who still
-- are. In the following queries n is the base of the share, including
-- suppressed parts.
kept_true as (
    select
        'true_kept_share' as indicator,
        dimension as dimension_name,
        dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        sum(case when to_segment = 'true_loyalty' then followed_share end)
            as value,
        max(followed_n) as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from segment_migration
    group by dimension, dimension_value
),

grouped_customers as (
    select
        'total' as dimension_name,
        'all' as dimension_value,
        customer_id,
        segment,
        behaviour_state,
        loyalty_type
    from customer_loyalty
    union all
    select
        'customer_type' as dimension_name,
        coalesce(customer_type, 'unknown') as dimension_value,
        customer_id,
        segment,
        behaviour_state,
        loyalty_type
    from customer_loyalty
),

loyalty_type_counts as (
    select
        dimension_name,
        dimension_value,
        coalesce(loyalty_type, 'none') as loyalty_type,
        count(*) as customers_count
    from grouped_customers
    where behaviour_state = 'high' and segment <> 'former'
    group by
        dimension_name, dimension_value, coalesce(loyalty_type, 'none')
),

loyalty_type_shares as (
    select
        'loyalty_type_share' as indicator,
        dimension_name,
        dimension_value,
        'loyalty_type' as part_name,
        loyalty_type as part_value,
        case
            when not suppress(customers_count, $min_cell) over (
                partition by dimension_name, dimension_value
                order by loyalty_type nulls last
            )
                then cast(customers_count as double)
                    / sum(customers_count) over (
                        partition by dimension_name, dimension_value
                    )
        end as value,
        sum(customers_count) over (
            partition by dimension_name, dimension_value
        ) as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from loyalty_type_counts
),

latent as (
    select dimension_name, dimension_value, count(*) as customers
    from grouped_customers
    where segment = 'latent_loyalty'
    group by dimension_name, dimension_value
),

barrier_counts as (
    select
        customers.dimension_name,
        customers.dimension_value,
        barriers.barrier,
        count(*) as customers_count
    from latent_barriers as barriers
    inner join grouped_customers as customers
        on barriers.customer_id = customers.customer_id
    group by
        customers.dimension_name, customers.dimension_value, barriers.barrier
),

barrier_shares as (
    select
        'latent_barrier_share' as indicator,
        latent.dimension_name,
        latent.dimension_value,
        'barrier' as part_name,
        barrier_counts.barrier as part_value,
        case when barrier_counts.customers_count >= $min_cell
            then cast(barrier_counts.customers_count as double)
                / latent.customers end as value,
        latent.customers as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from barrier_counts
    inner join latent
        on barrier_counts.dimension_name = latent.dimension_name
        and barrier_counts.dimension_value = latent.dimension_value
),

intents as (
    select
        'bought_after_answer_share' as indicator,
        dimension as dimension_name,
        dimension_value,
        case when question <> 'all' then question end as part_name,
        case when question <> 'all' then answer end as part_value,
        bought_share as value,
        customers_count as n,
        bought_share_low as low,
        bought_share_high as high,
        'share' as unit
    from intent_to_behaviour
    where dimension = 'total' or question = 'all'
),

drifts as (
    select
        indicator || '_psi' as indicator,
        dimension as dimension_name,
        dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        max(psi) as value,
        max(n) as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'psi' as unit
    from index_drift
    group by indicator, dimension, dimension_value
),

concentrations as (
    select
        'pareto_customers_share' as indicator,
        dimension as dimension_name,
        dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        top_customers_share as value,
        customers_count as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from pareto
),

latest_month as (
    select max(month) as month from retention_monthly
),

retentions as (
    select
        names.indicator,
        retention.dimension as dimension_name,
        retention.dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        case names.indicator
            when 'retention_rate' then retention.retention_rate
            when 'gross_retention_rate' then retention.gross_retention_rate
            when 'net_retention_rate' then retention.net_retention_rate
        end as value,
        retention.customers_before_count as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from retention_monthly as retention
    inner join latest_month on retention.month = latest_month.month
    cross join (
        values
            ('retention_rate'), ('gross_retention_rate'),
            ('net_retention_rate')
    ) as names (indicator)
    -- If the data contradict the days of silence, retention is unknown.
    where coalesce(retention.silence_fits, true)
),

words_of_mouth as (
    select
        names.indicator,
        referrals.dimension as dimension_name,
        referrals.dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        case names.indicator
            when 'referral_rate' then referrals.referral_rate
            when 'new_referred_share' then referrals.new_referred_share
            when 'reach_per_referrer' then referrals.reach_per_referrer
            when 'winning_to_keeping_cost'
                then referrals.winning_to_keeping_cost
        end as value,
        case names.indicator
            when 'referral_rate' then referrals.customers_count
            when 'new_referred_share' then referrals.new_customers_count
            when 'reach_per_referrer' then referrals.referrers_count
            when 'winning_to_keeping_cost' then referrals.new_customers_count
        end as n,
        cast(null as double) as low,
        cast(null as double) as high,
        names.unit
    from referrals
    cross join (
        values
            ('referral_rate', 'share'),
            ('new_referred_share', 'share'),
            ('reach_per_referrer', 'count'),
            ('winning_to_keeping_cost', 'ratio')
    ) as names (indicator, unit)
),

rfm_shares as (
    select
        'rfm_group_share' as indicator,
        dimension as dimension_name,
        dimension_value,
        'rfm_group' as part_name,
        rfm_group as part_value,
        customers_share as value,
        n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from rfm_summary
    where rfm_group <> 'former'
    -- If all groups are suppressed or empty, a share of 0 would be misleading.
    qualify max(customers_count) over (
        partition by dimension, dimension_value
    ) > 0
),

survey_shares as (
    select
        case construct when 'satisfaction' then 'csat_share' else 'ces_share'
        end as indicator,
        dimension as dimension_name,
        dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        case construct when 'satisfaction' then top_two_box_share
            else ces_share end as value,
        case construct when 'satisfaction' then top_two_box_n else ces_n end
            as n,
        case construct when 'satisfaction' then top_two_box_share_low
            else ces_share_low end as low,
        case construct when 'satisfaction' then top_two_box_share_high
            else ces_share_high end as high,
        'share' as unit
    from survey_scores
),

survey_reaches as (
    select
        names.indicator,
        case when coverage.wave <> 'all' then 'wave'
            else coverage.dimension end as dimension_name,
        case when coverage.wave <> 'all' then coverage.wave
            else coverage.dimension_value end as dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        case names.indicator
            when 'survey_response_rate' then coverage.response_rate
            when 'survey_customers_share'
                then coverage.customers_coverage_share
            when 'survey_amount_share' then coverage.amount_coverage_share
        end as value,
        case names.indicator
            when 'survey_response_rate' then coverage.invited_count
            else coverage.customers_count
        end as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from survey_coverage as coverage
    cross join (
        values
            ('survey_response_rate'), ('survey_customers_share'),
            ('survey_amount_share')
    ) as names (indicator)
),

promotion_shares as (
    select
        names.indicator,
        immunity.dimension as dimension_name,
        immunity.dimension_value,
        cast(null as varchar) as part_name,
        cast(null as varchar) as part_value,
        case names.indicator
            when 'own_promotion_share' then immunity.own_promotion_share
            when 'own_other_share' then immunity.own_other_share
        end as value,
        immunity.customers_count as n,
        case when names.indicator = 'own_promotion_share'
            then immunity.own_promotion_share_low end as low,
        case when names.indicator = 'own_promotion_share'
            then immunity.own_promotion_share_high end as high,
        'share' as unit
    from promotion_immunity as immunity
    cross join (
        values ('own_promotion_share'), ('own_other_share')
    ) as names (indicator)
),

all_indicators as (
    select * from segment_shares_by_type
    union all
    select * from changes
    union all
    select * from relations
    union all
    select * from kept_true
    union all
    select * from loyalty_type_shares
    union all
    select * from barrier_shares
    union all
    select * from intents
    union all
    select * from drifts
    union all
    select * from concentrations
    union all
    select * from retentions
    union all
    select * from words_of_mouth
    union all
    select * from rfm_shares
    union all
    select * from survey_shares
    union all
    select * from survey_reaches
    union all
    select * from promotion_shares
),

final as (
    select
        indicator,
        coalesce(
            nullif(
                concat_ws(
                    ',',
                    case when dimension_name <> 'total'
                        then dimension_name || '=' || dimension_value end,
                    part_name || '=' || part_value
                ),
                ''
            ),
            'total'
        ) as dimension,
        dimension_name,
        dimension_value,
        part_name,
        part_value,
        value,
        coalesce(n, 0) as n,
        low,
        high,
        unit
    from all_indicators
    where value is not null
)

select * from final
