-- One row per customer: the money at stake, its source (one of four), and its
-- interval if the source has one.
--
-- The value of customer_value comes first: for customers who left, the value if
-- won back; for all others, the expected value. Both are discounted sales of
-- the next $value_horizon_days days. Purchase models do not apply to contracts,
-- so customers with a contract, and all customers of a contractual business,
-- have no such value. The next source, for customers who left, is the own
-- amount of a window before the relationship stopped (departure_amounts). The
-- last is the own amount of the window, 0 if there is none. All values are NULL
-- if no purchases of any customer are on file.
with

customer_loyalty as (
    select customer_id, own_amount from customer_loyalty
),

customer_value as (
    select * from customer_value
),

departures as (
    select customer_id from departures
),

departure_amounts as (
    select customer_id, amount from departure_amounts
),

stg_customers as (
    select customer_id, contract_ends_at from stg_customers
),

contracts as (
    select customer_id
    from stg_customers
    where contract_ends_at is not null and customer_id is not null
    group by customer_id
),

purchases_on_file as (
    select count(own_amount) > 0 as are_purchases_on_file
    from customer_loyalty
),

modelled as (
    select customer_value.*
    from customer_value
    left anti join contracts
        on customer_value.customer_id = contracts.customer_id
    where not $contractual and customer_value.lifetime_value is not null
),

compared as (
    select
        loyalty.customer_id,
        case when on_file.are_purchases_on_file
            then coalesce(loyalty.own_amount, 0) end as own_amount,
        departures.customer_id is not null as has_left,
        amounts.amount as amount_before,
        modelled.alive_probability,
        modelled.lifetime_value,
        modelled.lifetime_value_low,
        modelled.lifetime_value_high,
        modelled.renewed_value,
        modelled.renewed_value_low,
        modelled.renewed_value_high
    from customer_loyalty as loyalty
    cross join purchases_on_file as on_file
    left join departures
        on loyalty.customer_id = departures.customer_id
    left join departure_amounts as amounts
        on loyalty.customer_id = amounts.customer_id
    left join modelled
        on loyalty.customer_id = modelled.customer_id
),

judged as (
    select
        *,
        case
            when has_left and renewed_value is not null then 'value_if_won_back'
            when not has_left and lifetime_value is not null
                then 'value_expected'
            when has_left and amount_before is not null
                then 'amount_before_leaving'
            when own_amount is not null then 'own_amount'
        end as stake_source
    from compared
),

final as (
    select
        customer_id,
        cast(own_amount as decimal(18, 2)) as own_amount,
        case stake_source
            when 'value_if_won_back' then renewed_value
            when 'value_expected' then lifetime_value
            when 'amount_before_leaving' then cast(amount_before as double)
            when 'own_amount' then cast(own_amount as double)
        end as stake_amount,
        case stake_source
            when 'value_if_won_back' then renewed_value_low
            when 'value_expected' then lifetime_value_low
        end as stake_low,
        case stake_source
            when 'value_if_won_back' then renewed_value_high
            when 'value_expected' then lifetime_value_high
        end as stake_high,
        stake_source,
        alive_probability
    from judged
)

select * from final
