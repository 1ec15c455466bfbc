# 报告的全部中文文本，采用 Fluent 语法（https://projectfluent.org），与 en.ftl 的消息和变量完全一致。
#
# 中文没有复数形式，一条消息写成一行。

## 标点与单位

clause-separator = ；
colon = ：
range = { $low }至{ $high }
with-unit = { $label }（{ $unit }）
with-count = { $label }（{ $count }）
named = { $kind }：{ $value }
unit-days = 天
in-brackets = （{ $text }）
unit-name-correlation = 相关系数
unit-name-count = 计数
unit-name-days = 天
unit-name-index = 指数
unit-name-nps = 净推荐值
unit-name-points = 分
unit-name-psi = 群体稳定性指数（PSI）
unit-name-ratio = 比率
unit-name-score-difference = 分数差
unit-name-seconds = 秒
unit-name-share = 占比

## 页首

title = 客户忠诚度
page-title = 客户忠诚度：{ $pipeline }，{ $date }
contents = 目录

meta-as-of = 截至
meta-period = 购买统计期
meta-period-value = { $from }至{ $to }（{ $days }天）
meta-currency = 币种
meta-compared-to = 对比日期
meta-no-comparison = 无往期可比

headline-measured = 已测评客户中{ $share }{ $interval }属于真实忠诚，贡献了已测评客户销售额的{ $amount_share }。
headline-measured-without-amount = 已测评客户中{ $share }{ $interval }属于真实忠诚。
headline-interval = （{ $low }–{ $high }）
headline-few-loyal = 已测评{ $measured }位客户，其中真实忠诚的人数太少，不予显示。
headline-nobody = 目前还没有客户可以归入忠诚类型。
headline-no-segments = 本次未计算忠诚类型。
headline-nobody-reason = 全部{ $customers }位客户均未测评。最常见的原因：{ $reason }。
headline-spurious = 另有{ $customers }位客户（{ $share }）购买但并不认同，占已测评客户销售额的{ $amount_share }。
headline-spurious-without-amount = 另有{ $customers }位客户（{ $share }）{ $rule ->
    [declared] 经常使用，但态度不高。
   *[other] 购买但并不认同。
}
headline-latent = { $customers }位客户（{ $share }）{ $rule ->
    [count] 认同我们，但统计期内购买不足{ $occasions }次。
    [declared] 认同我们，但使用不多。
   *[other] 认同我们，但很少购买。
}
headline-unmeasured = { $all }位客户中有{ $customers }位无法测评。最常见的原因：{ $reason }（{ $because }位）。
headline-former = 以上占比不含{ $customers }位已流失客户：他们已销户，或曾主要向我们购买而后停购。
headline-behaviour-only = 已知{ $customers }位客户的购买行为，其中{ $share }行为忠诚。
headline-attitude-only = 已知{ $customers }位客户的态度，其中{ $share }认同本品牌。

## 关键数字


## 忠诚类型

segments-heading = 四种忠诚
segments-intro = 客户怎么做和怎么想是两回事。{ $rule ->
    [share] 行为高，指本品牌占客户购买次数或金额的{ $share }以上。
    [count] 行为高，指客户在统计期内购买{ $occasions }次以上（含）。
    [declared] 行为高，指客户自述经常使用我们。
    [retained] 行为高，指仍然是我们的客户。
    [index] 行为高，指行为忠诚度指数达到{ $index }分（满分100）。
    [unknown] 这里没有任何客户的行为数据，因此无法归类。
   *[other] 行为高，指客户的购买主要给了本品牌。
}{ $attitude ->
    [absolute] 态度高，指态度忠诚度指数达到{ $cut }分（满分100）。
    [relative] 态度高，指客户对本品牌的评价明显高于最好的竞争对手。
   *[other] 态度高，指客户对本品牌评价好，并愿意再来。
}
segments-behaviour-high = 行为高
segments-behaviour-low = 行为低
segments-corner = 态度↓ 行为→
segments-attitude-high = 态度高
segments-attitude-low = 态度低
segments-of-measured = 已测评客户占比
segments-share-of-measured-part = 占已测评客户{ $share }
segments-of-all = 占全部客户{ $share }
segments-customers = 客户数
segments-share-of-measured = 占已测评客户
segments-share-of-all = 占全部客户
segments-amount = 本品牌销售额
segments-amount-share = 占销售额
segments-wallet = 平均钱包份额
segments-attitude-index = 平均态度忠诚度指数
segments-change = 变化
segments-segment = 忠诚类型
segments-strategy = 对策
segments-total = 全部现有客户
segments-chart = 各类客户的人数与贡献
segments-chart-customers = 客户
segments-chart-amount = 销售额
segments-missing = 本次未计算忠诚类型。
segments-hidden-note = “<{ $min_cell }”表示该组人数太少，不予显示。如果由其他各组可以推算出来，则次小的一组也不显示。
segments-why-unmeasured = 原因
segment-true_loyalty = 真实忠诚
    .short = 真实
    .says = { $rule ->
        [declared] 经常使用，也认同
       *[other] 常购买，也认同
    }
