-- One row per figure of the requirement or of a named author (textbook_values):
-- its wording, its source, and the computed figure in total (indicators) with
-- the same meaning. own_measures describes the computed figure; alone_because
-- gives the reason if there is none. A range has one row with both ends.
--
-- The computed figure is left out if a parameter gives it another meaning:
-- another share of the amount than the Pareto rule, or another change of
-- retention than the textbook figure. Neither figure enters the computation of
-- the other.
with

textbook_values as (
    select * from textbook_values
),

indicators as (
    select * from indicators where dimension = 'total'
),

own_words as (
    select code, en from catalogue_codes where column_name = 'own_measures'
),

reason_words as (
    select code, en
    from catalogue_codes
    where column_name = 'alone_because_code'
),

-- Both ends of a range get the same key.
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
        min(indicator) as indicator,
        min(alone_because_code) as no_own_figure_code
    from keyed
    group by textbook_key
),

-- Whether the parameters are those that the textbook figures refer to.
parameters_in_use as (
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
                then parameters_in_use.is_same_amount_share
            when statements.indicator in (
                'retention_profit_gain', 'retention_profit_loss'
            ) then parameters_in_use.is_same_retention_change
            else true
        end as is_comparable
    from statements
    cross join parameters_in_use
),

joined as (
    select
        compared.*,
        own.value as own_value,
        own.low as own_low,
        own.high as own_high,
        own.n,
        case
            when compared.no_own_figure_code is not null
                then compared.no_own_figure_code
            when not compared.is_comparable then 'other_setting'
            when own.value is null
                and $answer_dates_assumed
                and compared.indicator like 'left\_share\_%' escape '\'
                then 'answer_dates_assumed'
            when own.value is null then 'not_known'
        end as alone_because_code
    from compared
    left join indicators as own
        on compared.indicator = own.indicator
        and compared.is_comparable
),

final as (
    select
        joined.textbook_key,
        joined.wording,
        joined.wording_zh,
        joined.source,
        joined.unit,
        joined.textbook_low,
        nullif(joined.textbook_high, joined.textbook_low) as textbook_high,
        joined.indicator,
        own_words.en as own_measures,
        own_words.code as own_measures_code,
        joined.own_value,
        joined.own_low,
        joined.own_high,
        joined.n,
        joined.alone_because_code,
        reason_words.en as alone_because
    from joined
    left join own_words
        on joined.indicator = own_words.code
    left join reason_words
        on joined.alone_because_code = reason_words.code
)

select * from final
