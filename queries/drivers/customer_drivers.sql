-- One row per customer who answered a question about a driver of loyalty, from
-- the response that counts (customer_constructs). All indices run from 0 to
-- 100.
--
-- Customer value (Kotler; Zeithaml 1988): the benefit is the mean of the
-- answered kinds (product, service, personnel, image), the cost that of money,
-- time and energy. Net value = benefit - cost, ratio = benefit / cost.
-- Switching cost (Burnham, Frels and Mahajan 2003) is the mean of money, mind
-- and time: switching_* for leaving the own brand, rival_switching_* for
-- leaving the usual rival.
--
-- Trust combines reliability, competence and closeness. Brand trust combines
-- quality, reputation (or the image, if reputation is not known) and
-- relationship. Each is given as the product and as the geometric mean of
-- indices scaled to 0-1; both are NULL unless all three are known.
with

customer_constructs as (
    select * from customer_constructs
),

indices as (
    select
        customer_id,
        max(case when construct = 'satisfaction' then construct_index end)
            as satisfaction_index,
        max(case when construct = 'value_product' then construct_index end)
            as value_product_index,
        max(case when construct = 'value_service' then construct_index end)
            as value_service_index,
        max(case when construct = 'value_personnel' then construct_index end)
            as value_personnel_index,
        max(case when construct = 'value_image' then construct_index end)
            as value_image_index,
        max(case when construct = 'cost_money' then construct_index end)
            as cost_money_index,
        max(case when construct = 'cost_time' then construct_index end)
            as cost_time_index,
        max(case when construct = 'cost_energy' then construct_index end)
            as cost_energy_index,
        max(case when construct = 'switching_money' then construct_index end)
            as switching_money_index,
        max(case when construct = 'switching_mind' then construct_index end)
            as switching_mind_index,
        max(case when construct = 'switching_time' then construct_index end)
            as switching_time_index,
        max(
            case when construct = 'rival_switching_money'
                then construct_index end
        ) as rival_switching_money_index,
        max(
            case when construct = 'rival_switching_mind'
                then construct_index end
        ) as rival_switching_mind_index,
        max(
            case when construct = 'rival_switching_time'
                then construct_index end
        ) as rival_switching_time_index,
        max(case when construct = 'trust_reliability' then construct_index end)
            as trust_reliability_index,
        max(case when construct = 'trust_competence' then construct_index end)
            as trust_competence_index,
        max(case when construct = 'trust_closeness' then construct_index end)
            as trust_closeness_index,
        max(case when construct = 'quality' then construct_index end)
            as quality_index,
        max(case when construct = 'goodwill' then construct_index end)
            as goodwill_index,
        max(case when construct = 'reputation' then construct_index end)
            as reputation_index,
        max(case when construct = 'relationship' then construct_index end)
            as relationship_index,
        max(case when construct = 'image' then construct_index end)
            as image_index,
        max(case when construct = 'social_norm' then construct_index end)
            as social_norm_index,
        max(case when construct = 'transparency' then construct_index end)
            as transparency_index,
        max(case when construct = 'anticipation' then construct_index end)
            as anticipation_index,
        max(case when construct = 'consent' then construct_index end)
            as consent_index,
        max(case when construct = 'effort' then construct_index end)
            as effort_index,
        max(case when construct = 'need_met' then construct_index end)
            as need_met_index,
        max(case when construct = 'feeling' then construct_index end)
            as feeling_index,
        max(case when construct = 'ease' then construct_index end)
            as ease_index,
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

counted as (
    select
        *,
        (case when value_product_index is null then 0 else 1 end)
        + (case when value_service_index is null then 0 else 1 end)
        + (case when value_personnel_index is null then 0 else 1 end)
        + (case when value_image_index is null then 0 else 1 end)
            as benefits_count,
        (case when cost_money_index is null then 0 else 1 end)
        + (case when cost_time_index is null then 0 else 1 end)
        + (case when cost_energy_index is null then 0 else 1 end)
            as costs_count,
        (case when switching_money_index is null then 0 else 1 end)
        + (case when switching_mind_index is null then 0 else 1 end)
        + (case when switching_time_index is null then 0 else 1 end)
            as switching_costs_count,
        (case when rival_switching_money_index is null then 0 else 1 end)
        + (case when rival_switching_mind_index is null then 0 else 1 end)
        + (case when rival_switching_time_index is null then 0 else 1 end)
            as rival_switching_costs_count,
        trust_reliability_index / 100 * (trust_competence_index / 100)
        * (trust_closeness_index / 100) as trust_product,
        quality_index / 100 * (coalesce(reputation_index, image_index) / 100)
        * (relationship_index / 100) as brand_trust_product
    from indices
),

accounts as (
    select
        *,
        (
            coalesce(value_product_index, 0)
            + coalesce(value_service_index, 0)
            + coalesce(value_personnel_index, 0)
            + coalesce(value_image_index, 0)
        ) / nullif(cast(benefits_count as double), 0) as benefit_index,
        (
            coalesce(cost_money_index, 0)
            + coalesce(cost_time_index, 0)
            + coalesce(cost_energy_index, 0)
        ) / nullif(cast(costs_count as double), 0) as cost_index,
        (
            coalesce(switching_money_index, 0)
            + coalesce(switching_mind_index, 0)
            + coalesce(switching_time_index, 0)
        ) / nullif(cast(switching_costs_count as double), 0)
            as switching_cost_index,
        (
            coalesce(rival_switching_money_index, 0)
            + coalesce(rival_switching_mind_index, 0)
            + coalesce(rival_switching_time_index, 0)
        ) / nullif(cast(rival_switching_costs_count as double), 0)
            as rival_switching_index
    from counted
),

final as (
    select
        customer_id,
        satisfaction_index,
        value_product_index,
        value_service_index,
        value_personnel_index,
        value_image_index,
        benefit_index,
        cost_money_index,
        cost_time_index,
        cost_energy_index,
        cost_index,
        benefit_index - cost_index as net_value,
        benefit_index / nullif(cost_index, 0) as value_ratio,
        switching_money_index,
        switching_mind_index,
        switching_time_index,
        switching_cost_index,
        rival_switching_money_index,
        rival_switching_mind_index,
        rival_switching_time_index,
        rival_switching_index,
        trust_reliability_index,
        trust_competence_index,
        trust_closeness_index,
        trust_product,
        cbrt(trust_product) as trust_geometric_mean,
        quality_index,
        goodwill_index,
        reputation_index,
        relationship_index,
        brand_trust_product,
        cbrt(brand_trust_product) as brand_trust_geometric_mean,
        image_index,
        social_norm_index,
        transparency_index,
        anticipation_index,
        consent_index,
        effort_index,
        need_met_index,
        feeling_index,
        ease_index,
        need_first
    from accounts
)

select * from final