segment-latent_loyalty = 潜在忠诚
    .short = 潜在
    .says = { $rule ->
        [declared] 认同，但使用不多
       *[other] 认同，但很少购买
    }
segment-spurious_loyalty = 虚假忠诚
    .short = 虚假
    .says = { $rule ->
        [declared] 经常使用，但不认同
       *[other] 购买，但不认同
    }
segment-no_loyalty = 不忠诚
    .short = 不忠诚
    .says = 行为与态度都低
segment-unmeasured = 未测评
    .short = 未测评
    .says = 行为或态度未知
segment-former = 已流失客户
    .says = 已离开，不计入任何占比

## 测评范围

coverage-heading = 测评范围
coverage-intro = 每项指标能在多少客户身上测得，其余客户为何测不到。未知从不按“低”计算。
coverage-measure = 指标
coverage-customers = 客户数
coverage-share = 占比
coverage-reasons = 其余客户测不到的原因
coverage-reason = { $customers }位：{ $reason }
coverage-everybody = 全部客户均已测得
coverage-missing = 本次未计算测评范围。
measure-segment = 忠诚类型（行为与态度）
measure-behaviour = 行为
measure-attitude = 态度
measure-share_of_wallet = 钱包份额
measure-deal_share = 促销购买占比
measure-recommendation = 推荐意愿
measure-repurchase = 重复购买意愿

## 净推荐值

nps-heading = 净推荐值
nps-intro = 询问客户是否愿意推荐本品牌：推荐者（{ $promoter_from }至{ $highest }分）占比减去贬损者（{ $lowest }至{ $detractor_to }分）占比，取值−100至+100，附95%误差范围。{ $scale ->
    [usual] {""}
   *[other] 题目采用{ $lowest }至{ $highest }分量表，而非通行的0至10分，因此不能与其他品牌的净推荐值比较。
}总分采用每位客户在有效期内的最近一次回答，因此可能跨越多个批次。按忠诚类型划分的得分由分类本身决定：是否推荐已是态度的一部分，因此不提供新信息。
nps-nobody = 没有关于是否愿意推荐本品牌的答卷，因此没有净推荐值。
nps-news = 净推荐值从{ $previous }批次的{ $before }{ $direction ->
    [up] 上升
   *[down] 下降
}到{ $wave }批次的{ $now }，超出偶然波动的范围。
nps-few = 回答是否愿意推荐本品牌的客户不足{ $min_cell }位，因此不显示净推荐值。
nps-missing = 本次未计算净推荐值。
nps-score = 净推荐值
nps-lowest = −100
nps-highest = +100
nps-group = 回答
nps-responses-n = 份数
nps-n-eff = 有效份数
nps-promoters = 推荐者
nps-passives = 中立者
nps-detractors = 贬损者
nps-shares = 推荐者{ $promoters }，中立者{ $passives }，贬损者{ $detractors }
nps-adjusted = 校正区间
nps-weighted = 加权
nps-change = 变化
nps-total = 全部当前回答
nps-verdict-positive = 推荐者多于贬损者。
nps-verdict-negative = 贬损者多于推荐者。
nps-verdict-open = 误差范围包含零，推荐者与贬损者孰多尚无定论。

## 部分的名称

dimension-wave = { $value }调查
dimension-channel = 渠道：{ $value }
value-all = 全部
value-total = 合计
value-unknown = 未知
value-yes = 是
value-no = 否

## 指标

indicators-heading = 指标
indicators-intro-compared = 变化是与{ $date }的结果相比。
indicators-intro-first = 尚无往期可比，从第二个报告日期起显示变化。
indicators-indicator = 指标
indicators-value = 数值
indicators-interval = 区间
indicators-responses-n = 样本数
indicators-previous = 上期
indicators-change = 变化
indicators-show-parts = 展开各部分
indicators-missing = 本次未计算指标。

