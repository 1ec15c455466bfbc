-- One row per dimension, value, size and first need: the number of customers,
-- their amount, their satisfaction, and the matching approach (E8).
--
-- The dimensions are total and customer type. The size is all, small, large or
-- unknown. The need is the one stated (customer_needs), or unknown. The table
-- is empty if nobody stated a need. customers_share refers to all customers of
-- the size, stated_share to those who stated a need. The approach is NULL if it
-- differs by size or is unknown. Groups of fewer than $min_cell customers are
-- suppressed, and so is a mean satisfaction of fewer.
with

customer_needs as (
    select * from customer_needs
),

customer_loyalty as (
    select customer_id, own_amount from customer_loyalty
),

approach_labels as (
    select code, en from catalogue_codes where column_name = 'approach_words'
),

asked as (
    select
        sum(case when need_first = 'unknown' then 0 else 1 end) > 0
            as are_needs_known,
        sum(case when size = 'unknown' then 0 else 1 end) > 0
            as are_sizes_known
    from customer_needs
),

customers as (
    select
        needs.*,
        loyalty.own_amount
    from customer_needs as needs
    cross join asked
    left join customer_loyalty as loyalty
        on needs.customer_id = loyalty.customer_id
    where asked.are_needs_known
),

by_dimension as (
    select
        size as own_size,
        need_first,
        own_amount,
        satisfaction_index,
        unnest(make_array('total', 'customer_type')) as dimension,
        unnest(make_array('all', customer_type)) as dimension_value
    from customers
),

by_size as (
    select
        dimension,
        dimension_value,
        need_first,
        own_amount,
        satisfaction_index,
        unnest(make_array('all', own_size)) as size
    from by_dimension
),

sums as (
    select
        by_size.dimension,
        by_size.dimension_value,
        by_size.size,
        by_size.need_first,
        count(*) as customers_count,
        sum(by_size.own_amount) as amount,
        count(by_size.satisfaction_index) as satisfaction_count,
        avg(by_size.satisfaction_index) as mean_satisfaction_index
    from by_size
    cross join asked
    where by_size.size = 'all' or asked.are_sizes_known
    group by
        by_size.dimension, by_size.dimension_value, by_size.size,
        by_size.need_first
),

totals as (
    select
        dimension,
        dimension_value,
        size,
        sum(customers_count) as customers_count,
        sum(case when need_first <> 'unknown' then customers_count end)
            as stated_count,
        sum(amount) as amount
    from sums
    group by dimension, dimension_value, size
),

described as (
    select
        sums.*,
        totals.customers_count as all_customers_count,
        totals.stated_count,
        totals.amount as all_amount,
        case
            when sums.size = 'large' and sums.need_first = 'quality'
                then 'exceed_expectations'
            when sums.size = 'small' or sums.need_first in ('price', 'speed')
                then 'make_it_easy'
        end as approach
    from sums
    inner join totals
        on sums.dimension = totals.dimension
        and sums.dimension_value = totals.dimension_value
        and sums.size = totals.size
),

-- Needs add up to a size, and sizes to a need: each could be derived from the
-- rest.
hidden_needs as (
    select
        *,
        suppress(customers_count, $min_cell) over (
            partition by dimension, dimension_value, size
            order by need_first nulls last
        ) as is_need_hidden
    from described
),

hidden_sizes as (
    select
        *,
        suppress(customers_count, $min_cell, is_need_hidden) over (
            partition by dimension, dimension_value, need_first, size = 'all'
            order by size nulls last
        ) as is_size_hidden
    from hidden_needs
),

marked as (
    select
        *,
        suppress(customers_count, $min_cell, is_size_hidden) over (
            partition by dimension, dimension_value, size
            order by need_first nulls last
        ) as is_suppressed
    from hidden_sizes
),

final as (
    select
        dimension,
        dimension_value,
        size,
        need_first,
        is_suppressed,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when all_customers_count >= $min_cell
            then all_customers_count end as n,
        case when not is_suppressed
            then customers_count / cast(all_customers_count as double) end
            as customers_share,
        case when not is_suppressed and need_first <> 'unknown'
            then stated_count end as stated_n,
        case when not is_suppressed and need_first <> 'unknown'
            then customers_count / cast(stated_count as double) end
            as stated_share,
        -- NULL if no purchases are on file.
        case when not is_suppressed and all_amount is not null
            then cast(coalesce(amount, 0) as decimal(28, 2)) end as amount,
        case when not is_suppressed
            then cast(coalesce(amount, 0) as double)
                / nullif(cast(all_amount as double), 0) end as amount_share,
        case when not is_suppressed and satisfaction_count >= $min_cell
            then satisfaction_count end as satisfaction_n,
        case when not is_suppressed and satisfaction_count >= $min_cell
            then mean_satisfaction_index end as mean_satisfaction_index,
        approach,
        approach_labels.en as approach_words
    from marked
    left join approach_labels on marked.approach = approach_labels.code
)

select * from final
