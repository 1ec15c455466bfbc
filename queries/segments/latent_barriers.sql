-- One row per customer with latent loyalty (attitude high, behaviour low,
-- account not closed) and barrier to buying: the evidence, its strength if it
-- is a number, and the recommended measure. A customer without a known barrier
-- has no row.
--
-- The five barriers are habit with another brand, switching cost, no
-- availability, money, and rivals' promotions, each with one `case` below. The
-- switching cost is that of leaving the usual rival, because the cost of
-- leaving the own brand is no barrier. Purchases are those of the own
-- categories in their window. A stock-out lasts whole days; without a category
-- it applies to all.
with

former_customers as (
    select customer_id from former_candidates where is_former
),

customer_behaviour as (
    select behaviour.customer_id
    from customer_behaviour as behaviour
    left anti join former_customers as former
        on behaviour.customer_id = former.customer_id
    where behaviour.behaviour_state = 'low'
),

customer_attitude as (
    select * from customer_attitude where attitude_state = 'high'
),

customer_constructs as (
    select * from customer_constructs where construct = 'cost_money'
),

occasions as (
    select * from occasions where is_occasion
),

own_categories as (
    select * from own_categories
),

rival_lines as (
    select lines.*
    from purchase_lines as lines
    inner join own_categories as categories
        on lines.category = categories.category
        and lines.ordered_at >= categories.window_from
    where lines.brand <> $brand and lines.amount > 0
),

stock_out_days as (
    select
        category,
        cast(from_at as date) as from_day,
        coalesce(cast(to_at as date), $as_of_date) as to_day
    from stg_situations
    where kind = 'stock_out'
),

evidence_words as (
    select code, en from catalogue_codes where column_name = 'evidence_code'
),

measure_words as (
    select code, en from catalogue_codes where column_name = 'measure_code'
),

latent as (
    select
        attitude.customer_id,
        attitude.rival_switching_index,
        attitude.price_tolerance_index,
        attitude.promotion_immunity_index
    from customer_attitude as attitude
    inner join customer_behaviour as behaviour
        on attitude.customer_id = behaviour.customer_id
),

brand_occasions as (
    select
        occasions.customer_id,
        occasions.brand,
        count(*) as occasions_count
    from occasions
    inner join latent on occasions.customer_id = latent.customer_id
    group by occasions.customer_id, occasions.brand
),

all_occasions as (
    select
        customer_id,
        sum(occasions_count) as occasions_count,
        max(case when brand <> $brand then occasions_count end)
            as most_rival_occasions_count
    from brand_occasions
    group by customer_id
),

-- Of several rivals with the same number of occasions, the first by name.
main_rivals as (
    select
        totals.customer_id,
        min(brands.brand) as main_rival,
        max(
            cast(totals.most_rival_occasions_count as double)
            / nullif(totals.occasions_count, 0)
        ) as main_rival_share
    from all_occasions as totals
    inner join brand_occasions as brands
        on totals.customer_id = brands.customer_id
        and totals.most_rival_occasions_count = brands.occasions_count
    where brands.brand <> $brand
    group by totals.customer_id
),

rival_deals as (
    select
        lines.customer_id,
        sum(case when lines.is_deal then 1 else 0 end) as deal_lines_count,
        sum(case when lines.is_deal is not null then 1 else 0 end)
            as lines_count
    from rival_lines as lines
    inner join latent on lines.customer_id = latent.customer_id
    group by lines.customer_id
),

-- Purchases from rivals during a stock-out.
stock_outs as (
    select
        lines.customer_id,
        count(*) as lines_count
    from rival_lines as lines
    inner join latent on lines.customer_id = latent.customer_id
    inner join stock_out_days as days
        on cast(lines.ordered_at as date) between days.from_day and days.to_day
        and coalesce(days.category, lines.category) = lines.category
    group by lines.customer_id
),

customers as (
    select
        latent.*,
        main_rivals.main_rival,
        main_rivals.main_rival_share,
        stock_outs.lines_count as stock_out_lines_count,
        cast(rival_deals.deal_lines_count as double)
            / nullif(rival_deals.lines_count, 0) as rival_deal_share,
        rival_deals.lines_count as rival_lines_count,
        constructs.construct_index as cost_money_index
    from latent
    left join main_rivals on latent.customer_id = main_rivals.customer_id
    left join stock_outs on latent.customer_id = stock_outs.customer_id
    left join rival_deals on latent.customer_id = rival_deals.customer_id
    left join customer_constructs as constructs
        on latent.customer_id = constructs.customer_id
),

barriers as (
    select * from (
        values
            ('habit', 'offer_trial'),
            ('switching_cost', 'ease_change'),
            ('no_availability', 'be_available'),
            ('money', 'modest_concession'),
            ('rival_promotions', 'member_benefits')
    ) as barriers (barrier, measure_code)
),

judged as (
    select
        customers.customer_id,
        customers.main_rival,
        barriers.barrier,
        barriers.measure_code,
        case barriers.barrier
            -- One rival has at least $rival_habit_share_cut of the customer's
            -- occasions.
            when 'habit' then
                case when main_rival_share >= $rival_habit_share_cut - 1e-7
                    then 'buys_one_rival'
                end
            -- States that leaving the rival costs money, time or mental effort.
            when 'switching_cost' then
                case
                    when rival_switching_index >= $switching_cost_cut - 1e-7
                        then 'leaving_costs_a_lot'
                end
            -- Bought from a rival during a stock-out.
            when 'no_availability' then
                case when stock_out_lines_count > 0
                    then 'bought_elsewhere'
                end
            -- States that the price is too high, or would not accept a higher
            -- one.
            when 'money' then
                case
                    when cost_money_index >= $money_barrier_cut - 1e-7
                        then 'costs_too_much'
                    when price_tolerance_index
                        <= 100 - $money_barrier_cut + 1e-7
                        then 'no_higher_price'
                end
            -- Buys from rivals on deal, or states an interest in their
            -- promotions.
            when 'rival_promotions' then
                case
                    when rival_deal_share >= $deal_share_cut - 1e-7
                        and rival_lines_count >= $min_category_occasions
                        then 'buys_rivals_on_deal'
                    when promotion_immunity_index
                        <= 100 - $money_barrier_cut + 1e-7
                        then 'drawn_by_promotions'
                end
        end as evidence_code,
        case barriers.barrier
            when 'habit' then main_rival_share
            when 'switching_cost' then rival_switching_index / 100
            when 'rival_promotions' then
                case
                    when rival_deal_share >= $deal_share_cut - 1e-7
                        and rival_lines_count >= $min_category_occasions
                        then rival_deal_share
                    else 1 - promotion_immunity_index / 100
                end
        end as strength
    from customers
    cross join barriers
),

final as (
    select
        judged.customer_id,
        judged.barrier,
        judged.evidence_code,
        case judged.evidence_code
            when 'buys_one_rival'
                then 'buys ' || judged.main_rival || ' most often'
            else evidence_words.en
        end as evidence,
        judged.strength,
        judged.measure_code,
        measure_words.en as measure
    from judged
    left join evidence_words
        on judged.evidence_code = evidence_words.code
    left join measure_words
        on judged.measure_code = measure_words.code
    where judged.evidence_code is not null
)

select * from final
