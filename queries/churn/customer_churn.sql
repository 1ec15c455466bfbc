-- One row per customer who left in the window of $window_days whole days that
-- end with as_of_date: when, why, the evidence, and the lost amount.
--
-- Three counts of customers who left differ by definition. Segment former holds
-- customers whose account is closed at as_of_date, or whose behaviour is high
-- and who are no longer active. This table holds everybody who left within the
-- window, whatever their behaviour. win_back holds customers who left at any
-- time, except those known not to be contacted.
--
-- The cause is one of eight, the price, or unknown. A stated reason
-- (close_reason) comes first. Otherwise the first rule below that applies gives
-- the cause; events of the single customer come before events that affected all
-- customers. The signs come from departure_signs and preceded the departure;
-- they do not prove its cause. The price is a cause only if the customer stated
-- it. churn_causes tests whether a sign is more frequent among customers who
-- left.
with

departure_evidence as (
    select * from departure_evidence where has_left
),

departure_signs as (
    select * from departure_signs where has_left
),

customer_loyalty as (
    select customer_id, segment from customer_loyalty
),

evidence_words as (
    select code, en from catalogue_codes where column_name = 'evidence_code'
),

-- The stated cause, if there is one.
stated as (
    select
        *,
        case
            -- stg_close_reason_causes maps the reason to a cause.
            when mapped_cause <> 'unknown' then mapped_cause
            -- The reason is already the code of a cause.
            when close_reason in (
                'staff_turnover', 'competitor', 'vendor_turbulence',
                'neglected_details', 'broken_promises', 'overbearing_vendor',
                'unequal_treatment', 'natural', 'price'
            ) then close_reason
            -- Reasons outside the vendor's control.
            when close_reason in ('moved', 'closed', 'deceased') then 'natural'
        end as stated_cause
    from departure_evidence
),

judged as (
    select
        stated.*,
        signs.has_complained_of_arrogance,
        signs.has_complained_of_promise,
        signs.has_broken_promise,
        signs.has_turned_to_rivals,
        case
            when stated.stated_cause is not null then stated.stated_cause
            when signs.has_complained_of_arrogance then 'overbearing_vendor'
            when signs.has_complained_of_promise
                or signs.has_broken_promise
                or signs.has_late_delivery
                then 'broken_promises'
            when signs.is_complaint_open then 'neglected_details'
            when signs.has_new_owner then 'staff_turnover'
            when signs.has_waited_longer then 'unequal_treatment'
            when signs.has_turbulence then 'vendor_turbulence'
            when signs.has_turned_to_rivals or signs.has_rival_promotion
                then 'competitor'
            when signs.has_no_outreach then 'natural'
            else 'unknown'
        end as churn_cause
    from stated
    inner join departure_signs as signs
        on stated.customer_id = signs.customer_id
),

shown as (
    select
        *,
        case
            when stated_cause is not null then 'said'
            when churn_cause = 'overbearing_vendor'
                then 'complained_of_arrogance'
            when churn_cause = 'broken_promises'
                and has_complained_of_promise
                then 'complained_of_promise'
            when churn_cause = 'broken_promises' and has_broken_promise
                then 'promise_not_kept'
            when churn_cause = 'broken_promises' then 'delivery_late'
            when churn_cause = 'neglected_details' then 'complaint_open'
            when churn_cause = 'staff_turnover' then 'new_account_owner'
            when churn_cause = 'unequal_treatment' then 'waited_longer'
            when churn_cause = 'vendor_turbulence' then 'our_turbulence'
            when churn_cause = 'competitor'
                and has_turned_to_rivals then 'bought_from_rivals'
            when churn_cause = 'competitor' then 'rival_promotion'
            when churn_cause = 'natural' then 'nobody_in_touch'
        end as evidence_code
    from judged
),

final as (
    select
        shown.customer_id,
        loyalty.segment,
        stopped_at,
        left_at,
        close_reason,
        churn_cause,
        case
            when stated_cause is not null then 'stated'
            when churn_cause <> 'unknown' then 'rule'
        end as cause_source,
        evidence_code,
        case evidence_code
            when 'said' then evidence_words.en || ': ' || close_reason
            when 'new_account_owner'
                then evidence_words.en || ' since '
                    || cast(owner_changed_on as varchar)
            else evidence_words.en
        end as evidence,
        amount
    from shown
    left join customer_loyalty as loyalty
        on shown.customer_id = loyalty.customer_id
    left join evidence_words on shown.evidence_code = evidence_words.code
)

select * from final
