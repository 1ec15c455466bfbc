-- One row per customer whose satisfaction answer is at least $defection_days
-- days old and who was a customer on that day: the latest such answer, and
-- whether the customer left in the following $defection_days days (defections;
-- NULL if unknown).
--
-- The five bands are fifths of the scale. On a scale of 1 to 5, each score is
-- one band.
with

survey_responses as (
    select * from survey_responses
),

defections as (
    select * from defections
),

ranked as (
    select
        response_id,
        customer_id,
        cast(responded_at as date) as answered_on,
        satisfaction_index,
        repurchase_index,
        row_number() over (
            partition by customer_id
            order by responded_at desc nulls last, response_id desc nulls last
        ) as recency_rank
    from survey_responses
    where
        customer_id is not null
        and satisfaction_index is not null
        and cast(responded_at as date) + $defection_days <= $as_of_date
),

-- 1e-7 compensates for binary rounding at the edge of a band.
final as (
    select
        answers.customer_id,
        answers.answered_on,
        least(
            cast(floor((answers.satisfaction_index + 1e-7) / 20) as bigint) + 1,
            5
        ) as band,
        answers.repurchase_index,
        defections.has_left
    from ranked as answers
    inner join defections
        on answers.customer_id = defections.customer_id
        and answers.answered_on = defections.followed_from
    where answers.recency_rank = 1 and defections.was_customer
)

select * from final
