# All texts of the reports in English, in the syntax of Fluent (https://projectfluent.org). The other languages have the
# same messages with the same variables.
#
# Numbers that arrive as numbers are written with separators, and choose plural forms. Where a count may be too small to be
# shown, it arrives as a text such as "<5", which takes the form `other`.

## Punctuation that differs between languages

clause-separator = {"; "}
colon = {": "}
range = { $low } to { $high }
with-unit = { $label } ({ $unit })
with-count = { $label } ({ $count })
named = { $kind }: { $value }
unit-days = days
in-brackets = {" "}({ $text })
unit-name-correlation = correlation
unit-name-count = count
unit-name-days = days
unit-name-index = index
unit-name-nps = NPS
unit-name-points = points
unit-name-psi = PSI
unit-name-ratio = ratio
unit-name-score-difference = score difference
unit-name-seconds = seconds
unit-name-share = share

## Head of the page

title = Customer loyalty
page-title = Customer loyalty: { $pipeline }, { $date }
contents = Contents

meta-as-of = As of
meta-period = Purchases
meta-period-value = { $from } to { $to } ({ $days ->
    [one] { $days } day
   *[other] { $days } days
})
meta-currency = Currency
meta-compared-to = Compared with
meta-no-comparison = no earlier run

headline-measured = { $share } of rated customers are truly loyal{ $interval }; they bring { $amount_share } of rated customers' sales.
headline-measured-without-amount = { $share } of rated customers are truly loyal{ $interval }.
headline-interval = {" "}({ $low }–{ $high })
headline-few-loyal = { $measured ->
    [one] { $measured } customer is rated
   *[other] { $measured } customers are rated
}; too few of them are truly loyal to be shown.
headline-nobody = No customer can be placed in a loyalty segment yet.
headline-no-segments = The loyalty segments were not computed in this run.
headline-nobody-reason = { $customers ->
    [one] The only customer is unmeasured.
   *[other] All { $customers } customers are unmeasured.
} The most frequent reason: { $reason }.
headline-spurious = Another { $customers } ({ $share }) { $customers ->
    [one] buys but is not convinced; this customer brings
   *[other] buy but are not convinced; they bring
} { $amount_share } of rated customers' sales.
headline-spurious-without-amount = Another { $customers } ({ $share }) { $rule ->
    [declared] { $customers ->
        [one] uses us often, but the attitude is not high.
       *[other] use us often, but their attitude is not high.
    }
   *[other] { $customers ->
        [one] buys but is not convinced.
       *[other] buy but are not convinced.
    }
}
headline-latent = { $customers } ({ $share }) { $rule ->
    [count] { $customers ->
        [one] likes us but bought fewer than { $occasions } times in the period.
       *[other] like us but bought fewer than { $occasions } times in the period.
    }
    [declared] { $customers ->
        [one] likes us but uses us little.
       *[other] like us but use us little.
    }
   *[other] { $customers ->
        [one] likes us but rarely buys from us.
       *[other] like us but rarely buy from us.
    }
}
headline-unmeasured = We cannot rate { $customers } of { $all ->
    [one] { $all } customer
   *[other] { $all } customers
}. The most frequent reason, for { $because } of them: { $reason }.
headline-former = Not counted in these shares: { $customers ->
    [one] { $customers } former customer, who closed the account, or bought mostly from us and stopped.
   *[other] { $customers } former customers, who closed their account, or bought mostly from us and stopped.
}
headline-behaviour-only = Behaviour is known for { $customers ->
    [one] { $customers } customer
   *[other] { $customers } customers
}, and { $share } of them are loyal in what they buy.
headline-attitude-only = Attitude is known for { $customers ->
    [one] { $customers } customer
   *[other] { $customers } customers
}, and { $share } of them think well of the brand.

## Key figures


## Segments

