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
        -- A spreadsheet turned "Under 18" into "Under 19", "Under 20" and so
        -- on.
        case
            when q19age like 'Under %' then 'under 18'
            when q19age = '65-Over' then '65+'
            when q19age in ('18-24', '25-34', '35-44', '45-54', '55-64')
                then q19age
        end as age_group,
        false as may_contact
    from survey
)

select * from final
