-- One row per category in which the own brand is measured, with its rules. The
-- categories are those of $categories with any line in the window, or, if that
-- list is empty, every category with an own line in the window, returns
-- included.
--
-- A category may have rules of its own (stg_category_rules), such as a window
-- of ten years for kitchens. Rules that are not given are the shared
-- parameters. Categories with the same rules share a rule_number. category_rank
-- replaces the name where many rows are sorted.
with

purchase_lines as (
    select * from purchase_lines
),

stg_category_rules as (
    select * from stg_category_rules
),

categories as (
    select
        lines.category,
        sum(case when lines.brand = $brand then 1 else 0 end)
            as own_lines_count
    from purchase_lines as lines
    left join stg_category_rules as rules
        on lines.category = rules.category
    where
        lines.ordered_at
            >= $as_of_date - (coalesce(rules.window_days, $window_days) - 1)
    group by lines.category
),

ruled as (
    select
        categories.category,
        categories.own_lines_count,
        coalesce(rules.window_days, $window_days) as window_days,
        coalesce(rules.behaviour_cut, $behaviour_cut) as behaviour_cut,
        coalesce(rules.min_category_occasions, $min_category_occasions)
            as min_category_occasions,
        coalesce(rules.own_occasions_cut, $own_occasions_cut)
            as own_occasions_cut,
        coalesce(rules.inactivity_days, $inactivity_days) as inactivity_days,
        coalesce(rules.rivals_seen, $rivals_seen) as rivals_seen
    from categories
    left join stg_category_rules as rules
        on categories.category = rules.category
    where
        case
            when cardinality($categories) = 0
                then categories.own_lines_count > 0
            else array_has($categories, categories.category)
        end
),

final as (
    select
        category,
        cast(row_number() over (order by category nulls last) as bigint)
            as category_rank,
        own_lines_count,
        window_days,
        $as_of_date - (window_days - 1) as window_from,
        cast(behaviour_cut as decimal(10, 6)) as behaviour_cut,
        min_category_occasions,
        own_occasions_cut,
        inactivity_days,
        rivals_seen,
        cast(
            dense_rank() over (
                order by
                    window_days nulls last,
                    behaviour_cut nulls last,
                    min_category_occasions nulls last,
                    own_occasions_cut nulls last,
                    inactivity_days nulls last,
                    rivals_seen nulls last
            ) as bigint
        ) as rule_number
    from ruled
)

select * from final
