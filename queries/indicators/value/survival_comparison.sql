-- One row per basis and group: whether the groups of a dimension stay equally
-- long, by the log-rank test (Mantel 1966).
--
-- expected_left_count is the number who would have left if all groups of the
-- dimension had the same rate. The test statistic is that of the dimension. A
-- dimension with a group of fewer than $min_cell customers is suppressed,
-- because the other groups would disclose it.
with

customer_spells as (
    select * from customer_spells
),

customer_profile as (
    select * from customer_profile
),

dimensions as (
    select * from (
        values
            ('total'), ('customer_type'), ('size'), ('region'), ('age_group'),
            ('background')
    ) as dimensions (dimension)
),

placed as (
    select
        spells.basis,
        dimensions.dimension,
        case dimensions.dimension
            when 'customer_type' then profiles.customer_type
            when 'size' then profiles.size
            when 'region' then profiles.region
            when 'age_group' then profiles.age_group
            when 'background' then profiles.background
            else 'all'
        end as dimension_value,
        spells.months_count,
        spells.is_left,
        spells.entry_months_count
    from customer_spells as spells
    cross join dimensions
    left join customer_profile as profiles
        on spells.customer_id = profiles.customer_id
),

tests as (
    select
        basis,
        dimension,
        log_rank(
            months_count, is_left, dimension_value, entry_months_count
        ) as test
    from placed
    where dimension <> 'total' and dimension_value is not null
    group by basis, dimension
),

named as (
    select
        basis,
        dimension,
        test['chi_square'] as chi_square,
        test['degrees_of_freedom'] as degrees_of_freedom,
        test['p_value'] as p_value,
        unnest(test['groups']) as member
    from tests
),

counted as (
    select
        *,
        member['customers_count'] as customers_count,
        min(member['customers_count']) over (partition by basis, dimension)
            < $min_cell as is_suppressed
    from named
),

final as (
    select
        basis,
        dimension,
        member['name'] as dimension_value,
        is_suppressed,
        case when not is_suppressed then customers_count end
            as customers_count,
        case when not is_suppressed then member['observed_count'] end
            as left_count,
        case when not is_suppressed then member['expected_count'] end
            as expected_left_count,
        case when not is_suppressed then chi_square end as chi_square,
        case when not is_suppressed then degrees_of_freedom end
            as degrees_of_freedom,
        case when not is_suppressed then p_value end as p_value
    from counted
)

select * from final
