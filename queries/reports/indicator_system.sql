-- One row per indicator of the loyalty index and per condition of a loyal
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
        dimension_zh,
        indicator,
        weight,
        formula,
        formula_zh,
        case mapping
            when 'range' then
                cast(range_from as varchar) || ' to ' || cast(range_to as varchar)
            else mapping
        end as cut,
        case mapping
            when 'range' then
                cast(range_from as varchar) || '至' || cast(range_to as varchar)
            when 'share' then '原值'
            when 'percentile' then '百分位'
        end as cut_zh,
        source
    from loyalty_index_items
),

condition_rows as (
    select
        'loyal customer' as part,
        position,
        axis,
        cast(null as varchar) as dimension,
        cast(null as varchar) as dimension_zh,
        indicator,
        cast(null as double) as weight,
        description as formula,
        description_zh as formula_zh,
        case comparison
            when 'at_least' then 'at least '
            else 'at most '
        end || cast(value as varchar) as cut,
        case comparison
            when 'at_least' then '至少'
            else '至多'
        end || cast(value as varchar) as cut_zh,
        cast(null as varchar) as source
    from loyalty_conditions
),

state_rows as (
    select
        'loyal customer' as part,
        column1 as position,
        column2 as axis,
        cast(null as varchar) as dimension,
        cast(null as varchar) as dimension_zh,
        column3 as indicator,
        cast(null as double) as weight,
        column4 as formula,
        column5 as formula_zh,
        column6 as cut,
        '高' as cut_zh,
        'Dick and Basu (1994)' as source
    from (
        values
            (
                -1, 'behaviour', 'behaviour_state',
                'behaviour is high by the rule ' || $behaviour_rule,
                '按规则行为高：' || case $behaviour_rule
                    when 'share' then '本品牌份额'
                    when 'count' then '购买次数'
                    when 'declared' then '客户自述'
                    when 'retained' then '仍为客户'
                    when 'index' then '行为忠诚度指数'
                end,
                'high'
            ),
            (
                0, 'attitude', 'attitude_state',
                'attitude is high on the axis ' || $attitude_axis,
                '态度高，采用' || case $attitude_axis
                    when 'relative' then '与竞争对手相比的相对态度'
                    else '绝对态度'
                end,
                'high'
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
        dimension_zh,
        indicator,
        weight,
        formula,
        formula_zh,
        cut,
        cut_zh,
        source
    from all_rows
    where
        $measurement = 'both'
        or $measurement = 'behavioural' and axis = 'behaviour'
        or $measurement = 'attitudinal' and axis = 'attitude'
)

select * from final
