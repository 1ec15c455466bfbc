-- One row per customer, order, category and product of the own brand in the
-- window, for the categories of own_categories. Returns are netted within the
-- order. The time is that of the latest line with a positive amount. Own
-- products (B1), units on deal (B4 a) and channels are all counted from this
-- one pass over the own lines.
--
-- Returned units (lines marked as returns, or with a negative quantity) are
-- first subtracted from bought units with the same deal status. The rest is
-- subtracted from all remaining units in proportion, never below 0. Returned
-- units beyond that are excess_returned, which own_purchases subtracts from the
-- customer's other orders of the product. Units of unknown deal status count in
-- neither part of the deal share.
with

purchase_lines as (
    select * from purchase_lines
),

own_categories as (
    select * from own_categories
),

sums as (
    select
        lines.customer_id,
        lines.order_id,
        lines.category,
        lines.product_id,
        coalesce(
            max(case when lines.amount > 0 then lines.ordered_at end),
            max(lines.ordered_at)
        ) as ordered_at,
        sum(lines.quantity) as quantity,
        sum(lines.amount) as amount,
        sum(
            case when lines.is_deal and not lines.is_return
                and lines.quantity > 0 then lines.quantity else 0 end
        ) as deal_bought,
        sum(
            case when not lines.is_deal and not lines.is_return
                and lines.quantity > 0 then lines.quantity else 0 end
        ) as full_bought,
        sum(
            case when lines.is_deal is null and not lines.is_return
                and lines.quantity > 0 then lines.quantity else 0 end
        ) as other_bought,
        sum(
            case when lines.is_deal and (lines.is_return or lines.quantity < 0)
                then abs(coalesce(lines.quantity, 0)) else 0 end
        ) as deal_returned,
        sum(
            case when not lines.is_deal
                and (lines.is_return or lines.quantity < 0)
                then abs(coalesce(lines.quantity, 0)) else 0 end
        ) as full_returned,
        sum(
            case when lines.is_deal is null
                and (lines.is_return or lines.quantity < 0)
                then abs(coalesce(lines.quantity, 0)) else 0 end
        ) as other_returned,
        sum(
            case when lines.list_amount > 0 and not lines.is_return
                and lines.quantity > 0 then lines.list_amount else 0 end
        ) as list_amount,
        sum(
            case when lines.list_amount > 0 and not lines.is_return
                and lines.quantity > 0 then lines.quantity else 0 end
        ) as listed_quantity,
        min(lines.channel) as channel
    from purchase_lines as lines
    inner join own_categories as categories
        on lines.category = categories.category
    where
        lines.brand = $brand
        and lines.ordered_at >= categories.window_from
        and lines.ordered_at >= (select min(window_from) from own_categories)
    group by
        lines.customer_id, lines.order_id, lines.category, lines.product_id
),

matched as (
    select
        *,
        greatest(deal_bought - deal_returned, 0) as deal_left,
        greatest(full_bought - full_returned, 0) as full_left,
        greatest(deal_bought - deal_returned, 0)
        + greatest(full_bought - full_returned, 0)
        + other_bought as all_left,
        other_returned
        + greatest(deal_returned - deal_bought, 0)
        + greatest(full_returned - full_bought, 0) as unmatched_returned
    from sums
),

with_kept_share as (
    select
        *,
        case
            when unmatched_returned = 0 then 1e0
            when unmatched_returned >= all_left then 0e0
            else 1e0 - cast(unmatched_returned as double)
                / cast(all_left as double)
        end as kept_share
    from matched
),

netted as (
    select
        *,
        case when kept_share = 1 then cast(deal_left as decimal(28, 3))
            else cast(cast(deal_left as double) * kept_share
                as decimal(28, 3)) end as deal_quantity,
        case when kept_share = 1 then cast(full_left as decimal(28, 3))
            else cast(cast(full_left as double) * kept_share
                as decimal(28, 3)) end as full_quantity
    from with_kept_share
),

final as (
    select
        customer_id,
        order_id,
        category,
        product_id,
        ordered_at,
        quantity,
        amount,
        deal_quantity,
        cast(deal_quantity + full_quantity as decimal(28, 3))
            as bought_quantity,
        cast(other_bought as decimal(28, 3)) as unsure_quantity,
        cast(greatest(unmatched_returned - all_left, 0) as decimal(28, 3))
            as excess_returned,
        cast(list_amount as decimal(28, 2)) as list_amount,
        cast(listed_quantity as decimal(28, 3)) as listed_quantity,
        channel
    from netted
)

select * from final
