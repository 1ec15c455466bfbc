-- One row per external figure that a report may show beside a computed one: the
-- figures of the requirement, in its words, and those of named authors. All of
-- them are in this file. They are joined by their key, always labelled with
-- their source, and never enter a computation. A range has two rows, whose keys
-- end in _low and _high.
--
-- indicator is the computed figure with the same meaning (indicators,
-- textbook_comparison). alone_because_code gives the reason if there is none.
-- The codes of own_measures (catalogue.yml) describe what the computed figures
-- measure.
with

figures as (
    select * from (
        values
            -- Satisfaction and leaving, in the bands of the requirement.
            (
                'left_share_very_dissatisfied', 0.80, 'share',
                'Of customers with very little satisfaction 80 % leave',
                '极小满意的客户中80%会流失',
                'requirement',
                'left_share_very_dissatisfied', null
            ),
            (
                'left_share_dissatisfied', 0.40, 'share',
                'Of customers with rather little satisfaction 40 % leave',
                '有些小满意的客户中40%会流失',
                'requirement',
                'left_share_dissatisfied', null
            ),
            (
                'left_share_neutral', 0.20, 'share',
                'Of customers without an opinion 20 % leave',
                '无意见的客户中20%会流失',
                'requirement',
                'left_share_neutral', null
            ),
            (
                'left_share_satisfied', 0.10, 'share',
                'Of moderately satisfied customers 10 % leave',
                '一般满意的客户中10%会流失',
                'requirement',
                'left_share_satisfied', null
            ),
            (
                'left_share_very_satisfied_low', 0.01, 'share',
                'Of highly satisfied customers 1 to 2 % leave',
                '高度满意的客户中1%至2%会流失',
                'requirement',
                'left_share_very_satisfied', null
            ),
            (
                'left_share_very_satisfied_high', 0.02, 'share',
                'Of highly satisfied customers 1 to 2 % leave',
                '高度满意的客户中1%至2%会流失',
                'requirement',
                'left_share_very_satisfied', null
            ),
            (
                'fully_satisfied_not_returning_share', 0.20, 'share',
                'Of fully satisfied customers 20 % do not intend to return',
                '完全满意的客户中仍有20%不打算再次购买',
                'requirement',
                'fully_satisfied_not_returning_share', null
            ),
            (
                'satisfied_rebuy_ratio', 6.0, 'ratio',
                'A satisfied customer is 6 times as willing to buy again as '
                || 'a dissatisfied one',
                '满意客户再次购买的意愿是不满意客户的6倍',
                'requirement',
                'satisfied_rebuy_ratio', null
            ),
            (
                'satisfied_left_share_low', 0.65, 'share',
                'Bain (1993): 65 to 85 % of customers who call themselves '
                || 'satisfied turn to others',
                '贝恩公司（1993）：自称满意的客户中65%至85%会转向其他企业',
                'requirement',
                null, 'turning_to_others'
            ),
            (
                'satisfied_left_share_high', 0.85, 'share',
                'Bain (1993): 65 to 85 % of customers who call themselves '
                || 'satisfied turn to others',
                '贝恩公司（1993）：自称满意的客户中65%至85%会转向其他企业',
                'requirement',
                null, 'turning_to_others'
            ),
            (
                'cars_satisfied_share_low', 0.85, 'share',
                'Cars: 85 to 90 % of customers are satisfied',
                '汽车业：85%至90%的客户表示满意',
                'requirement',
                'csat_share', null
            ),
            (
                'cars_satisfied_share_high', 0.90, 'share',
                'Cars: 85 to 90 % of customers are satisfied',
                '汽车业：85%至90%的客户表示满意',
                'requirement',
                'csat_share', null
            ),
            (
                'cars_buying_again_share_low', 0.30, 'share',
                'Cars: 30 to 40 % of customers buy again',
                '汽车业：30%至40%的客户再次购买',
                'requirement',
                null, 'next_purchase'
            ),
            (
                'cars_buying_again_share_high', 0.40, 'share',
                'Cars: 30 to 40 % of customers buy again',
                '汽车业：30%至40%的客户再次购买',
                'requirement',
                null, 'next_purchase'
            ),
            (
                'restaurants_switching_share_low', 0.60, 'share',
                'Restaurants: 60 to 65 % of customers switch',
                '餐饮业：60%至65%的客户会转换',
                'requirement',
                null, 'turning_to_others'
            ),
            (
                'restaurants_switching_share_high', 0.65, 'share',
                'Restaurants: 60 to 65 % of customers switch',
                '餐饮业：60%至65%的客户会转换',
                'requirement',
                null, 'turning_to_others'
            ),
            -- Word of mouth, acquisition and retention.
            (
                'new_referred_share', 0.60, 'share',
                'Of new customers 60 % come by referral',
                '60%的新客户来自推荐',
                'requirement',
                'new_referred_share', null
            ),
            (
                'winning_to_keeping_cost', 5.0, 'ratio',
                'Winning a new customer costs 5 times as much as developing '
                || 'an existing one',
                '赢得一位新客户的成本是发展一位老客户的5倍',
                'requirement',
                null, 'touches_only'
            ),
            (
                'told_by_one_customer', 25.0, 'count',
                'One customer tells 25 others',
                '一位客户会告诉25个人',
                'requirement',
                null, 'not_on_file'
            ),
            (
                'amazon_returning_share', 0.65, 'share',
                'Amazon: 65 % of customers return',
                '亚马逊：65%的回头率',
                'requirement',
                null, 'no_period_given'
            ),
            -- Experiences and service.
            (
                'good_to_bad_ratio', 12.0, 'ratio',
                'Twelve good experiences make up for one bad one',
                '一次不愉快的体验需要十二次愉快的体验来弥补（12:1）',
                'requirement',
                'good_to_bad_ratio', null
            ),
            (
                'one_percent_for_the_one', 1.0, 'share',
                'One percent of failures is 100 % for the one customer it hits',
                '1%的失误，对遇到的那位客户就是100%',
                'requirement',
                null, 'saying'
            ),
            (
                'loyalty_loss_per_step', 0.10, 'share',
                'Each transfer or repeat costs 10 % of loyalty or more',
                '每转接或重复一次，忠诚度至少下降10%',
                'requirement',
                'loyalty_loss_per_step', null
            ),
            (
                'exceeding_expectations_cost_low', 0.10, 'share',
                'Exceeding expectations costs 10 to 20 % more',
                '超越客户期望的成本要高出10%至20%',
                'requirement',
                null, 'not_on_file'
            ),
            (
                'exceeding_expectations_cost_high', 0.20, 'share',
                'Exceeding expectations costs 10 to 20 % more',
                '超越客户期望的成本要高出10%至20%',
                'requirement',
                null, 'not_on_file'
            ),
            (
                'three_to_five_channels_share', 0.49, 'share',
                'Of customers 49 % use three to five channels',
                '49%的客户使用三至五个渠道',
                'requirement',
                'three_to_five_channels_share', null
            ),
            (
                'same_experience_expected_share', 0.75, 'share',
                'Of customers 75 % expect the same experience on every channel',
                '75%的客户期望在各个渠道获得一致的体验',
                'requirement',
                null, 'not_on_file'
            ),
            (
                'inconsistency_switching_share', 0.73, 'share',
                'Of customers 73 % may change brand where channels differ',
                '73%的客户会因渠道体验不一致而更换品牌',
                'requirement',
                null, 'not_on_file'
            ),
            (
                'time_saving_wanted_share', 0.80, 'share',
                'About 80 % of customers want their time to be saved',
                '约80%的客户希望节省时间',
                'requirement',
                null, 'not_on_file'
            ),
            (
                'wait_rival_minutes', 60.0, 'minutes',
                'Service reliability, the example: a rival answers in 60 '
                || 'minutes',
                '服务可靠性示例：竞争对手需要60分钟',
                'requirement',
                null, 'worked_example'
            ),
            (
                'wait_better_minutes', 50.0, 'minutes',
                'Service reliability, the example: 50 minutes beat the '
                || 'rival and are still not reasonable in themselves',
                '服务可靠性示例：50分钟优于竞争对手，但本身仍不合理',
                'requirement',
                null, 'worked_example'
            ),
            (
                'wait_reasonable_minutes', 30.0, 'minutes',
                'Service reliability, the example: 30 minutes are reasonable',
                '服务可靠性示例：30分钟是合理的',
                'requirement',
                null, 'worked_example'
            ),
            (
                'wait_good_minutes', 10.0, 'minutes',
                'Service reliability, the example: 10 minutes are '
                || 'reasonable beyond doubt',
                '服务可靠性示例：10分钟无疑是合理的',
                'requirement',
                null, 'worked_example'
            ),
            (
                'disloyal_share_low_effort', 0.09, 'share',
                'Of customers whose case took little effort 9 % become '
                || 'disloyal',
                '付出较少努力的客户中9%变得不忠诚',
                'Dixon, Toman and DeLisi (2013), The Effortless Experience',
                'disloyal_share_low_effort', null
            ),
            (
                'disloyal_share_high_effort', 0.96, 'share',
                'Of customers whose case took much effort 96 % become disloyal',
                '付出较多努力的客户中96%变得不忠诚',
                'Dixon, Toman and DeLisi (2013), The Effortless Experience',
                'disloyal_share_high_effort', null
            ),
            -- Value.
            (
                'pareto_customers_share', 0.20, 'share',
                'A fifth of the customers brings four fifths of the money: '
                || 'customers',
                '20%的客户带来80%的收入：客户',
                'Rule of Pareto, after Juran (1951)',
                'pareto_customers_share', null
            ),
            (
                'pareto_amount_share', 0.80, 'share',
                'A fifth of the customers brings four fifths of the money: '
                || 'money',
                '20%的客户带来80%的收入：收入',
                'Rule of Pareto, after Juran (1951)',
                null, 'definition'
            ),
            (
                'loyalty_fall_profit_loss', 0.25, 'share',
                'Loyalty 5 % lower costs 25 % of profit',
                '忠诚度下降5%，利润减少25%',
                'requirement',
                'retention_profit_loss', null
            ),
            (
                'loyalty_rise_profit_gain', 0.85, 'share',
                'Loyalty 5 % higher brings 85 % more profit',
                '忠诚度提高5%，利润增加85%',
                'requirement',
                'retention_profit_gain', null
            ),
            (
                'retention_change', 0.05, 'share',
                'Change of retention that the profit lever looks at: 5 points',
                '利润杠杆所考察的保持率变化：5个百分点',
                'Reichheld and Sasser (1990)',
                null, 'definition'
            ),
            (
                'retention_profit_gain_low', 0.25, 'share',
                'Five points less defection raise profit by 25 to 85 %, by '
                || 'industry',
                '流失率降低5个百分点，利润因行业不同提高25%至85%',
                'Reichheld and Sasser (1990)',
                'retention_profit_gain', null
            ),
            (
                'retention_profit_gain_high', 0.85, 'share',
                'Five points less defection raise profit by 25 to 85 %, by '
                || 'industry',
                '流失率降低5个百分点，利润因行业不同提高25%至85%',
                'Reichheld and Sasser (1990)',
                'retention_profit_gain', null
            ),
            -- Definitions and rules.
            (
                'behaviour_cut', 0.50, 'share',
                'Loyal in behaviour: at least half of the purchases in the '
                || 'category',
                '行为忠诚：购买量占同类购买的一半以上',
                'requirement',
                null, 'definition'
            ),
            (
                'inactivity_days', 90.0, 'days',
                'No longer a customer: three months without an order',
                '三个月没有订单即视为流失',
                'requirement',
                null, 'definition'
            ),
            (
                'attitude_raw_example', 33.6, 'points',
                'Attitude, the example: (4 x 0.3 + 3 x 0.4) x 0.7 x 100 / 5',
                '态度忠诚度示例：(4×0.3+3×0.4)×0.7×100÷5',
                'requirement',
                null, 'worked_example'
            ),
            (
                'wallet_rule_several_brands_share', 0.40, 'share',
                'The wallet allocation rule wants at least 40 % of '
                || 'customers to use several brands',
                '钱包份额法则要求至少40%的客户使用多个品牌',
                'Keiningham et al. (2011)',
                'several_brands_share', null
            ),
            (
                'wallet_rule_mean_brands', 1.4, 'brands',
                'The wallet allocation rule wants at least 1.4 brands per '
                || 'customer on average',
                '钱包份额法则要求平均每位客户至少使用1.4个品牌',
                'Keiningham et al. (2011)',
                'mean_brands_count', null
            ),
            (
                'promoter_from', 9.0, 'points',
                'Promoters answer 9 or 10 of 10',
                '推荐者评分为9至10分',
                'Reichheld (2003)',
                null, 'definition'
            ),
            (
                'passive_from', 7.0, 'points',
                'Passives answer 7 or 8 of 10, detractors less',
                '被动者评分为7至8分，贬损者更低',
                'Reichheld (2003)',
                null, 'definition'
            )
    ) as figures (
        value_key, value, unit, wording, wording_zh, source, indicator,
        alone_because_code
    )
),

final as (
    select
        value_key,
        cast(value as double) as value,
        unit,
        wording,
        wording_zh,
        source,
        cast(indicator as varchar) as indicator,
        cast(alone_because_code as varchar) as alone_because_code
    from figures
)

select * from final
