-- One row per customer of departure_evidence and one column per sign of leaving:
-- the rules, each for itself, for those who left and those who stayed. Whoever
-- left may show several signs, or none.
--
-- has_turned_to_rivals: orders of rivals rose against equally many days before, to
-- $rival_orders_cut at least, and so many of them without an own one would come
-- by chance at most once in 1 / $rivals_only_chance_cut times. Who always bought
-- mostly elsewhere and goes on so has not gone to a competitor. Who stayed bought
-- here again, so that the rule says nothing about them.
with

departure_evidence as (
    select * from departure_evidence
),

final as (
    select
        customer_id,
        has_left,
        -- complained of being treated from above or passed around
        arrogance_complaints_count > 0 as has_complained_of_arrogance,
        -- complained of a broken promise
        promise_complaints_count > 0 as has_complained_of_promise,
        -- a promise of a contact was not kept in time
        broken_promises_count > 0 as has_broken_promise,
        -- a delivery came later than promised
        late_lines_count > 0 as has_late_delivery,
        -- a complaint was still open when the customer left
        unresolved_complaints_count > 0 as is_complaint_open,
        -- somebody else took over the account
        owner_changed_on is not null as has_new_owner,
        -- a small customer who had to wait much longer than large ones
        coalesce(
            size = 'small'
            and waiting_against_large
                >= cast($unequal_wait_factor as double) - 1e-7,
            false
        ) as has_waited_longer,
        -- the vendor was in turmoil in a category the customer bought
        turbulences_count > 0 as has_turbulence,
        -- buys more from rivals than before, and not by chance
        case
            when has_left then coalesce(
                rival_orders_count >= $rival_orders_cut
                and rival_orders_count > rival_orders_before_count
                and rivals_only_chance
                    <= cast($rivals_only_chance_cut as double) + 1e-7,
                false
            )
        end as has_turned_to_rivals,
        -- one of the rivals that are not seen was luring
        unseen_rival_promotions_count > 0 as has_rival_promotion,
        -- nobody got in touch for a long time, though others were
        is_outreach_recorded and recent_outreach_count = 0
            as has_no_outreach,
        coalesce(compared_days, 0) > 0 as are_rivals_seen
    from departure_evidence
)

select * from final
