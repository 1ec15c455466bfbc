-- One row per reason of leaving in the files, with the cause that fits it best:
-- one of the eight, the price, or unknown. Change the mapping here.
--
-- Whoever says what was paid, and not what a rival offered, left for the price.
-- What is missing in the range is found elsewhere as well.
with

final as (
    select * from (
        values
            -- a rival had more to offer
            ('Competitor had better devices', 'competitor'),
            ('Competitor made better offer', 'competitor'),
            ('Competitor offered higher download speeds', 'competitor'),
            ('Competitor offered more data', 'competitor'),
            -- it costs too much
            ('Price too high', 'price'),
            ('Long distance charges', 'price'),
            ('Extra data charges', 'price'),
            ('Lack of affordable download/upload speed', 'price'),
            -- others have what is missing here
            ('Limited range of services', 'competitor'),
            -- treated from above
            ('Attitude of support person', 'overbearing_vendor'),
            ('Attitude of service provider', 'overbearing_vendor'),
            -- what was sold does not do what it was sold for
            ('Product dissatisfaction', 'broken_promises'),
            ('Network reliability', 'broken_promises'),
            -- the care around it falls short
            ('Service dissatisfaction', 'neglected_details'),
            ('Lack of self-service on Website', 'neglected_details'),
            ('Poor expertise of online support', 'neglected_details'),
            ('Poor expertise of phone support', 'neglected_details'),
            -- life went on
            ('Moved', 'natural'),
            ('Deceased', 'natural'),
            -- says nothing
            ('Don''t know', 'unknown')
    ) as mapping (close_reason, cause)
)

select * from final
