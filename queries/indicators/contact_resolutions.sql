-- One row per contact: the day on which its case was resolved.
--
-- A contact without case is a case of its own. A case is resolved with its last
-- resolution on file, or, without any, on the day of a contact that says that
-- it was resolved at first contact. Where no contact ever tells of a resolution,
-- nobody knows which cases are open.
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
        max(resolved_at) as resolved_at,
        max(case when is_first_contact_resolved then at end)
            as resolved_at_first_contact
    from stg_contacts
    where contact_id is not null and at < $as_of_date + 1
    group by contact_id
),

cases as (
    select
        case_id,
        cast(
            coalesce(max(resolved_at), max(resolved_at_first_contact)) as date
        ) as resolved_on
    from contacts
    group by case_id
),

resolutions_on_file as (
    select
        count(resolved_at) + count(is_first_contact_resolved) > 0 as are_noted
    from stg_contacts
),

final as (
    select
        contacts.contact_id,
        cases.resolved_on,
        resolutions_on_file.are_noted as are_resolutions_noted
    from contacts
    cross join resolutions_on_file
    inner join cases
        on contacts.case_id = cases.case_id
)

select * from final
