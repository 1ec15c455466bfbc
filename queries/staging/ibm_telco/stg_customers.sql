-- One row per customer of the quarter, including those who left in it.
--
-- The files give who left and why, the tenure, the kind of contract, age,
-- dependents and home. Three dates are assumptions: the relationship began with
-- the first bill, tenure months ago; customers who left did so on the last day
-- of the quarter; a contract of one or two years began with the relationship
-- and was renewed each time it ended. Month-to-month contracts have no term.
-- The permission to contact is unknown, except that deceased customers may not
-- be contacted.
with

telco_services as (
    select * from telco_services
),

telco_status as (
    select * from telco_status
),

telco_demographics as (
    select * from telco_demographics
),

telco_churn as (
    select * from telco_churn
),

-- joined_number is the month of the first bill, counted from year 0.
terms as (
    select
        *,
        cast(
            date_part('year', $quarter_end) * 12
            + date_part('month', $quarter_end) - 1
            as bigint
        ) - tenure_months + 1 as joined_number,
        case contract
            when 'One Year' then 12
            when 'Two Year' then 24
        end as term_months
    from telco_services
),

-- The end of the term that runs in the last month of the quarter.
contracts as (
    select
        *,
        joined_number
        + (tenure_months + term_months - 1) / term_months * term_months
            as ended_number
    from terms
),

final as (
    select
        contracts.customer_id,
        'end' as customer_type,
        -- The northern border of San Luis Obispo, Kern and San Bernardino
        -- counties.
        case
            when homes.latitude < 35.79 then 'Southern California'
            when homes.latitude >= 35.79 then 'Northern California'
        end as region,
        case
            when people.age < 30 then 'under 30'
            when people.age < 45 then '30-44'
            when people.age < 65 then '45-64'
            when people.age >= 65 then '65+'
        end as age_group,
        case
            when people.has_dependents then 'with dependents'
            when not people.has_dependents then 'without dependents'
        end as background,
        cast(
            make_date(
                contracts.joined_number / 12,
                contracts.joined_number % 12 + 1,
                1
            ) as timestamp
        ) as joined_at,
        contracts.referrals_count,
        cast(
            make_date(
                contracts.ended_number / 12, contracts.ended_number % 12 + 1, 1
            ) - 1
            as timestamp
        ) as contract_ends_at,
        case when status.churn_reason = 'Deceased' then false end
            as may_contact,
        case when status.customer_status = 'Churned'
            then cast($quarter_end as timestamp) end as closed_at,
        case when status.customer_status = 'Churned'
            then status.churn_reason end as close_reason,
        -- Additional columns, not in the canonical table.
        contracts.contract,
        contracts.offer as last_offer
    from contracts
    left join telco_status as status
        on contracts.customer_id = status.customer_id
    left join telco_demographics as people
        on contracts.customer_id = people.customer_id
    left join telco_churn as homes
        on contracts.customer_id = homes.customer_id
)

select * from final
