-- One row per customer of departure_evidence, and one column per sign of
-- leaving: whether each rule applies, for customers who left and for those who
-- stayed. A customer may show several signs, or none.
--
-- has_turned_to_rivals: orders from rivals rose compared with equally many days
-- before, reached $rival_orders_cut, and the probability of that many without
-- an own order is at most $rivals_only_chance_cut. A customer who always bought
-- mostly from rivals has therefore not turned to them. The sign is NULL for
-- customers who stayed, because they have bought the own brand again.
with

departure_evidence as (
    select * from departure_evidence
),

final as (
    select
        customer_id,
        has_left,
        -- Complained of overbearing treatment.
        arrogance_complaints_count > 0 as has_complained_of_arrogance,
        promise_complaints_count > 0 as has_complained_of_promise,
        -- A promise made in a contact was not kept on time.
        broken_promises_count > 0 as has_broken_promise,
        late_lines_count > 0 as has_late_delivery,
        -- A complaint was unresolved when the customer left.
        unresolved_complaints_count > 0 as is_complaint_open,
        owner_changed_on is not null as has_new_owner,
        -- A small customer who waited much longer than large customers.
        coalesce(
            size = 'small'
            and waiting_against_large
                >= cast($unequal_wait_factor as double) - 1e-7,
            false
        ) as has_waited_longer,
        -- Turbulence of the vendor in a category that the customer bought.
        turbulences_count > 0 as has_turbulence,
        -- More orders from rivals than before, beyond chance.
        case
            when has_left then coalesce(
                rival_orders_count >= $rival_orders_cut
                and rival_orders_count > rival_orders_before_count
                and rivals_only_chance
                    <= cast($rivals_only_chance_cut as double) + 1e-7,
                false
            )
        end as has_turned_to_rivals,
        -- A promotion of rivals whose sales are not on file.
        unseen_rival_promotions_count > 0 as has_rival_promotion,
        -- No outreach to this customer, although outreach is recorded.
        is_outreach_recorded and recent_outreach_count = 0
            as has_no_outreach,
        coalesce(compared_days, 0) > 0 as are_rivals_seen
    from departure_evidence
)

select * from final
