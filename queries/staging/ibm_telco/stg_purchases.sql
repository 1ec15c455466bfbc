-- One row per customer and monthly bill of the last thirteen months: twelve for
-- a window of a year, and one before it to show that the customer is older than
-- the window.
--
-- The files contain no bills. The tenure gives their number; each is assumed to
-- be dated on the first of its month, with the current monthly charge. There is
-- no channel, because customers do not choose how they are billed. Rivals are
-- not on file.
with

telco_services as (
    select * from telco_services
),

-- month_number counts months from year 0.
bills as (
    select
        customer_id,
        phone_service,
        internet_service,
        monthly_charge,
        cast(
            date_part('year', $quarter_end) * 12
            + date_part('month', $quarter_end) - 1
            as bigint
        ) - unnest(generate_series(0, least(tenure_months, 13) - 1))
            as month_number
    from telco_services
    where tenure_months >= 1
),

dated as (
    select
        *,
        make_date(month_number / 12, month_number % 12 + 1, 1) as billed_on
    from bills
),

final as (
    select
        customer_id,
        concat(customer_id, ' ', substr(cast(billed_on as varchar), 1, 7))
            as order_id,
        1 as line_number,
        cast(billed_on as timestamp) as ordered_at,
        'own' as brand,
        'telecom' as category,
        case
            when phone_service and internet_service then 'phone and internet'
            when internet_service then 'internet'
            else 'phone'
        end as product_id,
        -- A bill has no units, and the current charge is not the price of
        -- earlier months.
        cast(null as decimal(18, 3)) as quantity,
        cast(monthly_charge as decimal(18, 2)) as amount,
        false as is_return
    from dated
)

select * from final
