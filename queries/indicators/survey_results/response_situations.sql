-- One row per response for which it is known whether a market situation
-- (stg_situations) applied: a stock-out, a promotion of rivals, or turbulence
-- of the vendor.
--
-- A situation applies to answers on its days, the first and the last included,
-- and within $situation_days days after it, by customers who buy in its
-- category (customer_category). An open situation has no end. One without a
-- category applies to buyers of any. Two kinds at once are several. The
-- situation is unknown if none is on file, or if the respondent has no
-- purchases.
with

survey_responses as (
    select response_id, customer_id, cast(responded_at as date) as answered_on
    from survey_responses
    where customer_id is not null
),

customer_category as (
    select customer_id, category from customer_category
),

stg_situations as (
    select
        kind,
        category,
        cast(from_at as date) as from_on,
        cast(to_at as date) as to_on
    from stg_situations
    where kind is not null and from_at < $as_of_date + 1
),

situations_on_file as (
    select count(*) > 0 as are_noted
    from stg_situations
),

categories as (
    select category
    from customer_category
    group by category
),

-- One row per category to which the situation applies.
situations as (
    select
        situations.kind,
        categories.category,
        situations.from_on,
        situations.to_on
    from stg_situations as situations
    inner join categories
        on coalesce(situations.category, categories.category)
            = categories.category
),

buying as (
    select
        responses.response_id,
        responses.answered_on,
        bought.category
    from survey_responses as responses
    inner join customer_category as bought
        on responses.customer_id = bought.customer_id
),

final as (
    select
        buying.response_id,
        case
            when count(situations.kind) = 0 then 'no_situation'
            when min(situations.kind) = max(situations.kind)
                then min(situations.kind)
            else 'several'
        end as situation
    from buying
    cross join situations_on_file as on_file
    left join situations
        on buying.category = situations.category
        and buying.answered_on >= situations.from_on
        and (
            situations.to_on is null
            or buying.answered_on <= situations.to_on + $situation_days
        )
    where on_file.are_noted
    group by buying.response_id
)

select * from final
