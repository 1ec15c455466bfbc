-- One row per customer who left in the window of $window_days whole days that
-- end with as_of_date: when, why, what shows it, and the money that went.
--
-- Three counts of who left differ on purpose. Segment former: no longer a customer
-- at as_of_date, of those who closed the account or whose behaviour is high.
-- Here: left within the window, whatever the behaviour; segment tells both apart.
-- win_back: left at any time and may be contacted.
--
-- Eight causes, the price, and unknown. What the customer said counts first
-- (close_reason, as the source has it); then the first rule below that holds:
-- what happened to the customer alone before what hit everybody. Facts are
-- counted in departure_evidence. These are signs that came before the leaving,
-- not proofs of its cause. The price is a cause only where the customer said so:
-- nothing on file shows that it was too high for somebody.
--
-- A competitor is the cause by rule only where the customer turned to one: orders
-- of rivals rose against equally many days before, to $rival_orders_cut at least,
-- and so many of them without an own one would come by chance at most once in
-- 1 / $rivals_only_chance_cut times. Who always bought mostly elsewhere and goes on
-- so has not gone to a competitor.
with

departure_evidence as (
    select * from departure_evidence
),

customer_loyalty as (
    select customer_id, segment from customer_loyalty
),

evidence_words as (
    select code, en from catalogue_codes where column_name = 'evidence_code'
),

-- the rules; the first that holds gives the cause
stated as (
    select
        *,
        case
            -- the mapping of reasons says what it stands for
            when mapped_cause <> 'unknown' then mapped_cause
            -- the reason is the name of a cause
            when close_reason in (
                'staff_turnover', 'competitor', 'vendor_turbulence',
                'neglected_details', 'broken_promises', 'overbearing_vendor',
                'unequal_treatment', 'natural', 'price'
            ) then close_reason
            -- life went on: no vendor could have kept them
            when close_reason in ('moved', 'closed', 'deceased') then 'natural'
        end as stated_cause,
        coalesce(
            rival_orders_count >= $rival_orders_cut
            and rival_orders_count > rival_orders_before_count
            and rivals_only_chance
                <= cast($rivals_only_chance_cut as double) + 1e-7,
            false
        ) as has_turned_to_rivals
    from departure_evidence
),

judged as (
    select
        *,
        case
            when stated_cause is not null then stated_cause
            -- complained of being treated from above or passed around
            when arrogance_complaints_count > 0 then 'overbearing_vendor'
            -- complained of a broken promise
            when promise_complaints_count > 0 then 'broken_promises'
            -- a promise of a contact was not kept in time
            when broken_promises_count > 0 then 'broken_promises'
            -- a delivery came later than promised
            when late_lines_count > 0 then 'broken_promises'
            -- a complaint was still open when the customer left
            when unresolved_complaints_count > 0 then 'neglected_details'
            -- somebody else took over the account
            when owner_changed_on is not null then 'staff_turnover'
            -- a small customer who had to wait much longer than large ones
            when size = 'small'
                and waiting_against_large
                    >= cast($unequal_wait_factor as double) - 1e-7
                then 'unequal_treatment'
            -- the vendor was in turmoil in a category the customer bought
            when turbulences_count > 0 then 'vendor_turbulence'
            -- buys more from rivals than before, and not by chance
            when has_turned_to_rivals then 'competitor'
            -- one of the rivals that are not seen was luring
            when unseen_rival_promotions_count > 0 then 'competitor'
            -- nobody got in touch for a long time, though others were
            when is_outreach_recorded and recent_outreach_count = 0
                then 'natural'
            else 'unknown'
        end as churn_cause
    from stated
),

shown as (
    select
        *,
        case
            when stated_cause is not null then 'said'
            when churn_cause = 'overbearing_vendor'
                then 'complained_of_arrogance'
            when churn_cause = 'broken_promises'
                and promise_complaints_count > 0
                then 'complained_of_promise'
            when churn_cause = 'broken_promises' and broken_promises_count > 0
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
