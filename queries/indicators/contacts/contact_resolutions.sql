-- One row per contact: the day on which its matter was resolved, which is the
-- first resolution of its case on the day of the contact or later.
--
-- A contact without a case is a case of its own. A contact resolves its case if
-- it has a moment of resolution, or if it was resolved at first contact. A
-- later contact of a resolved case opens it again. If no contact up to
-- as_of_date records a resolution, it is unknown which cases are open
-- (are_resolutions_noted).
with

stg_contacts as (
    select * from stg_contacts
),

contacts as (
    select
        contact_id,
        coalesce(
            cast(max(case_id) as varchar),
            concat('contact ', cast(contact_id as varchar))
        ) as case_id,
        cast(max(at) as date) as on_day,
        cast(
            coalesce(
                max(resolved_at),
                max(case when is_first_contact_resolved then at end)
            ) as date
        ) as resolved_on,
        count(resolved_at) + count(is_first_contact_resolved) > 0
            as tells_of_resolution
    from stg_contacts
    where contact_id is not null and at < $as_of_date + 1
    group by contact_id
),

resolutions as (
    select case_id, resolved_on
    from contacts
    where resolved_on is not null
    group by case_id, resolved_on
),

resolutions_on_file as (
    select coalesce(bool_or(tells_of_resolution), false) as are_noted
    from contacts
),

final as (
    select
        contacts.contact_id,
        min(resolutions.resolved_on) as resolved_on,
        bool_or(on_file.are_noted) as are_resolutions_noted
    from contacts
    cross join resolutions_on_file as on_file
    left join resolutions
        on contacts.case_id = resolutions.case_id
        and contacts.on_day <= resolutions.resolved_on
    group by contacts.contact_id
)

select * from final
