-- One row per canonical table with customers: the number of its customers that
-- no other table has. If two sources write ids differently, no customer
-- matches, and each is counted twice with half of the data.
--
-- unmatched: customers of the table found in none of the others; NULL where no
-- other table has customers. missed_share: of those that could have been found,
-- that is of the table's customers or of all others, whichever are fewer, the
-- share that was not; a survey of a few among many buyers so does not count as a
-- miss. would_meet: unmatched ones that another table has when both are trimmed,
-- in small letters, without `.0` at the end and without leading zeros; hint says
-- which of these it takes. Ids are written differently by accident, so nothing
-- is joined by that. Looked for only where $unmatched_customers_share is passed.
--
-- alike: customers of one table whose ids are the same when they are trimmed and
-- in small letters; always looked for, and nothing is joined by that either.
with

stg_customers as (
    select * from stg_customers
),

stg_survey_answers as (
    select * from stg_survey_answers
),

stg_survey_invitations as (
    select * from stg_survey_invitations
),

stg_account_owners as (
    select * from stg_account_owners
),

stg_contacts as (
    select * from stg_contacts
),

stg_campaigns as (
    select * from stg_campaigns
),

stg_declared_behaviour as (
    select * from stg_declared_behaviour
),

purchase_history as (
    select * from purchase_history
),

tables as (
    select * from (
        values
            (1, 'stg_purchases'),
            (2, 'stg_survey_answers'),
            (3, 'stg_survey_invitations'),
            (4, 'stg_customers'),
            (5, 'stg_account_owners'),
            (6, 'stg_contacts'),
            (7, 'stg_campaigns'),
            (8, 'stg_declared_behaviour')
    ) as tables (table_number, table_name)
),

rows_of_tables as (
    select customer_id, 1 as table_number, lines_count as rows_count
    from purchase_history
    union all
    select customer_id, 2 as table_number, 1 as rows_count
    from stg_survey_answers
    union all
    select customer_id, 3 as table_number, 1 as rows_count
    from stg_survey_invitations
    union all
    select customer_id, 4 as table_number, 1 as rows_count
    from stg_customers
    union all
    select customer_id, 5 as table_number, 1 as rows_count
    from stg_account_owners
    union all
    select customer_id, 6 as table_number, 1 as rows_count
    from stg_contacts
    union all
    select customer_id, 7 as table_number, 1 as rows_count
    from stg_campaigns
    union all
    select customer_id, 8 as table_number, 1 as rows_count
    from stg_declared_behaviour
),

ids as (
    select customer_id, table_number, sum(rows_count) as rows_count
    from rows_of_tables
    where customer_id is not null
    group by customer_id, table_number
),

-- A customer with tables_count = 1 is unmatched in that table.
customers as (
    select
        customer_id,
        min(table_number) as table_number,
        count(*) as tables_count,
        sum(rows_count) as rows_count
    from ids
    group by customer_id
),

-- only ids that are not trimmed and small already can be like another one
spelled as (
    select
        table_number,
        rows_count,
        cast(customer_id as varchar) as id,
        lower(btrim(cast(customer_id as varchar))) as key
    from ids
),

odd_keys as (
    select table_number, key
    from spelled
    where id <> key
    group by table_number, key
),

alike_keys as (
    select
        spelled.table_number,
        spelled.key,
        count(*) as customers_count,
        sum(spelled.rows_count) as rows_count,
        min(lower(spelled.id)) <> max(lower(spelled.id)) as needs_trimming,
        min(btrim(spelled.id)) <> max(btrim(spelled.id)) as needs_folding
    from spelled
    left semi join odd_keys
        on spelled.table_number = odd_keys.table_number
        and spelled.key = odd_keys.key
    group by spelled.table_number, spelled.key
    having count(*) > 1
),

alike as (
    select
        table_number,
        sum(customers_count) as alike_count,
        sum(rows_count) as alike_rows_count,
        count(*) as keys_count,
        bool_or(needs_trimming) as needs_trimming,
        bool_or(needs_folding) as needs_folding
    from alike_keys
    group by table_number
),

unmatched as (
    select
        table_number,
        count(*) as unmatched_count,
        sum(rows_count) as unmatched_rows_count
    from customers
    where tables_count = 1
    group by table_number
),

sizes as (
    select table_number, count(*) as customers_count
    from ids
    group by table_number
),

all_customers as (
    select count(*) as customers_count from customers
),