segments-heading = Four kinds of loyalty
segments-intro = What customers do and what they think are two things. { $rule ->
    [share] Behaviour is high where the own brand wins at least { $share } of a customer's purchases or money.
    [count] Behaviour is high where a customer bought at least { $occasions } times in the period.
    [declared] Behaviour is high where customers say that they use us often.
    [retained] Behaviour is high as long as somebody remains a customer.
    [index] Behaviour is high from { $index } of 100 points of the behaviour index.
    [unknown] Nobody's behaviour is known here, so nobody can be placed.
   *[other] Behaviour is high where the own brand wins the purchases.
} { $attitude ->
    [absolute] Attitude is high from { $cut } of 100 points of the attitude index.
    [relative] Attitude is high where customers rate the own brand clearly above its best rival.
   *[other] Attitude is high where customers speak well of the brand and mean to return.
}
segments-behaviour-high = High behaviour
segments-behaviour-low = Low behaviour
segments-corner = Attitude ↓, behaviour →
segments-attitude-high = High attitude
segments-attitude-low = Low attitude
segments-of-measured = of the measured
segments-share-of-measured-part = { $share } of the measured
segments-of-all = { $share } of all
segments-customers = Customers
segments-share-of-measured = Share of measured
segments-share-of-all = Share of all
segments-amount = Own sales
segments-amount-share = Share of sales
segments-wallet = Mean share of wallet
segments-attitude-index = Mean attitude index
segments-change = Change
segments-segment = Segment
segments-strategy = What to do
segments-total = All current customers
segments-chart = Who they are, and what they bring
segments-chart-customers = Customers
segments-chart-amount = Sales
segments-missing = The segments were not computed in this run.
segments-hidden-note =
    "<{ $min_cell }" stands for a group too small to be shown. Where the others would give it away, the next smallest
    group is left out as well.
segments-why-unmeasured = Why
segment-true_loyalty = True loyalty
    .short = True
    .says = { $rule ->
        [declared] use us often, and mean it
       *[other] buy us and mean it
    }
segment-latent_loyalty = Latent loyalty
    .short = Latent
    .says = { $rule ->
        [declared] like us, use us little
       *[other] like us, rarely buy from us
    }
segment-spurious_loyalty = Spurious loyalty
    .short = Spurious
    .says = { $rule ->
        [declared] use us often, without conviction
       *[other] buy us without conviction
    }
segment-no_loyalty = No loyalty
    .short = None
    .says = low in both
segment-unmeasured = Unmeasured
    .short = Unmeasured
    .says = behaviour or attitude unknown
segment-former = Former customers
    .says = left, outside all shares

## What was measured

coverage-heading = What was measured
coverage-intro =
    On how many customers each measure could be taken, and why not on the others. An unknown is never counted as low.
coverage-measure = Measure
coverage-customers = Customers
coverage-share = Share
coverage-reasons = Why not on the others
coverage-reason = { $customers } { $reason }
coverage-everybody = measured on everybody
coverage-missing = The coverage of the measures was not computed in this run.
measure-segment = Segment (behaviour and attitude)
measure-behaviour = Behaviour
measure-attitude = Attitude
measure-share_of_wallet = Share of wallet
measure-deal_share = Deal share
measure-recommendation = Would recommend
measure-repurchase = Would buy again

## Net Promoter Score

nps-heading = Net Promoter Score
nps-intro =
    Promoters ({ $promoter_from } to { $highest }) minus detractors ({ $lowest } to { $detractor_to }) on the question whether
    customers would recommend the brand, from −100 to +100, with 95% margins.{ $scale ->
        [usual] {""}
       *[other] {" "}The question was asked on a scale from { $lowest } to { $highest } instead of 0 to 10, so the score cannot be compared with those of other brands.
    } The total counts each customer's latest answer that is not too old, so it may mix
    several waves. By segment the score follows from the segments: recommending is part of the attitude
    that makes them, so it says nothing new about a segment.
nps-nobody = No answer to the question whether customers would recommend the brand is on file, so there is no score.
nps-news = { $direction ->
    [up] The Net Promoter Score has risen
   *[down] The Net Promoter Score has fallen
} from { $before } in wave { $previous } to { $now } in wave { $wave }, by more than chance explains.
nps-few =
    { $min_cell ->
        [one] Nobody
       *[other] Fewer than { $min_cell } customers
    } answered the question whether they would recommend the brand, so no score is shown.
nps-missing = The Net Promoter Score was not computed in this run.
nps-score = Score
nps-lowest = −100
nps-highest = +100
nps-group = Responses
nps-responses-n = n
nps-n-eff = Effective n
nps-promoters = Promoters
nps-passives = Passives
nps-detractors = Detractors
nps-shares = Promoters { $promoters }, passives { $passives }, detractors { $detractors }
nps-adjusted = Adjusted
nps-weighted = Weighted
nps-change = Change
nps-total = All current responses
nps-verdict-positive = There are more promoters than detractors.
nps-verdict-negative = There are more detractors than promoters.
nps-verdict-open = The margin includes zero, so promoters and detractors cannot be told apart.

## Parts of a whole

dimension-wave = Wave { $value }
dimension-channel = Channel { $value }
value-all = all
value-total = total
value-unknown = unknown
value-yes = yes
value-no = no

## Indicators

