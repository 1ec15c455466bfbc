-- One row per figure of the requirement and of named authors (textbook_values):
-- what it says, its source, and this business's own figure in total
-- (indicators) where there is one. A range is one row with both ends. The own
-- figure is left out where a parameter makes it a figure of something else:
-- another share of the money than the rule of Pareto speaks of, another change
-- of retention than the profit lever's. Neither enters the other.
with

textbook_values as (
    select * from textbook_values
),

indicators as (
    select * from indicators where dimension = 'total'
),

-- both ends of a range under one key
keyed as (
    select
        *,
        case
            when value_key like '%\_low' escape '\'
                then substr(value_key, 1, character_length(value_key) - 4)
            when value_key like '%\_high' escape '\'
                then substr(value_key, 1, character_length(value_key) - 5)
            else value_key
        end as textbook_key
    from textbook_values
),

statements as (
    select
        textbook_key,
        min(value) as textbook_low,
        max(value) as textbook_high,
        min(unit) as unit,
        min(wording) as wording,
        min(wording_zh) as wording_zh,
        min(source) as source,
        min(indicator) as indicator
    from keyed
    group by textbook_key
),

-- what the figures with a parameter of their own are about
about as (
    select
        coalesce(
            abs(
                max(case when value_key = 'pareto_amount_share' then value end)
                - cast($pareto_amount_share as double)
            ) < 1e-7,
            false
        ) as is_same_amount_share,
        coalesce(
            abs(
                max(case when value_key = 'retention_change' then value end)
                - cast($retention_change as double)
            ) < 1e-7,
            false
        ) as is_same_retention_change
    from textbook_values
),

compared as (
    select
        statements.*,
        case
            when statements.indicator = 'pareto_customers_share'
                then about.is_same_amount_share
            when statements.indicator in (
                'retention_profit_gain', 'retention_profit_loss'
            ) then about.is_same_retention_change
            else true
        end as is_comparable
    from statements
    cross join about
),

final as (
    select
        compared.textbook_key,
        compared.wording,
        compared.wording_zh,
        compared.source,
        compared.unit,
        compared.textbook_low,
        nullif(compared.textbook_high, compared.textbook_low) as textbook_high,
        compared.indicator,
        own.value as own_value,
        own.low as own_low,
        own.high as own_high,
        own.n
    from compared
    left join indicators as own
        on compared.indicator = own.indicator
        and compared.is_comparable
)

select * from final
