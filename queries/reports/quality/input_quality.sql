-- One row per staging table and issue: how many rows have it and what became
-- of them. A row is counted under the first issue that applies to it, in the
-- order of the cases below; the surplus copies of a duplicate, lines that differ
-- under one number, weights that are none, returns without a purchase, own money outside the results and
-- customers that no other table knows are counted beside that. Issues without
-- rows are listed with 0.
--
-- Brands and customer ids that are not written alike are other brands and other
-- customers; how they are written is in handling.
--
-- amount is the money of the rows where the issue is about money: own money of
-- the window is that of buyers plus nothing_left plus category_left_out (see
-- own_money). customers_count and customers_share are of the table's customers.
with

stg_purchases as (
    select * from stg_purchases
),

stg_survey_answers as (
    select * from stg_survey_answers
),

stg_customers as (
    select * from stg_customers
),

stg_declared_behaviour as (
    select * from stg_declared_behaviour
),

questionnaire_items as (
    select * from questionnaire_items
),

customer_base as (
    select * from customer_base
),

returns_without_purchase as (
    select * from returns_without_purchase
),

own_money as (
    select * from own_money
),

customer_id_overlap as (
    select * from customer_id_overlap
),

handling_words as (
    select code, en from catalogue_codes where column_name = 'handling_code'
),

issues as (
    select * from (
        values
            ('stg_purchases', 'missing_customer_id', 'left_out'),
            ('stg_purchases', 'missing_order_id', 'left_out'),
            ('stg_purchases', 'missing_ordered_at', 'left_out'),
            ('stg_purchases', 'after_as_of_date', 'left_out'),
            ('stg_purchases', 'duplicate_line', 'one_copy_kept'),
            ('stg_purchases', 'conflicting_line', 'all_kept'),
            ('stg_purchases', 'missing_amount', 'amount_unknown'),
            ('stg_purchases', 'return_without_purchase', 'lowers_amounts'),
            ('stg_purchases', 'nothing_left', 'no_buyers'),
            ('stg_purchases', 'category_left_out', 'category_left_out'),
            ('stg_purchases', 'brand_spelling', 'other_brands'),
            ('stg_purchases', 'customer_id_spelling', 'other_customers'),
            ('stg_purchases', 'unmatched_customer', 'kept'),
            ('stg_survey_answers', 'missing_response_id', 'left_out'),
            ('stg_survey_answers', 'missing_item_id', 'left_out'),
            ('stg_survey_answers', 'missing_answered_at', 'left_out'),
            ('stg_survey_answers', 'after_as_of_date', 'left_out'),
            ('stg_survey_answers', 'duplicate_answer', 'one_copy_kept'),
            ('stg_survey_answers', 'unknown_item', 'left_out'),
            ('stg_survey_answers', 'missing_score', 'no_answer'),
            ('stg_survey_answers', 'out_of_scale', 'no_score'),
            ('stg_survey_answers', 'invalid_weight', 'weighs_one'),
            ('stg_survey_answers', 'missing_customer_id', 'anonymous'),
            ('stg_survey_answers', 'brand_spelling', 'other_brands'),
            ('stg_survey_answers', 'customer_id_spelling', 'other_customers'),
            ('stg_survey_answers', 'unmatched_customer', 'kept'),
            ('stg_survey_invitations', 'customer_id_spelling', 'other_customers'),
            ('stg_survey_invitations', 'unmatched_customer', 'kept'),
            ('stg_account_owners', 'customer_id_spelling', 'other_customers'),
            ('stg_account_owners', 'unmatched_customer', 'kept'),
            ('stg_contacts', 'customer_id_spelling', 'other_customers'),
            ('stg_contacts', 'unmatched_customer', 'kept'),
            ('stg_campaigns', 'customer_id_spelling', 'other_customers'),
            ('stg_campaigns', 'unmatched_customer', 'kept'),
            ('stg_customers', 'customer_id_spelling', 'other_customers'),
            ('stg_customers', 'unmatched_customer', 'kept'),
            ('stg_declared_behaviour', 'customer_id_spelling', 'other_customers'),
            ('stg_declared_behaviour', 'unmatched_customer', 'kept'),
            ('stg_customers', 'missing_customer_id', 'left_out'),
            ('stg_customers', 'duplicate_customer', 'counted_once'),
            ('stg_customers', 'joins_after_as_of_date', 'not_yet_customer'),
            ('stg_declared_behaviour', 'missing_customer_id', 'left_out'),
            ('stg_declared_behaviour', 'duplicate_customer', 'counted_once'),
            ('stg_declared_behaviour', 'unknown_customer', 'left_out'),
            ('stg_declared_behaviour', 'unknown_state', 'behaviour_unknown')
    ) as issues (table_name, issue, handling_code)
),

