-- One row per customer with a line of the window in the categories of
-- own_categories: occasions, quantity and amount of the own brand and of all
-- brands (the parts of B2, B6 and B7), and the thresholds of the category
-- rules.
--
-- Occasions are rows with a positive net amount of the order. Amounts and
-- quantities are over all lines, returns included, and may be negative. In
-- shares, a negative amount or quantity of a brand counts as 0: wallet_* and
-- required_* are the parts of B7 and B2. Categories with the same rules are
-- netted together.
--
-- Categories are pooled. compared_*, category_*, wallet_* and required_* cover
-- only categories with rivals on file. needed_* is the own part from which
-- behaviour is high; each category's cut is weighted by its occasions or
-- amount. enough_share counts an occasion as 1 / the minimum of its category,
-- and reaches 1 when there are enough occasions to judge. high_share does the
-- same with own occasions for rule count.
with

occasions as (
    select * from occasions
),

own_categories as (
    select * from own_categories
),

-- Categories with the same rules are grouped together; usually these are all.
by_brand as (
    select
        occasions.customer_id,
        categories.rule_number,
        coalesce(occasions.brand = $brand, false) as is_own,
        occasions.brand,
        sum(case when occasions.is_occasion then 1 else 0 end)
            as occasions_count,
        sum(occasions.quantity) as quantity,
        sum(occasions.amount) as amount,
        max(case when occasions.is_occasion then occasions.ordered_at end)
            as last_ordered_at
    from occasions
    inner join own_categories as categories
        on occasions.category = categories.category
    group by
        occasions.customer_id, categories.rule_number, occasions.brand
),

summed as (
    select
        customer_id,
        rule_number,
        sum(case when is_own then occasions_count else 0 end)
            as own_occasions_count,
        sum(occasions_count) as occasions_count,
        coalesce(sum(case when is_own then amount end), 0) as own_amount,
        coalesce(sum(amount), 0) as amount,
        coalesce(sum(case when is_own and quantity > 0 then quantity end), 0)
            as own_shared_quantity,
        coalesce(sum(case when quantity > 0 then quantity end), 0)
            as shared_quantity,
        coalesce(sum(case when is_own and amount > 0 then amount end), 0)
            as own_shared_amount,
        coalesce(sum(case when amount > 0 then amount end), 0)
            as shared_amount,
        max(case when is_own then last_ordered_at end) as last_own_ordered_at
    from by_brand
    group by customer_id, rule_number
),

rules as (
    select
        rule_number,
        bool_and(rivals_seen) as rivals_seen,
        min(window_days) as window_days,
        min(behaviour_cut) as behaviour_cut,
        min(min_category_occasions) as min_category_occasions,
        min(own_occasions_cut) as own_occasions_cut,
        min(inactivity_days) as inactivity_days
    from own_categories
    group by rule_number
),

ruled as (
    select
        summed.*,
        rules.rivals_seen,
        case when summed.own_occasions_count > 0 then rules.window_days end
            as own_window_days,
        case when summed.own_occasions_count > 0 then rules.inactivity_days end
            as own_inactivity_days,
        rules.behaviour_cut * summed.occasions_count as needed_occasions,
        rules.behaviour_cut * summed.shared_amount as needed_amount,
        cast(summed.occasions_count as double)
            / cast(rules.min_category_occasions as double) as enough_share,
        cast(summed.own_occasions_count as double)
            / cast(rules.own_occasions_cut as double) as high_share
    from summed
    inner join rules
        on summed.rule_number = rules.rule_number
),

final as (
    select
        customer_id,
        sum(own_occasions_count) as own_occasions_count,
        sum(case when rivals_seen then own_occasions_count else 0 end)
            as compared_own_occasions_count,
        sum(case when rivals_seen then occasions_count else 0 end)
            as category_occasions_count,
        sum(case when rivals_seen then own_shared_quantity else 0 end)
            as required_own_quantity,
        sum(case when rivals_seen then shared_quantity else 0 end)
            as required_quantity,
        sum(own_amount) as own_amount,
        sum(case when rivals_seen then own_amount else 0 end)
            as compared_own_amount,
        sum(case when rivals_seen then amount else 0 end) as category_amount,
        sum(case when rivals_seen then own_shared_amount else 0 end)
            as wallet_own_amount,
        sum(case when rivals_seen then shared_amount else 0 end)
            as wallet_amount,
        sum(case when rivals_seen then needed_occasions else 0 end)
            as needed_occasions,
        sum(case when rivals_seen then needed_amount else 0 end)
            as needed_amount,
        sum(case when rivals_seen then enough_share else 0 end)
            as enough_share,
        sum(high_share) as high_share,
        max(last_own_ordered_at) as last_own_ordered_at,
        max(own_window_days) as own_window_days,
        max(own_inactivity_days) as own_inactivity_days
    from ruled
    group by customer_id
)

select * from final
