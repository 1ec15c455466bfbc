-- One row per review and order: one item, `review_score`.
--
-- A review may cover several orders of a person, and an order may have several
-- reviews, so the pair of both identifies a response.
with

order_reviews as (
    select * from order_reviews
),

orders as (
    select * from orders
),

customers as (
    select * from customers
),

final as (
    select
        concat(order_reviews.review_id, '/', order_reviews.order_id)
            as response_id,
        customers.customer_unique_id as customer_id,
        order_reviews.review_answer_timestamp as answered_at,
        -- A review is requested after every delivery. A wave is a quarter.
        concat(
            extract(year from order_reviews.review_answer_timestamp),
            '-Q',
            extract(quarter from order_reviews.review_answer_timestamp)
        ) as wave,
        'email' as channel,
        order_reviews.order_id,
        'review_score' as item_id,
        order_reviews.review_score as score,
        order_reviews.review_comment_message as text
    from order_reviews
    left join orders
        on order_reviews.order_id = orders.order_id
    left join customers
        on orders.customer_id = customers.customer_id
)

select * from final
