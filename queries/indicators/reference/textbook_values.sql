-- One row per figure of the textbooks that a report may quote beside a computed
-- one. This file is the only place for them: they are joined by their key,
-- always labelled as a textbook's, and never mixed with computed values.
with

figures as (
    select * from (
        values
            -- satisfaction and leaving
            (
                'left_share_very_dissatisfied', 0.80, 'share',
                'Of very dissatisfied customers 80 % leave',
                '非常不满意的客户中80%会流失',
                'Textbook of customer relations, satisfaction and defection'
            ),
            (
                'left_share_dissatisfied', 0.40, 'share',
                'Of dissatisfied customers 40 % leave',
                '不满意的客户中40%会流失',
                'Textbook of customer relations, satisfaction and defection'
            ),
            (
                'left_share_neutral', 0.20, 'share',
                'Of customers who are neither satisfied nor dissatisfied 20 % '
                || 'leave',
                '一般满意的客户中20%会流失',
                'Textbook of customer relations, satisfaction and defection'
            ),
            (
                'left_share_satisfied', 0.10, 'share',
                'Of satisfied customers 10 % leave',
                '满意的客户中10%会流失',
                'Textbook of customer relations, satisfaction and defection'
            ),
            (
                'left_share_very_satisfied_low', 0.01, 'share',
                'Of very satisfied customers 1 to 2 % leave: lower end',
                '非常满意的客户中1%至2%会流失：下限',
                'Textbook of customer relations, satisfaction and defection'
            ),
            (
                'left_share_very_satisfied_high', 0.02, 'share',
                'Of very satisfied customers 1 to 2 % leave: upper end',
                '非常满意的客户中1%至2%会流失：上限',
                'Textbook of customer relations, satisfaction and defection'
            ),
            (
                'fully_satisfied_not_returning_share', 0.20, 'share',
                'Of fully satisfied customers 20 % do not intend to return',
                '完全满意的客户中仍有20%不打算再次购买',
                'Textbook of customer relations, satisfaction and defection'
            ),
            -- experiences and service
            (
                'good_to_bad_ratio', 12.0, 'ratio',
                'Twelve good experiences make up for one bad one',
                '一次不愉快的体验需要十二次愉快的体验来弥补（12:1）',
                'Textbook of customer relations, good and bad experiences'
            ),
            (
                'wait_rival_minutes', 60.0, 'minutes',
                'Service reliability, the example: a rival answers in 60 '
                || 'minutes',
                '服务可靠性示例：竞争对手需要60分钟',
                'Textbook of customer relations, reliability of service'
            ),
            (
                'wait_better_minutes', 50.0, 'minutes',
                'Service reliability, the example: 50 minutes beat the rival '
                || 'and are still not reasonable in themselves',
                '服务可靠性示例：50分钟优于竞争对手，但本身仍不合理',
                'Textbook of customer relations, reliability of service'
            ),
            (
                'wait_reasonable_minutes', 30.0, 'minutes',
                'Service reliability, the example: 30 minutes are reasonable',
                '服务可靠性示例：30分钟是合理的',
                'Textbook of customer relations, reliability of service'
            ),
            (
                'wait_good_minutes', 10.0, 'minutes',
                'Service reliability, the example: 10 minutes are reasonable '
                || 'beyond doubt',
                '服务可靠性示例：10分钟无疑是合理的',
                'Textbook of customer relations, reliability of service'
            ),
            (
                'disloyal_share_low_effort', 0.09, 'share',
                'Of customers whose case took little effort 9 % become '
                || 'disloyal',
                '付出较少努力的客户中9%变得不忠诚',
                'Dixon, Toman and DeLisi (2013), The Effortless Experience'
            ),
            (
                'disloyal_share_high_effort', 0.96, 'share',
                'Of customers whose case took much effort 96 % become disloyal',
                '付出较多努力的客户中96%变得不忠诚',
                'Dixon, Toman and DeLisi (2013), The Effortless Experience'
            ),
            -- value
            (
                'pareto_customers_share', 0.20, 'share',
                'A fifth of the customers brings four fifths of the money: '
                || 'customers',
                '20%的客户带来80%的收入：客户',
                'Rule of Pareto, after Juran (1951)'
            ),
            (
                'pareto_amount_share', 0.80, 'share',
                'A fifth of the customers brings four fifths of the money: '
                || 'money',
                '20%的客户带来80%的收入：收入',
                'Rule of Pareto, after Juran (1951)'
            ),
            (
                'retention_change', 0.05, 'share',
                'Change of retention that the profit lever looks at: 5 points',
                '利润杠杆所考察的保持率变化：5个百分点',
                'Reichheld and Sasser (1990)'
            ),
            (
                'retention_profit_gain_low', 0.25, 'share',
                'Five points less defection raise profit by 25 to 85 %, by '
                || 'industry: lower end',
                '流失率降低5个百分点，利润因行业不同提高25%至85%：下限',
                'Reichheld and Sasser (1990)'
            ),
            (
                'retention_profit_gain_high', 0.85, 'share',
                'Five points less defection raise profit by 25 to 85 %, by '
                || 'industry: upper end',
                '流失率降低5个百分点，利润因行业不同提高25%至85%：上限',
                'Reichheld and Sasser (1990)'
            ),
            -- definitions and rules
            (
                'behaviour_cut', 0.50, 'share',
                'Loyal in behaviour: at least half of the purchases in the '
                || 'category',
                '行为忠诚：购买量占同类购买的一半以上',
                'Textbook of customer relations, behavioural loyalty'
            ),
            (
                'inactivity_days', 90.0, 'days',
                'No longer a customer: three months without an order',
                '三个月没有订单即视为流失',
                'Textbook of customer relations, loss of customers'
            ),
            (
                'attitude_raw_example', 33.6, 'points',
                'Attitude, the example: (4 x 0.3 + 3 x 0.4) x 0.7 x 100 / 5',
                '态度忠诚度示例：(4×0.3+3×0.4)×0.7×100÷5',
                'Textbook of customer relations, attitudinal loyalty'
            ),
            (
                'wallet_rule_several_brands_share', 0.40, 'share',
                'The wallet allocation rule wants at least 40 % of customers '
                || 'to use several brands',
                '钱包份额法则要求至少40%的客户使用多个品牌',
                'Keiningham et al. (2011)'
            ),
            (
                'wallet_rule_mean_brands', 1.4, 'brands',
                'The wallet allocation rule wants at least 1.4 brands per '
                || 'customer on average',
                '钱包份额法则要求平均每位客户至少使用1.4个品牌',
                'Keiningham et al. (2011)'
            ),
            (
                'promoter_from', 9.0, 'points',
                'Promoters answer 9 or 10 of 10',
                '推荐者评分为9至10分',
                'Reichheld (2003)'
            ),
            (
                'passive_from', 7.0, 'points',
                'Passives answer 7 or 8 of 10, detractors less',
                '被动者评分为7至8分，贬损者更低',
                'Reichheld (2003)'
            )
    ) as figures (value_key, value, unit, wording, wording_zh, source)
),

final as (
    select
        value_key,
        cast(value as double) as value,
        unit,
        wording,
        wording_zh,
        source
    from figures
)

select * from final
