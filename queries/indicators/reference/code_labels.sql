-- One row per column and code: what the codes of the published tables are
-- called, from the part `codes` of catalogue.yml. BI tools join it by column and
-- code; the report and spreadsheets write the same words.
with

catalogue_codes as (
    select * from catalogue_codes
),

final as (
    select
        column_name,
        code,
        en,
        zh
    from catalogue_codes
)

select * from final