purchase_rows as (
    select
        case
            when customer_id is null then 'missing_customer_id'
            when order_id is null then 'missing_order_id'
            when ordered_at is null then 'missing_ordered_at'
            when ordered_at >= $as_of_date + 1 then 'after_as_of_date'
            when amount is null then 'missing_amount'
        end as issue,
        count(*) as rows_count
    from stg_purchases
    group by 1
),

answer_rows as (
    select
        case
            when answers.response_id is null then 'missing_response_id'
            when answers.item_id is null then 'missing_item_id'
            when answers.answered_at is null then 'missing_answered_at'
            when answers.answered_at >= $as_of_date + 1 then 'after_as_of_date'
            when items.item_id is null then 'unknown_item'
            when answers.score is null then 'missing_score'
            when answers.score not between items.scale_min and items.scale_max
                and not array_has(items.missing_codes, answers.score)
                then 'out_of_scale'
            when answers.customer_id is null then 'missing_customer_id'
        end as issue,
        count(*) as rows_count
    from stg_survey_answers as answers
    left join questionnaire_items as items
        on answers.item_id = items.item_id
    group by 1
),

registered as (
    select customer_id, count(*) as rows_count
    from stg_customers
    group by customer_id
),

register_rows as (
    select
        case
            when registered.customer_id is null then 'missing_customer_id'
            -- A registered customer is missing only if the joining date is
            -- later.
            when customers.customer_id is null then 'joins_after_as_of_date'
        end as issue,
        sum(case when registered.customer_id is null then rows_count else 1 end)
            as rows_count
    from registered
    left join customer_base as customers
        on registered.customer_id = customers.customer_id
    group by 1
    union all
    select 'duplicate_customer' as issue, sum(rows_count - 1) as rows_count
    from registered
    where customer_id is not null
),

declared as (
    select
        customer_id,
        max(case when behaviour_state in ('high', 'low') then 0 else 1 end)
            as has_unknown_state,
        count(*) as rows_count
    from stg_declared_behaviour
    group by customer_id
),

declared_rows as (
    select
        case
            when declared.customer_id is null then 'missing_customer_id'
            when customers.customer_id is null then 'unknown_customer'
            when declared.has_unknown_state = 1 then 'unknown_state'
        end as issue,
        sum(case when declared.customer_id is null then rows_count else 1 end)
            as rows_count
    from declared
    left join customer_base as customers
        on declared.customer_id = customers.customer_id
    group by 1
    union all
    select 'duplicate_customer' as issue, sum(rows_count - 1) as rows_count
    from declared
    where customer_id is not null
),

-- these are part of the rows above: they do not add to the table's rows
copies as (
    select
        'stg_purchases' as table_name, 'duplicate_line' as issue,
        sum(copies_count) as rows_count
    from duplicate_purchase_lines
    union all
    select
        'stg_survey_answers' as table_name, 'duplicate_answer' as issue,
        sum(copies_count - 1) as rows_count
    from duplicate_survey_answers
    union all
    select
        'stg_survey_answers' as table_name, 'invalid_weight' as issue,
        count(*) as rows_count
    from stg_survey_answers as answers
    left semi join questionnaire_items as items
        on answers.item_id = items.item_id
    where
        not (
            answers.response_weight >= 0
            and answers.response_weight < 'infinity'
        )
        and answers.response_id is not null
        and answers.answered_at < $as_of_date + 1
        and answers.score is not null
        and (answers.brand is null or answers.brand = $brand)
),

