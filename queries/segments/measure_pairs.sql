-- One row per dimension, value, pair of a behavioural and an attitudinal
-- measure, and pair of their values: the number of customers with these values.
-- It is the input of attitude_behaviour.
--
-- Customers need both measures; shares need $min_category_occasions occasions.
-- Former customers count only for the measure is_active, because all others are
-- active. The pair in use is the one that defines the segments: it covers the
-- customers of the four segments and, with rule retained, former ones.
with

customer_loyalty as (
    select * from customer_loyalty
),

customer_attitude as (
    select customer_id, relative_attitude from customer_attitude
),

stg_declared_behaviour as (
    select customer_id, try_cast(measure as double) as measure
    from stg_declared_behaviour
    where customer_id is not null
),

-- Contradictory numbers of a customer make the measure unknown.
declared as (
    select
        customer_id,
        case when min(measure) = max(measure) then min(measure) end as measure
    from stg_declared_behaviour
    group by customer_id
),

customers as (
    select
        coalesce(loyalty.customer_type, 'unknown') as customer_type,
        loyalty.segment,
        loyalty.category_occasions_count >= $min_category_occasions
        or $behaviour_rule = 'share'
            and loyalty.behaviour_state in ('high', 'low') as has_shares,
        -- greatest() ignores NULL.
        greatest(loyalty.repeat_purchase_rate, loyalty.share_of_wallet)
            as own_share,
        loyalty.share_of_wallet,
        cast(loyalty.own_occasions_count as double) as own_occasions_count,
        declared.measure as declared_behaviour,
        loyalty.behaviour_index,
        case when loyalty.is_active then 1e0 when not loyalty.is_active then 0e0
            end as is_active,
        loyalty.attitude_index,
        attitude.relative_attitude,
        loyalty.recommend_index,
        loyalty.repurchase_index,
        loyalty.satisfaction_index
    from customer_loyalty as loyalty
    left join customer_attitude as attitude
        on loyalty.customer_id = attitude.customer_id
    left join declared
        on loyalty.customer_id = declared.customer_id
),

behaviour_measures as (
    select * from (
        values
            ('own_share', 'share'),
            ('share_of_wallet', ''),
            ('own_occasions_count', 'count'),
            ('declared_behaviour', 'declared'),
            ('behaviour_index', 'index'),
            ('is_active', 'retained')
    ) as measures (behaviour_measure, behaviour_rule)
),

attitude_measures as (
    select * from (
        values
            ('attitude_index', 'absolute'),
            ('relative_attitude', 'relative'),
            ('recommend_index', ''),
            ('repurchase_index', ''),
            ('satisfaction_index', '')
    ) as measures (attitude_measure, attitude_axis)
),

pairs as (
    select
        behaviour_measure,
        attitude_measure,
        behaviour_rule = $behaviour_rule and attitude_axis = $attitude_axis
            as is_in_use
    from behaviour_measures
    cross join attitude_measures
),

paired as (
    select
        customers.customer_type,
        pairs.behaviour_measure,
        pairs.attitude_measure,
        pairs.is_in_use,
        case pairs.behaviour_measure
            when 'own_share' then
                case when customers.has_shares then customers.own_share end
            when 'share_of_wallet' then
                case when customers.has_shares
                    then customers.share_of_wallet end
            when 'own_occasions_count' then customers.own_occasions_count
            when 'declared_behaviour' then customers.declared_behaviour
            when 'behaviour_index' then customers.behaviour_index
            when 'is_active' then customers.is_active
        end as behaviour,
        case pairs.attitude_measure
            when 'attitude_index' then customers.attitude_index
            when 'relative_attitude' then customers.relative_attitude
            when 'recommend_index' then customers.recommend_index
            when 'repurchase_index' then customers.repurchase_index
            when 'satisfaction_index' then customers.satisfaction_index
        end as attitude
    from customers
    cross join pairs
    where
        (
            (customers.segment is distinct from 'former')
            or pairs.behaviour_measure = 'is_active'
        )
        and (customers.segment <> 'unmeasured' or not pairs.is_in_use)
),

-- Customers with the same values are counted together. Rounding to nine digits
-- keeps ties together despite binary rounding.
counts_by_type as (
    select
        customer_type, behaviour_measure, attitude_measure, is_in_use,
        round(behaviour, 9) as behaviour,
        round(attitude, 9) as attitude,
        count(*) as customers_count
    from paired
    where behaviour is not null and attitude is not null
    group by
        customer_type, behaviour_measure, attitude_measure, is_in_use,
        round(behaviour, 9), round(attitude, 9)
),

final as (
    select
        'total' as dimension,
        'all' as dimension_value,
        behaviour_measure,
        attitude_measure,
        is_in_use,
        behaviour,
        attitude,
        sum(customers_count) as customers_count
    from counts_by_type
    group by
        behaviour_measure, attitude_measure, is_in_use, behaviour, attitude
    union all
    select
        'customer_type' as dimension,
        customer_type as dimension_value,
        behaviour_measure,
        attitude_measure,
        is_in_use,
        behaviour,
        attitude,
        customers_count
    from counts_by_type
)

select * from final
