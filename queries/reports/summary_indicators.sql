-- One row per indicator and dimension that comes from another summary: its
-- headline figures for the long table indicators. Only values that are known
-- and not suppressed.
with

customer_loyalty as (
    select * from customer_loyalty
),

attitude_behaviour as (
    select * from attitude_behaviour where is_in_use
),

segment_agreement as (
    select * from segment_agreement
),

segment_summary_by_customer_type as (
    select * from segment_summary_by_customer_type
),

segment_migration as (
    select * from segment_migration where from_segment = 'true'
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

customers_on_file as (
    select
        coalesce(customer_type, 'unknown') as customer_type,
        count(own_occasions_count) as customers_count
    from customer_loyalty
    group by coalesce(customer_type, 'unknown')
),

-- n of an amount's share: the customers whose purchases are on file
segment_shares_by_type as (
    select
        names.indicator,
        'customer_type=' || summary.customer_type
        || ',segment=' || summary.segment as dimension,
        case names.indicator
            when 'segment_share' then summary.measured_share
            when 'segment_amount_share' then summary.amount_share
        end as value,
        case names.indicator
            when 'segment_share' then agreement.customers_count
            when 'segment_amount_share' then on_file.customers_count
        end as n,
        case when names.indicator = 'segment_share'
            then summary.measured_share_low end as low,
        case when names.indicator = 'segment_share'
            then summary.measured_share_high end as high,
        'share' as unit
    from segment_summary_by_customer_type as summary
    cross join (
        values ('segment_share'), ('segment_amount_share')
    ) as names (indicator)
    left join segment_agreement as agreement
        on agreement.dimension = 'customer_type'
        and summary.customer_type = agreement.dimension_value
    left join customers_on_file as on_file
        on summary.customer_type = on_file.customer_type
),

relations as (
    select
        names.indicator,
        case when attitude_behaviour.dimension = 'total' then 'total'
            else 'customer_type=' || attitude_behaviour.dimension_value end
            as dimension,
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

-- of those who were true then, the share that still is; here and below n is what
-- a shown part is a share of, hidden ones included
kept_true as (
    select
        'true_kept_share' as indicator,
        case when dimension = 'total' then 'total'
            else dimension || '=' || dimension_value end as dimension,
        sum(case when to_segment = 'true' then row_share end) as value,
        max(cast(round(customers_count / nullif(row_share, 0)) as bigint)) as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from segment_migration
    group by dimension, dimension_value
),

-- the prefix of a group is what stands before a further part of the dimension
grouped_customers as (
    select
        '' as prefix,
        customer_id,
        segment,
        behaviour_state,
        loyalty_type
    from customer_loyalty
    union all
    select
        'customer_type=' || coalesce(customer_type, 'unknown') || ','
            as prefix,
        customer_id,
        segment,
        behaviour_state,
        loyalty_type
    from customer_loyalty
),

loyalty_type_counts as (
    select
        prefix,
        coalesce(loyalty_type, 'none') as loyalty_type,
        count(*) as customers_count
    from grouped_customers
    where behaviour_state = 'high'
    group by prefix, coalesce(loyalty_type, 'none')
),

loyalty_type_shares as (
    select
        'loyalty_type_share' as indicator,
        prefix || 'loyalty_type=' || loyalty_type as dimension,
        case
            when not suppress(customers_count, $min_cell) over (
                partition by prefix order by loyalty_type nulls last
            )
                then cast(customers_count as double)
                    / sum(customers_count) over (partition by prefix)
        end as value,
        sum(customers_count) over (partition by prefix) as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from loyalty_type_counts
),

latent as (
    select prefix, count(*) as customers
    from grouped_customers
    where segment = 'latent'
    group by prefix
),

barrier_counts as (
    select customers.prefix, barriers.barrier, count(*) as customers_count
    from latent_barriers as barriers
    inner join grouped_customers as customers
        on barriers.customer_id = customers.customer_id
    group by customers.prefix, barriers.barrier
),

barrier_shares as (
    select
        'latent_barrier_share' as indicator,
        latent.prefix || 'barrier=' || barrier_counts.barrier as dimension,
        case when barrier_counts.customers_count >= $min_cell
            then cast(barrier_counts.customers_count as double)
                / latent.customers end as value,
        latent.customers as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from barrier_counts
    inner join latent on barrier_counts.prefix = latent.prefix
),

intents as (
    select
        'bought_after_answer_share' as indicator,
        case
            when dimension = 'total' and question = 'all' then 'total'
            when dimension = 'total' then question || '=' || answer
            else 'customer_type=' || dimension_value
        end as dimension,
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
        case when dimension = 'total' then 'total'
            else dimension || '=' || dimension_value end as dimension,
        max(psi) as value,
        max(cast(round(customers_count / nullif(customers_share, 0)) as bigint))
            as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'psi' as unit
    from index_drift
    group by indicator, dimension, dimension_value
),

concentrations as (
    select
        'pareto_customers_share' as indicator,
        case when dimension = 'total' then 'total'
            else 'customer_type=' || dimension_value end as dimension,
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
        case when retention.dimension = 'total' then 'total'
            else retention.dimension || '=' || retention.dimension_value end
            as dimension,
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
),

words_of_mouth as (
    select
        names.indicator,
        case when referrals.dimension = 'total' then 'total'
            else referrals.dimension || '=' || referrals.dimension_value end
            as dimension,
        case names.indicator
            when 'referral_rate' then referrals.referral_rate
            when 'new_referred_share' then referrals.new_referred_share
        end as value,
        case names.indicator
            when 'referral_rate' then referrals.customers_count
            when 'new_referred_share' then referrals.new_customers_count
        end as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from referrals
    cross join (
        values ('referral_rate'), ('new_referred_share')
    ) as names (indicator)
),

rfm_shares as (
    select
        'rfm_group_share' as indicator,
        case when dimension = 'total' then ''
            else dimension || '=' || dimension_value || ',' end
        || 'rfm_group=' || rfm_group as dimension,
        customers_share as value,
        max(
            cast(round(customers_count / nullif(customers_share, 0)) as bigint)
        ) over (partition by dimension, dimension_value) as n,
        cast(null as double) as low,
        cast(null as double) as high,
        'share' as unit
    from rfm_summary
    -- of groups that are all hidden or empty a 0 says nothing
    qualify n is not null
),

survey_shares as (
    select
        case construct when 'satisfaction' then 'csat_share' else 'ces_share'
        end as indicator,
        case when dimension = 'total' then 'total'
            else dimension || '=' || dimension_value end as dimension,
        case construct when 'satisfaction' then top_two_box_share
            else ces_share end as value,
        case construct when 'satisfaction' then n else ces_n end as n,
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
        case
            when coverage.wave <> 'all' then 'wave=' || coverage.wave
            when coverage.dimension = 'total' then 'total'
            else coverage.dimension || '=' || coverage.dimension_value
        end as dimension,
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
        case when immunity.dimension = 'total' then 'total'
            else immunity.dimension || '=' || immunity.dimension_value end
            as dimension,
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
        dimension,
        value,
        coalesce(n, 0) as n,
        low,
        high,
        unit
    from all_indicators
    where value is not null
)

select * from final