indicators-heading = Indicators
indicators-intro-compared = Changes are against the run of { $date }.
indicators-intro-first = There is no earlier run to compare with; changes appear from the second run date on.
indicators-indicator = Indicator
indicators-value = Value
indicators-interval = Interval
indicators-responses-n = n
indicators-previous = Before
indicators-change = Change
indicators-show-parts = Show the parts
indicators-missing = The indicators were not computed in this run.

## Tables that sidecars describe

label-customers_count = Customers
label-customers_share = Share of these
tables-textbook = Textbook
tables-textbook-label = { $label }, textbook
tables-textbook-note = Textbook figures are quoted for comparison; they are not computed from these customers.
tables-hidden-note =
    "<{ $min_cell }" stands for a group too small to be shown; its other numbers, and the next smallest group where the
    others would give it away, are left out.
tables-cut = { $shown } of { $all ->
    [one] { $all } row
   *[other] { $all } rows
}; { $file ->
    [none] the published table has all of them.
   *[other] all of them are in { $file }.
}
tables-counted = Of { $customers ->
    [one] { $customers } customer
   *[other] { $customers } customers
}{ $file ->
    [none] .
   *[other] ; the list is in { $file }.
}
tables-more = { $count ->
    [one] One more column is
   *[other] { $count } more columns are
} in { $file ->
    [none] the published table.
   *[other] { $file }.
}
tables-show = Show the table
tables-nothing-of = Without numbers in this run:
tables-absent = needs data for { $inputs }
tables-not-on-file = Not on file: data for { $inputs }.
tables-empty = nothing in this run belongs here
tables-no-earlier-run = there is no earlier run to compare with
tables-unknown = Not known in this run: { $columns }.
tables-is-true = yes
tables-is-false = no

## What is missing

missing-heading = What is missing
missing-intro = What these inputs would add to the report.
missing-table = Input
missing-would-give = What it would give
missing-nothing = All optional inputs are there.
missing-parts = This run did not publish everything the report can show: { $parts }.
missing-part-table = table { $table }
missing-part-column = column { $column } of { $table }

## Checks

checks-heading = Checks
checks-all-passed = { $count ->
    [one] The only check passed.
   *[other] All { $count } checks passed.
}
checks-failed = { $failed } of { $count ->
    [one] { $count } check
   *[other] { $count } checks
} failed.
checks-warned = { $warned } of { $count ->
    [one] { $count } check
   *[other] { $count } checks
} gave a warning; none failed.
checks-found = { $sentence } Found: { $found }.
checks-found-in = { $found } (table { $table })
checks-warning = warning
checks-none = No checks are declared.
checks-table = Table
checks-rule = Rule, or what breaks it
checks-result = Result
checks-offending = Offending rows
checks-severity = If it fails
checks-holds = passed
checks-broken = failed
checks-show-all = Show the checks that passed
severity-warn = warn
severity-stop = stop
rule-not-null = { $columns } not null
rule-unique = { $columns } unique
rule-one-of = { $column } one of { $values }
rule-range = { $column } from { $min } to { $max }
rule-at-least = { $column } at least { $min }
rule-at-most = { $column } at most { $max }
rule-any-range = { $column } in any range
rule-rows = { $min } to { $max } rows
rule-rows-at-least = at least { $min ->
    [one] { $min } row
   *[other] { $min } rows
}
rule-rows-at-most = at most { $max ->
    [one] { $max } row
   *[other] { $max } rows
}
rule-any-rows = any number of rows
rule-relationship = { $column } found in { $table }.{ $to }
found-not-null = { $columns } empty
found-unique = { $columns } not unique
found-one-of = { $column } none of { $values }
found-range = { $column } outside { $min } to { $max }
found-at-least = { $column } below { $min }
found-at-most = { $column } above { $max }
found-any-range = { $column } outside any range
found-rows = fewer than { $min } or more than { $max } rows
found-rows-at-least = fewer than { $min ->
    [one] { $min } row
   *[other] { $min } rows
}
found-rows-at-most = more than { $max ->
    [one] { $max } row
   *[other] { $max } rows
}
found-any-rows = no number of rows
found-relationship = { $column } not found in { $table }.{ $to }
found-expression = this does not hold: { $rule }

## Input quality