## 其他表格

label-customers_count = 客户数
label-customers_share = 占比
tables-textbook = 教科书
tables-textbook-label = { $label }（教科书）
tables-textbook-note = 教科书数字只供对照，并非由这些客户计算得出。
tables-hidden-note = “<{ $min_cell }”表示该组人数太少，不予显示；该组的其他数字不显示，如果由其他各组可以推算出来，则次小的一组也不显示。
tables-cut = 共{ $all }行，这里显示{ $shown }行{ $file ->
    [none] ，全部内容见已发布的数据表。
   *[other] ，全部内容见 { $file }。
}
tables-counted = 共{ $customers }位客户{ $file ->
    [none] 。
   *[other] ，名单见 { $file }。
}
tables-more = 另有{ $count }列见{ $file ->
    [none] 已发布的数据表。
   *[other] {" "}{ $file }。
}
tables-show = 展开表格
tables-nothing-of = 本次没有数字的表格：
tables-absent = 需要以下方面的数据：{ $inputs }
tables-not-on-file = 未提供以下方面的数据：{ $inputs }。
tables-empty = 本次没有相应内容
tables-no-earlier-run = 没有往期可比
tables-unknown = 本次未知：{ $columns }。
tables-is-true = 是
tables-is-false = 否

## 缺少的数据

missing-heading = 缺少的数据
missing-intro = 补充以下数据后，报告可以增加的内容。
missing-table = 数据
missing-would-give = 可以得到
missing-nothing = 可选数据均已齐备。
missing-parts = 本次未发布报告可以显示的全部内容：{ $parts }。
missing-part-table = 表 { $table }
missing-part-column = 表 { $table } 的列 { $column }

## 检查

checks-heading = 检查
checks-all-passed = { $count }项检查全部通过。
checks-failed = { $count }项检查中有{ $failed }项未通过。
checks-warned = { $count }项检查中有{ $warned }项发出警告，没有未通过的。
checks-found = { $sentence }所发现的问题：{ $found }。
checks-found-in = { $found }（表 { $table }）
checks-warning = 警告
checks-none = 没有定义检查。
checks-table = 表
checks-rule = 规则，或违反规则的情况
checks-result = 结果
checks-offending = 违规行数
checks-severity = 未通过时
checks-holds = 通过
checks-broken = 未通过
checks-show-all = 展开已通过的检查
severity-warn = 警告
severity-stop = 停止发布
rule-not-null = { $columns } 不为空
rule-unique = { $columns } 不重复
rule-one-of = { $column } 取值为 { $values } 之一
rule-range = { $column } 在 { $min } 至 { $max } 之间
rule-at-least = { $column } 不小于 { $min }
rule-at-most = { $column } 不大于 { $max }
rule-any-range = { $column } 不限范围
rule-rows = { $min } 至 { $max } 行
rule-rows-at-least = 至少 { $min } 行
rule-rows-at-most = 至多 { $max } 行
rule-any-rows = 行数不限
rule-relationship = { $column } 存在于 { $table }.{ $to }
found-not-null = { $columns } 为空
found-unique = { $columns } 有重复
found-one-of = { $column } 不是 { $values } 之一
found-range = { $column } 不在 { $min } 至 { $max } 之间
found-at-least = { $column } 小于 { $min }
found-at-most = { $column } 大于 { $max }
found-any-range = { $column } 超出范围
found-rows = 少于 { $min } 行或多于 { $max } 行
found-rows-at-least = 少于 { $min } 行
found-rows-at-most = 多于 { $max } 行
found-any-rows = 行数不符
found-relationship = { $column } 不在 { $table }.{ $to } 中
found-expression = 以下规则不成立：{ $rule }

## 数据质量

quality-heading = 输入数据质量
quality-intro = 有问题的输入行，以及对它们的处理。
quality-clean = 输入数据没有问题。
quality-missing = 本次未检查输入数据质量。
quality-table = 表
quality-issue = 问题
quality-rows = 行数
quality-share = 占行数
quality-handling = 处理方式
issue-missing_customer_id = 缺少客户
issue-missing_order_id = 缺少订单
issue-missing_ordered_at = 缺少下单时间
issue-missing_response_id = 缺少问卷编号
issue-missing_item_id = 缺少题目
issue-missing_answered_at = 缺少作答时间
issue-missing_amount = 缺少金额
issue-missing_score = 回答没有分数
issue-return_without_purchase = 退货找不到对应的购买
issue-nothing_left = 退货后无剩余的客户的本品牌购买
issue-category_left_out = 未纳入品类中的本品牌购买
issue-unmatched_customer = 其他表中都没有的客户
issue-after_as_of_date = 晚于报告日期
issue-duplicate_line = 同一订单的行号重复
issue-duplicate_answer = 同一问卷的题目重复
issue-duplicate_customer = 客户重复
issue-unknown_item = 题目不在问卷中
issue-unknown_customer = 客户未知
issue-unknown_state = 状态未知
issue-out_of_scale = 分数超出量表

