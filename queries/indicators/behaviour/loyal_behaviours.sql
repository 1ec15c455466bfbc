-- One row per customer: the five loyal behaviours (B12), each true, false or
-- unknown (NULL).
--
-- is_repeating: a repeat purchase (B1). is_wallet_loyal: the share of wallet is
-- at least $behaviour_cut. is_recommending: a promoter in the latest response,
-- or a referral on file, named or counted. is_forgiving: an own occasion (B6)
-- after the first incident of the window; unknown without an incident. Orders
-- returned in full or outside $categories are no occasions. is_trying_new:
-- bought an own product launched in the window; unknown if none was launched.
-- loyal_behaviours_count counts the true ones and is NULL only if all five are
-- unknown.
with

behaviour_measures as (
    select * from behaviour_measures
),

survey_responses as (
    select * from survey_responses
),

stg_customers as (
    select * from stg_customers
),

stg_contacts as (
    select * from stg_contacts
),

stg_products as (
    select * from stg_products
),

own_order_products as (
    select * from own_order_products
),

referrers as (
    select referred_by_customer_id as customer_id
    from stg_customers
    where
        referred_by_customer_id is not null
        and (joined_at is null or joined_at < $as_of_date + 1)
    group by referred_by_customer_id
),

referral_counts as (
    select customer_id, max(referrals_count) as referrals_count
    from stg_customers
    where referrals_count is not null
    group by customer_id
),

answers as (
    select customer_id, recommend_group
    from survey_responses
    where is_latest
),

incidents as (
    select customer_id, min(at) as first_incident_at
    from stg_contacts
    where
        kind = 'incident'
        and customer_id is not null
        and at >= $as_of_date - ($window_days - 1)
        and at < $as_of_date + 1
    group by customer_id
),

new_products as (
    select product_id
    from stg_products
    where
        (brand = $brand or brand is null)
        and launched_at >= $as_of_date - ($window_days - 1)
        and launched_at < $as_of_date + 1
    group by product_id
),

any_new_product as (
    select count(*) as new_products_count
    from new_products
),

triers as (
    select products.customer_id
    from own_order_products as products
    inner join new_products
        on products.product_id = new_products.product_id
    where products.amount > 0
    group by products.customer_id
),

judged as (
    select
        measures.customer_id,
        measures.repeat_purchases_count > 0 as is_repeating,
        case
            when measures.wallet_source = 'observed'
                then measures.wallet_own_amount > 0
                    and measures.wallet_own_amount >= measures.needed_amount
            else measures.share_of_wallet
                >= cast($behaviour_cut as double) - 1e-7
        end as is_wallet_loyal,
        case
            when answers.recommend_group = 'promoter' then true
            when referrers.customer_id is not null then true
            when referral_counts.referrals_count > 0 then true
            when answers.recommend_group is not null then false
            when referral_counts.referrals_count = 0 then false
        end as is_recommending,
        case when incidents.customer_id is not null and measures.has_purchases
            then coalesce(
                measures.last_own_occasion_at > incidents.first_incident_at,
                false
            )
        end as is_forgiving,
        case
            when triers.customer_id is not null then true
            when measures.has_purchases
                and any_new_product.new_products_count > 0 then false
        end as is_trying_new
    from behaviour_measures as measures
    cross join any_new_product
    left join answers
        on measures.customer_id = answers.customer_id
    left join referrers
        on measures.customer_id = referrers.customer_id
    left join referral_counts
        on measures.customer_id = referral_counts.customer_id
    left join incidents
        on measures.customer_id = incidents.customer_id
    left join triers
        on measures.customer_id = triers.customer_id
),

final as (
    select
        *,
        case
            when is_repeating is not null
                or is_wallet_loyal is not null
                or is_recommending is not null
                or is_forgiving is not null
                or is_trying_new is not null
                then case when is_repeating then 1 else 0 end
                    + case when is_wallet_loyal then 1 else 0 end
                    + case when is_recommending then 1 else 0 end
                    + case when is_forgiving then 1 else 0 end
                    + case when is_trying_new then 1 else 0 end
        end as loyal_behaviours_count
    from judged
)

select * from final