quality-heading = Input quality
quality-intro = Input rows with an issue and what became of them.
quality-clean = No input row has an issue.
quality-missing = Input quality was not computed in this run.
quality-table = Table
quality-issue = Issue
quality-rows = Rows
quality-share = Share of rows
quality-handling = What became of them
issue-missing_customer_id = no customer
issue-missing_order_id = no order
issue-missing_ordered_at = no time of order
issue-missing_response_id = no response
issue-missing_item_id = no item
issue-missing_answered_at = no time of answer
issue-missing_amount = no amount
issue-missing_score = answer without a score
issue-return_without_purchase = return without a purchase on file
issue-nothing_left = own purchases of customers who have nothing left
issue-category_left_out = own purchases in categories that are left out
issue-unmatched_customer = customers found in no other table
issue-after_as_of_date = later than the date of the report
issue-duplicate_line = same order and line number twice
issue-duplicate_answer = same response and item twice
issue-duplicate_customer = same customer twice
issue-unknown_item = item not in the questionnaire
issue-unknown_customer = customer not known
issue-unknown_state = state not known
issue-out_of_scale = score outside the scale

## Inputs

inputs-heading = Inputs
inputs-none = No inputs were read.
inputs-source = Source
inputs-objects = Files
inputs-rows = Rows
inputs-bytes = Size

## Foot of the page

footer-method =
    Segments after Dick and Basu (1994), intervals after Wilson (1927), Net Promoter Score with Wald and adjusted Wald
    margins. Groups of fewer than { $min_cell ->
        [one] { $min_cell } customer
       *[other] { $min_cell } customers
    } are not shown.
footer-run = Run { $run_id }
footer-version = staunch { $version }

## First screen

first-no-clear-change = No clear change since { $date } among the { $customers ->
    [one] one customer
   *[other] { $customers } customers
} rated both times ({ $change }, { $low } to { $high }).
first-clear-change = { $direction ->
    [up] Up
   *[down] Down
} { $size } since { $date } among the { $customers ->
    [one] one customer
   *[other] { $customers } customers
} rated both times ({ $low } to { $high }).
first-composition = The share of all rated customers changed by { $total }; { $composition } of that comes from who was rated.
first-figures-note = With 95% intervals. Changes since { $date }, among the customers known both times where they can be followed.
first-figures-note-alone = With 95% intervals. Changes appear from the second night on.
first-within-chance = within chance
first-changes = What has changed since { $date }
first-better = For the better
first-worse = For the worse
first-change = { $figure }: { $before } → { $now } ({ $change })
first-change-like-for-like = { $figure }: { $change } ({ $low } to { $high }) among the { $customers ->
    [one] one customer
   *[other] { $customers } customers
} known both times; of all, { $before } → { $now }
first-change-of-others = { $figure }: { $before } → { $now } ({ $change }), not of the same customers
first-no-changes = No figure has changed by more than chance explains.
first-not-buying = Of { $customers ->
    [one] the one customer
   *[other] the { $customers } customers
} with purchases on file, { $others } bought nothing from us in the period.
first-caveats = What to know about these data
first-basis = How sure are these numbers?
first-newest = Newest data: { $sources }.
first-newest-of = { $source } { $date } ({ $days ->
    [0] the day of the report
    [one] one day before
   *[other] { $days } days before
})
table-of = Table: { $title }
to-table-of = To the table: { $title }
to-quality = Data, checks and coverage
to-report = Back to the report
quality-title = How far to trust the numbers
skip = Skip to the content

## Charts

charts-description = { $value }: { $marks }
charts-source = Table { $table }{ $per ->
    [none] {""}
    [group] , n = { $base } in each group
   *[all] , n = { $base }
}{ $interval ->
    [none] .
   *[other] . Whiskers and bands show intervals.
}
charts-trend = From { $from } to { $to }, { $nights } nights.
charts-segment = { $segment }: { $share } of rated customers, { $amount_share } of their sales.
charts-segment-without-amount = { $segment }: { $share } of rated customers.
charts-behaviour-axis = Behaviour: low → high
charts-attitude-axis = Attitude: low → high
charts-segments-note = Left circle: share of rated customers. Right circle: share of their sales.
segments-trend = Share of the segments over time

## Lists to work through

list-about = About
list-choices = Choices
list-nobody = Nobody named
list-column = Column
list-meaning = Meaning
list-fill-in = To be filled in: { $columns }. Where a cell has an arrow, choose from its list.
list-overdue = Red rows were due before this day and are not dealt with.
list-many-owners = More than { $most } owners; filter the list by owner instead of by sheet.

## Workbook

workbook-low = From
workbook-high = To
workbook-part = Part
workbook-unit = Unit
workbook-margin = Margin ±
workbook-weighted-margin = Weighted margin ±
workbook-bytes = Bytes
workbook-chart-data = Chart data