## 输入

inputs-heading = 输入数据
inputs-none = 没有读取输入数据。
inputs-source = 数据源
inputs-objects = 文件数
inputs-rows = 行数
inputs-bytes = 大小

## 页脚

footer-method = 忠诚类型依据 Dick 与 Basu（1994），区间依据 Wilson（1927），净推荐值给出 Wald 与校正 Wald 误差范围。少于{ $min_cell }位客户的组不显示。
footer-run = 运行 { $run_id }
footer-version = staunch { $version }

## 首屏

first-no-clear-change = 自{ $date }以来无明显变化：两次均已测评的{ $customers }位客户中变化{ $change }（{ $low }至{ $high }）。
first-clear-change = 自{ $date }以来{ $direction ->
    [up] 上升
   *[down] 下降
}{ $size }（{ $low }至{ $high }），以两次均已测评的{ $customers }位客户计。
first-composition = 全部已测评客户的占比变化{ $total }，其中{ $composition }源于测评对象的构成不同。
first-figures-note = 附95%置信区间。变化相对于{ $date }；能够追踪同批客户的，只看两次均已知的客户。
first-figures-note-alone = 附95%置信区间。自第二次运行起显示变化。
first-within-chance = 在随机波动范围内
first-changes = { $date }以来的变化
first-better = 向好
first-worse = 转差
first-change = { $figure }：{ $before } → { $now }（{ $change }）
first-change-like-for-like = { $figure }：两次均已知的{ $customers }位客户中{ $change }（{ $low }至{ $high }）；全部客户为{ $before } → { $now }
first-change-of-others = { $figure }：{ $before } → { $now }（{ $change }），两次的客户不完全相同
first-no-changes = 没有超出随机波动范围的变化。
first-not-buying = 有购买记录的{ $customers }位客户中，有{ $others }位在统计期内没有购买本品牌。
first-caveats = 数据须知
first-basis = 这些数字有多可靠？
first-newest = 最新数据：{ $sources }。
first-newest-of = { $source } { $date }（{ $days ->
    [0] 报告当日
   *[other] { $days }天前
}）
table-of = 表格：{ $title }
to-table-of = 查看表格：{ $title }
to-quality = 数据、校验与覆盖情况
to-report = 返回报告
quality-title = 数字的可信程度
skip = 跳到正文

## 图表

charts-description = { $value }：{ $marks }
charts-source = 数据表 { $table }{ $per ->
    [none] {""}
    [group] ，每组样本数 { $base }
   *[all] ，样本数 { $base }
}{ $interval ->
    [none] 。
   *[other] 。误差线和阴影带表示区间。
}
charts-trend = 从{ $from }到{ $to }，共{ $nights }次运行。
charts-segment = { $segment }：占已测评客户的{ $share }，占其销售额的{ $amount_share }。
charts-segment-without-amount = { $segment }：占已测评客户的{ $share }。
charts-behaviour-axis = 行为：低 → 高
charts-attitude-axis = 态度：低 → 高
charts-segments-note = 左圆：占已测评客户的比例；右圆：占其销售额的比例。
segments-trend = 各忠诚类型占比的走势

## 工作清单

list-about = 说明
list-choices = 选项
list-nobody = 未指定负责人
list-column = 列
list-meaning = 含义
list-fill-in = 请填写：{ $columns }。单元格带箭头时，请从列表中选择。
list-overdue = 红色的行在该日之前已到期，尚未处理。
list-many-owners = 负责人超过 { $most } 位，未逐人分表，请按负责人筛选。

## 工作簿

workbook-low = 区间下限
workbook-high = 区间上限
workbook-part = 分组
workbook-unit = 单位
workbook-margin = 误差 ±
workbook-weighted-margin = 加权误差 ±
workbook-bytes = 字节数
workbook-chart-data = 图表数据
