-- One row per respondent. The survey is anonymous, so nobody may be contacted.
with

survey as (
    select * from survey
),

final as (
    select
        respnum as customer_id,
        'end' as customer_type,
        case q16live
            when 1 then 'Bay Area'
            when 2 then 'Northern California'
            when 3 then 'elsewhere'
        end as region,
        case q19age
            when 1 then 'under 18'
            when 2 then '18-24'
            when 3 then '25-34'
            when 4 then '35-44'
            when 5 then '45-54'
            when 6 then '55-64'
            when 7 then '65+'
        end as age_group,
        false as may_contact
    from survey
)

select * from final
