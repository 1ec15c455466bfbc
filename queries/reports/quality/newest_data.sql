-- One row per kind of data: the day of the newest row that the indicators use,
-- and its age in days at as_of_date. Rows that the indicators do not use, such
-- as rows after as_of_date, do not count, so that a feed that has stopped is
-- noticed. Kinds without such a row are left out.
--
-- Own purchases are late if the newest one is older than a tenth of the
-- purchase window, because some customer normally buys almost every day.
with

customer_loyalty as (
    select * from customer_loyalty
),

survey_responses as (
    select * from survey_responses
),

stg_contacts as (
    select * from stg_contacts
),

newest as (
    select
        1 as position,
        'own_purchases' as data_kind,
        cast(max(last_own_ordered_at) as date) as newest_on
    from customer_loyalty
    union all
    select
        2 as position,
        'survey_answers' as data_kind,
        cast(max(responded_at) as date) as newest_on
    from survey_responses
    union all
    select
        3 as position,
        'contacts' as data_kind,
        cast(max(at) as date) as newest_on
    from stg_contacts
    where at < $as_of_date + 1
),

final as (
    select
        position,
        data_kind,
        newest_on,
        cast($as_of_date - newest_on as bigint) as days_before,
        data_kind = 'own_purchases'
        and cast($as_of_date - newest_on as bigint) * 10 > $window_days
            as is_late
    from newest
    where newest_on is not null
)

select * from final
