-- One row per category and term: the drivers of brand choice (B9).
--
-- The model is a conditional logit (McFadden 1974; Guadagni and Little 1983) of
-- the choices of a week on price and deal share. A brand's intercept is its
-- utility at equal price and deal share, relative to the own brand (or, if that
-- was never chosen, to the brand chosen most), whose utility is 0. A difference
-- of 0.7 doubles the odds of choice. The terms price and deal_share are the
-- coefficients. Prices are means paid, so the mix of products and packs affects
-- them. Without a fit, the terms are NULL, brands have no rows, and fit_reason
-- gives the reason. A model of fewer than $min_cell choices is suppressed.
with

brand_weeks as (
    select * from brand_weeks
),

described as (
    select
        *,
        max(case when brand = $brand then brand end)
            over (partition by category) as own_brand,
        min(deal_share) over (partition by category)
        < max(deal_share) over (partition by category) as has_deals
    from brand_weeks
),

fitted as (
    select
        category,
        conditional_logit(
            cast(week as varchar),
            brand,
            brand_choices_count,
            case when has_deals then [unit_price, deal_share]
                else [unit_price] end,
            own_brand
        ) as fit
    from described
    group by category
),

brands as (
    select category, fit, unnest(fit['intercepts']) as intercept
    from fitted
),

terms as (
    select
        category,
        'brand' as kind,
        intercept['alternative'] as term,
        intercept['estimate'] as utility,
        intercept['standard_error'] as standard_error,
        fit
    from brands
    union all
    select
        category,
        'price' as kind,
        'price' as term,
        fit['coefficients'][1]['estimate'] as utility,
        fit['coefficients'][1]['standard_error'] as standard_error,
        fit
    from fitted
    union all
    select
        category,
        'deal' as kind,
        'deal_share' as term,
        fit['coefficients'][2]['estimate'] as utility,
        fit['coefficients'][2]['standard_error'] as standard_error,
        fit
    from fitted
),

final as (
    select
        category,
        kind,
        term,
        coalesce(fit['choices_count'] < $min_cell, false) as is_suppressed,
        case when fit['choices_count'] >= $min_cell then utility end as utility,
        case when fit['choices_count'] >= $min_cell then standard_error end
            as standard_error,
        case when fit['choices_count'] >= $min_cell
            then utility - cast($interval_z as double) * standard_error end
            as low,
        case when fit['choices_count'] >= $min_cell
            then utility + cast($interval_z as double) * standard_error end
            as high,
        case when fit['choices_count'] >= $min_cell
            then cast(fit['choices_count'] as bigint) end as brand_choices_count,
        case when fit['choices_count'] >= $min_cell
            then 1 - fit['log_likelihood'] / fit['log_likelihood_at_random'] end
            as explained_share,
        fit['reason'] as fit_reason
    from terms
)

select * from final