-- These rows are among the rows above too.
money as (
    select
        'return_without_purchase' as issue,
        sum(lines_count) as rows_count,
        count(distinct customer_id) as customers_count,
        sum(amount) as amount
    from returns_without_purchase
    union all
    select
        part as issue,
        lines_count as rows_count,
        customers_count,
        amount
    from own_money
    where part <> 'buyers'
    union all
    select
        'conflicting_line' as issue,
        sum(conflicting_lines_count) as rows_count,
        null as customers_count,
        sum(conflicting_amount) as amount
    from duplicate_purchase_lines
),

rated_brands as (
    select
        'stg_purchases' as table_name,
        brand,
        count(*) as rows_count,
        sum(amount) as amount
    from stg_purchases
    where
        customer_id is not null
        and order_id is not null
        and ordered_at < $as_of_date + 1
    group by brand
    union all
    select
        'stg_survey_answers' as table_name,
        brand,
        count(*) as rows_count,
        null as amount
    from stg_survey_answers
    where
        response_id is not null
        and item_id is not null
        and answered_at < $as_of_date + 1
    group by brand
),

-- blanks of all kinds
brand_spellings as (
    select
        table_name,
        sum(rows_count) as rows_count,
        sum(amount) as amount,
        array_to_string(array_agg('`' || brand || '`' order by brand), ', ')
            as spellings
    from rated_brands
    where
        brand <> $brand
        and lower(regexp_replace(brand, '^\s+|\s+$', '', 'g'))
            = lower(regexp_replace($brand, '^\s+|\s+$', '', 'g'))
    group by table_name
),

counted as (
    select 'stg_purchases' as table_name, issue, rows_count from purchase_rows
    union all
    select 'stg_survey_answers' as table_name, issue, rows_count
    from answer_rows
    union all
    select 'stg_customers' as table_name, issue, rows_count from register_rows
    union all
    select 'stg_declared_behaviour' as table_name, issue, rows_count
    from declared_rows
),

-- The other tables are checked for unmatched customers only.
other_rows as (
    select 'stg_survey_invitations' as table_name, count(*) as rows_count
    from stg_survey_invitations
    union all
    select 'stg_account_owners' as table_name, count(*) as rows_count
    from stg_account_owners
    union all
    select 'stg_contacts' as table_name, count(*) as rows_count
    from stg_contacts
    union all
    select 'stg_campaigns' as table_name, count(*) as rows_count
    from stg_campaigns
),

table_rows as (
    select table_name, sum(rows_count) as table_rows_count
    from counted
    group by table_name
    union all
    select table_name, rows_count as table_rows_count
    from other_rows
),

found as (
    select
        table_name,
        issue,
        rows_count,
        cast(null as bigint) as customers_count,
        cast(null as double) as customers_share,
        cast(null as decimal(38, 2)) as amount,
        cast(null as varchar) as hint
    from counted
    union all
    select
        table_name, issue, rows_count,
        null as customers_count, null as customers_share, null as amount,
        null as hint
    from copies
    union all
    select
        'stg_purchases' as table_name, issue, rows_count,
        customers_count, null as customers_share, amount, null as hint
    from money
    union all
    select
        table_name, 'unmatched_customer' as issue,
        unmatched_rows_count as rows_count,
        unmatched_count as customers_count,
        unmatched_share as customers_share, null as amount, hint
    from customer_id_overlap
    union all
    select
        table_name, 'customer_id_spelling' as issue,
        alike_rows_count as rows_count,
        alike_count as customers_count,
        cast(alike_count as double) / cast(customers_count as double)
            as customers_share,
        null as amount, alike_hint as hint
    from customer_id_overlap
    union all
    select
        table_name, 'brand_spelling' as issue, rows_count,
        null as customers_count, null as customers_share, amount,
        spellings as hint
    from brand_spellings
),

final as (
    select
        issues.table_name,
        issues.issue,
        coalesce(found.rows_count, 0) as rows_count,
        coalesce(table_rows.table_rows_count, 0) as table_rows_count,
        cast(found.customers_count as bigint) as customers_count,
        cast(found.customers_share as double) as customers_share,
        cast(found.amount as decimal(38, 2)) as amount,
        issues.handling_code,
        handling_words.en || coalesce('; ' || found.hint, '') as handling
    from issues
    left join handling_words on issues.handling_code = handling_words.code
    left join found
        on issues.table_name = found.table_name
        and issues.issue = found.issue
    left join table_rows
        on issues.table_name = table_rows.table_name
)

select * from final
