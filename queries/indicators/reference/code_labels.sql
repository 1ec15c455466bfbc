-- One row per column and code: the labels of the codes in the published tables,
-- from section `codes` of catalogue.yml. BI tools join it by column and code.
-- The report and the spreadsheets use the same labels.
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
