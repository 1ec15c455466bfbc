-- One row per response of which it is known whether it was given under a
-- situation of the market (stg_situations): a shortage, promotions of rivals,
-- turbulence of the vendor.
--
-- Under a situation: answered on its days, the first and the last included, or
-- within $situation_days days after it, by a customer who buys in its category
-- (customer_category); an open one lasts, one without category is for all who
-- buy in any. Under two kinds at once counts as several. Where no situation is
-- on file nobody knows, nor does anybody of respondents without purchases.
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
    where kind is not null and from_at is not null
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

-- one row per category it holds for
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