counted as (
    select
        tables.table_number,
        tables.table_name,
        coalesce(sizes.customers_count, 0) as customers_count,
        coalesce(unmatched.unmatched_count, 0) as unmatched_count,
        coalesce(unmatched.unmatched_rows_count, 0) as unmatched_rows_count,
        -- All customers except those that only this table has.
        all_customers.customers_count - coalesce(unmatched.unmatched_count, 0)
            as others_count
    from tables
    cross join all_customers
    left join sizes
        on tables.table_number = sizes.table_number
    left join unmatched
        on tables.table_number = unmatched.table_number
),

judged as (
    select
        *,
        1 - cast(customers_count - unmatched_count as double)
            / nullif(least(customers_count, others_count), 0) as missed_share
    from counted
    where customers_count > 0
),

warned as (
    select count(*) as warned_count
    from judged
    where missed_share > $unmatched_customers_share
    having count(*) > 0
),

-- Each id after all steps (key), and after all but one.
written_ids as (
    select
        customers.customer_id,
        customers.table_number,
        customers.tables_count,
        cast(customers.customer_id as varchar) as id
    from customers
    cross join warned
),

normalised as (
    select
        customer_id,
        table_number,
        tables_count,
        ltrim(
            regexp_replace(lower(btrim(id)), '[.]0+$', ''), '0'
        ) as key,
        ltrim(regexp_replace(lower(id), '[.]0+$', ''), '0') as not_trimmed,
        ltrim(regexp_replace(btrim(id), '[.]0+$', ''), '0') as not_folded,
        ltrim(lower(btrim(id)), '0') as with_decimals,
        regexp_replace(lower(btrim(id)), '[.]0+$', '') as with_zeros
    from written_ids
),

-- Ids of the same table with the same key are no match.
keys as (
    select
        key,
        min(table_number) as first_table,
        max(table_number) as last_table,
        max(tables_count) as tables_count,
        min(not_trimmed) <> max(not_trimmed) as needs_trimming,
        min(not_folded) <> max(not_folded) as needs_folding,
        min(with_decimals) <> max(with_decimals) as needs_no_decimals,
        min(with_zeros) <> max(with_zeros) as needs_no_zeros
    from normalised
    group by key
    having count(*) > 1
),

would_match as (
    select
        normalised.table_number,
        count(*) as would_meet_count,
        bool_or(keys.needs_trimming) as needs_trimming,
        bool_or(keys.needs_folding) as needs_folding,
        bool_or(keys.needs_no_decimals) as needs_no_decimals,
        bool_or(keys.needs_no_zeros) as needs_no_zeros
    from normalised
    inner join keys
        on normalised.key = keys.key
    where
        normalised.tables_count = 1
        and (keys.first_table <> keys.last_table or keys.tables_count > 1)
    group by normalised.table_number
),

final as (
    select
        judged.table_name,
        judged.customers_count,
        case when judged.others_count > 0 then judged.unmatched_count end
            as unmatched_count,
        case when judged.others_count > 0 then judged.unmatched_rows_count end
            as unmatched_rows_count,
        case when judged.others_count > 0
            then cast(judged.unmatched_count as double)
                / cast(judged.customers_count as double) end
            as unmatched_share,
        judged.missed_share,
        case when judged.missed_share > $unmatched_customers_share
            then coalesce(would_match.would_meet_count, 0) end
            as would_meet_count,
        case when judged.missed_share > $unmatched_customers_share
            and would_match.would_meet_count > 0
            then would_match.would_meet_count
                || ' would meet after '
                || array_to_string(
                    make_array(
                        case when would_match.needs_trimming
                            then 'trimming' end,
                        case when would_match.needs_folding
                            then 'ignoring upper and lower case' end,
                        case when would_match.needs_no_decimals
                            then 'dropping .0 at the end' end,
                        case when would_match.needs_no_zeros
                            then 'dropping leading zeros' end
                    ),
                    ' and '
                ) end as hint,
        coalesce(alike.alike_count, 0) as alike_count,
        coalesce(alike.alike_rows_count, 0) as alike_rows_count,
        alike.alike_count || ' would be ' || alike.keys_count || ' after '
            || array_to_string(
                make_array(
                    case when alike.needs_trimming then 'trimming' end,
                    case when alike.needs_folding
                        then 'ignoring upper and lower case' end
                ),
                ' and '
            ) as alike_hint
    from judged
    left join alike
        on judged.table_number = alike.table_number
    left join would_match
        on judged.table_number = would_match.table_number
)

select * from final
