-- One row per customer whose share of wallet comes from the survey, by the
-- response that counts.
--
-- declared uses the items of construct wallet_declared. An item with an answer
-- about a rival asks for money per brand: the share is own / all brands of the
-- response. It is unknown unless each such item of the response has valid
-- answers about the own brand and about at least one rival, and no missing or
-- invalid code. An answered 0 is valid. An item answered about the own brand
-- only asks for the share itself, as a share of its scale. allocated is the
-- wallet allocation rule (ranked_brands), used only if wallet_allocation says
-- that it applies and there is no declared share.
with

latest_responses as (
    select response_id, customer_id from survey_responses where is_latest
),

answered_items as (
    select
        response_id,
        item_id,
        score,
        (score - scale_min) / nullif(scale_max - scale_min, 0) as score_share
    from answered_items
    where construct = 'wallet_declared'
),

rival_answers as (
    select response_id, item_id, score
    from rival_answers
    where construct = 'wallet_declared'
),

ranked_brands as (
    select * from ranked_brands
),

wallet_allocation as (
    select * from wallet_allocation where dimension = 'total'
),

money_items as (
    select item_id from rival_answers group by item_id
),

own_money as (
    select own.response_id, own.item_id, own.score as money
    from answered_items as own
    inner join money_items
        on own.item_id = money_items.item_id
),

rival_money as (
    select
        response_id,
        item_id,
        case when count(score) = count(*) then sum(score) end as money
    from rival_answers
    group by response_id, item_id
),

money as (
    select
        coalesce(own.response_id, rivals.response_id) as response_id,
        own.money as own_money,
        own.money + rivals.money as all_money
    from own_money as own
    full join rival_money as rivals
        on own.response_id = rivals.response_id
        and own.item_id = rivals.item_id
),

-- One item with an unknown amount makes the share unknown.
money_shares as (
    select
        response_id,
        case when count(all_money) = count(*)
            then sum(own_money) / nullif(sum(all_money), 0) end as share
    from money
    group by response_id
),

own_shares as (
    select own.response_id, avg(own.score_share) as share
    from answered_items as own
    left anti join money_items
        on own.item_id = money_items.item_id
    group by own.response_id
),

allocated as (
    select
        brands.customer_id,
        brands.allocated_share
    from ranked_brands as brands
    cross join wallet_allocation
    where brands.is_own and wallet_allocation.applies
),

shares as (
    select
        latest.customer_id,
        coalesce(money_shares.share, own_shares.share) as declared_share,
        allocated.allocated_share
    from latest_responses as latest
    left join money_shares
        on latest.response_id = money_shares.response_id
    left join own_shares
        on latest.response_id = own_shares.response_id
    left join allocated
        on latest.customer_id = allocated.customer_id
),

final as (
    select
        customer_id,
        coalesce(declared_share, allocated_share) as declared_share_of_wallet,
        case when declared_share is not null then 'declared'
            else 'allocated' end as wallet_source
    from shares
    where declared_share is not null or allocated_share is not null
)

select * from final
