-- One row per customer and survey wave with an invitation.
with

survey_invitations as (
    select * from survey_invitations
),

final as (
    select
        customer_id,
        wave,
        invited_at,
        delivered_at
    from survey_invitations
)

select * from final
