-- One row per customer and category with a line of any brand in the category's
-- window: behavioural loyalty in this category (B2, B6, B7, B10, B11), under
-- its own rules (own_categories). customer_occasions pools the categories of a
-- customer.
--
-- Occasions are rows with a positive net amount of the order. Amounts and
-- quantities are over all lines, returns included, and may be negative. In
-- shares, a negative amount or quantity of a brand counts as 0. Shares are NULL
-- if rivals are not on file.
--
-- The state follows $behaviour_rule. share and count use the cuts of the
-- category. retained requires a purchase within inactivity_days or $gap_factor
-- x the customer's median gap (B11). Contracts, and the rules declared and
-- index, are judged per customer only.
with

occasions as (
    select * from occasions
),

own_categories as (
    select * from own_categories
),

order_gaps as (
    select * from order_gaps
),

by_brand as (
    select
        customer_id,
        category,
        brand,
        coalesce(brand = $brand, false) as is_own,
        sum(case when is_occasion then 1 else 0 end) as occasions_count,
        sum(quantity) as quantity,
        sum(amount) as amount,
        max(case when is_occasion then ordered_at end) as last_ordered_at
    from occasions
    group by customer_id, category, brand
),

summed as (
    select
        customer_id,
        category,
        sum(case when is_own then occasions_count else 0 end)
            as own_occasions_count,
        sum(occasions_count) as category_occasions_count,
        coalesce(sum(case when is_own then quantity end), 0) as own_quantity,
        coalesce(sum(quantity), 0) as category_quantity,
        coalesce(sum(case when is_own then amount end), 0) as own_amount,
        coalesce(sum(amount), 0) as category_amount,
        coalesce(sum(case when is_own and quantity > 0 then quantity end), 0)
            as required_own_quantity,
        coalesce(sum(case when quantity > 0 then quantity end), 0)
            as required_quantity,
        coalesce(sum(case when is_own and amount > 0 then amount end), 0)
            as wallet_own_amount,
        coalesce(sum(case when amount > 0 then amount end), 0)
            as wallet_amount,
        max(case when is_own then last_ordered_at end) as last_own_ordered_at
    from by_brand
    group by customer_id, category
),

measured as (
    select
        summed.customer_id,
        summed.category,
        summed.own_occasions_count,
        case when categories.rivals_seen
            then summed.category_occasions_count end
            as category_occasions_count,
        summed.own_quantity,
        case when categories.rivals_seen then summed.category_quantity end
            as category_quantity,
        summed.own_amount,
        case when categories.rivals_seen then summed.category_amount end
            as category_amount,
        case when categories.rivals_seen
            then cast(summed.required_own_quantity as double)
                / nullif(cast(summed.required_quantity as double), 0) end
            as share_of_requirements,
        summed.wallet_own_amount,
        case when categories.rivals_seen then summed.wallet_amount end
            as wallet_amount,
        summed.last_own_ordered_at,
        $as_of_date - cast(summed.last_own_ordered_at as date) as recency_days,
        categories.window_days,
        categories.behaviour_cut,
        categories.min_category_occasions,
        categories.own_occasions_cut,
        categories.inactivity_days,
        gaps.gap_days_median
    from summed
    inner join own_categories as categories
        on summed.category = categories.category
    left join order_gaps as gaps
        on summed.customer_id = gaps.customer_id
),

reason_words as (
    select code, en from catalogue_codes
    where column_name = 'behaviour_unmeasured_because_code'
),

-- The reason why a state is not measured; NULL if it is.
explained as (
    select
        *,
        coalesce(
            recency_days <= inactivity_days
            or recency_days <= $gap_factor * gap_days_median,
            false
        ) as is_active,
        case
            when $behaviour_rule in ('declared', 'index')
                then 'per_customer_only'
            when $behaviour_rule in ('count', 'retained') then null
            when category_occasions_count is null then 'rivals_not_seen'
            when category_occasions_count < min_category_occasions
                then 'too_few_purchases'
        end as behaviour_unmeasured_because_code
    from measured
),

final as (
    select
        customer_id,
        category,
        own_occasions_count,
        category_occasions_count,
        cast(own_occasions_count as double)
            / nullif(cast(category_occasions_count as double), 0)
            as repeat_purchase_rate,
        own_quantity,
        category_quantity,
        share_of_requirements,
        cast(own_amount as decimal(18, 2)) as own_amount,
        cast(category_amount as decimal(18, 2)) as category_amount,
        cast(wallet_own_amount as double)
            / nullif(cast(wallet_amount as double), 0) as share_of_wallet,
        last_own_ordered_at,
        recency_days,
        is_active,
        case
            when behaviour_unmeasured_because_code is not null
                then 'insufficient'
            when $behaviour_rule = 'retained' then
                case when is_active then 'high' else 'low' end
            when $behaviour_rule = 'count' then
                case
                    when own_occasions_count >= own_occasions_cut then 'high'
                    else 'low'
                end
            when own_occasions_count
                >= behaviour_cut * category_occasions_count then 'high'
            when wallet_own_amount > 0
                and wallet_own_amount >= behaviour_cut * wallet_amount
                then 'high'
            else 'low'
        end as behaviour_state,
        behaviour_unmeasured_because_code,
        reason_words.en as behaviour_unmeasured_because,
        window_days,
        behaviour_cut,
        min_category_occasions,
        own_occasions_cut,
        inactivity_days
    from explained
    left join reason_words
        on explained.behaviour_unmeasured_because_code = reason_words.code
)

select * from final
