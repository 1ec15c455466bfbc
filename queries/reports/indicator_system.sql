-- One row per indicator of the loyalty index and per condition of the loyal
-- customer: the indicator system in use, with dimension, weight, formula, cut
-- and source.
with

loyalty_index_items as (
    select * from loyalty_index_items
),

loyalty_conditions as (
    select * from loyalty_conditions
),

index_rows as (
    select
        'loyalty index' as part,
        position,
        axis,
        dimension,
        indicator,
        weight,
        formula,
        case mapping
            when 'range' then
                cast(range_from as varchar) || ' to ' || cast(range_to as varchar)
            else mapping
        end as cut,
        source
    from loyalty_index_items
),

condition_rows as (
    select
        'loyal customer' as part,
        position,
        axis,
        cast(null as varchar) as dimension,
        indicator,
        cast(null as double) as weight,
        description as formula,
        case comparison
            when 'at_least' then 'at least '
            else 'at most '
        end || cast(value as varchar) as cut,
        cast(null as varchar) as source
    from loyalty_conditions
),

state_rows as (
    select
        'loyal customer' as part,
        column1 as position,
        column2 as axis,
        cast(null as varchar) as dimension,
        column3 as indicator,
        cast(null as double) as weight,
        column4 as formula,
        column5 as cut,
        'Dick and Basu (1994)' as source
    from (
        values
            (
                -1, 'behaviour', 'behaviour_state',
                'behaviour is high by the rule ' || $behaviour_rule, 'high'
            ),
            (
                0, 'attitude', 'attitude_state',
                'attitude is high on the axis ' || $attitude_axis, 'high'
            )
    ) as states
),

all_rows as (
    select * from index_rows
    union all
    select * from condition_rows
    union all
    select * from state_rows
),

final as (
    select
        part,
        position,
        axis,
        dimension,
        indicator,
        weight,
        formula,
        cut,
        source
    from all_rows
    where
        $measurement = 'both'
        or $measurement = 'behavioural' and axis = 'behaviour'
        or $measurement = 'attitudinal' and axis = 'attitude'
)

select * from final
