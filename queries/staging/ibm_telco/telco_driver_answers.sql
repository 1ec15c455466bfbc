-- One row per group of customers, customer and driver, in place of the shared
-- driver_answers. The survey has only the satisfaction score, so the drivers
-- are terms of the customers' contracts.
--
-- Each driver runs from 0 to 100: tenure / 72 months (the longest on file);
-- contract length / 24 months (0 for month to month); monthly charge / 120,
-- reversed so that a low charge is high; friends referred / 11 (the most on
-- file).
with

telco_services as (
    select * from telco_services
),

customer_profile as (
    select * from customer_profile
),

terms as (
    select
        customer_id,
        unnest(make_array(
            'tenure', 'contract_length', 'monthly_charge', 'friends_referred'
        )) as construct,
        unnest(make_array(
            'tenure',
            'contract_length',
            'monthly_charge_reversed',
            'friends_referred'
        )) as driver,
        unnest(make_array(
            cast(tenure_months as double) / 72 * 100,
            case contract
                when 'Month-to-Month' then 0e0
                when 'One Year' then 50e0
                when 'Two Year' then 100e0
            end,
            100 - cast(monthly_charge as double) / 120 * 100,
            cast(referrals_count as double) / 11 * 100
        )) as driver_index
    from telco_services
),

grouped as (
    select
        unnest(make_array('total', 'customer_type')) as dimension,
        unnest(make_array('all', coalesce(profile.customer_type, 'unknown')))
            as dimension_value,
        terms.customer_id,
        terms.construct,
        terms.driver,
        terms.driver_index,
        false as is_performance
    from terms
    left join customer_profile as profile
        on terms.customer_id = profile.customer_id
),

final as (
    select * from grouped where driver_index is not null
)

select * from final
