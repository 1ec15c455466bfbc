-- One row per reason of leaving in the files, with the closest cause: one of
-- the eight, the price, or unknown. Change the mapping here.
--
-- A reason about the price paid is mapped to price, a reason about the offer of
-- a rival to competitor. A limited range of services counts as competitor,
-- because rivals offer what is missing.
with

final as (
    select * from (
        values
            -- A rival had the better offer.
            ('Competitor had better devices', 'competitor'),
            ('Competitor made better offer', 'competitor'),
            ('Competitor offered higher download speeds', 'competitor'),
            ('Competitor offered more data', 'competitor'),
            -- The price is too high.
            ('Price too high', 'price'),
            ('Long distance charges', 'price'),
            ('Extra data charges', 'price'),
            ('Lack of affordable download/upload speed', 'price'),
            -- Rivals offer what is missing.
            ('Limited range of services', 'competitor'),
            -- Overbearing treatment.
            ('Attitude of support person', 'overbearing_vendor'),
            ('Attitude of service provider', 'overbearing_vendor'),
            -- The product does not do what was promised.
            ('Product dissatisfaction', 'broken_promises'),
            ('Network reliability', 'broken_promises'),
            -- The service falls short.
            ('Service dissatisfaction', 'neglected_details'),
            ('Lack of self-service on Website', 'neglected_details'),
            ('Poor expertise of online support', 'neglected_details'),
            ('Poor expertise of phone support', 'neglected_details'),
            -- Reasons outside the vendor's control.
            ('Moved', 'natural'),
            ('Deceased', 'natural'),
            -- No reason stated.
            ('Don''t know', 'unknown')
    ) as mapping (close_reason, cause)
)

select * from final
