-- One row per customer and monthly bill, of the last thirteen months: twelve
-- make up a window of a year, and the one before it tells that a customer is
-- older than the window.
--
-- The files hold no bills: tenure says how many there were, and each is assumed
-- to be of the first of its month and of today's monthly charge. Without a
-- channel, because nobody chooses where to get a bill; rivals are not seen.
with

telco_services as (
    select * from telco_services
),

-- months are counted from year 0 on
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
        -- a bill has no units, and today's charge tells no price of another day
        cast(null as decimal(18, 3)) as quantity,
        cast(monthly_charge as decimal(18, 2)) as amount,
        false as is_return
    from dated
)

select * from final
