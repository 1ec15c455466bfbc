//! Rules on the values of parameters -> expressions that need no data, every `$name` bound.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{Expr, Value, Visit, Visitor};

use super::placeholders;
use super::query::expression;
use crate::config::PipelineText;
use crate::config::parameters::Parameter;
use crate::config::schema::ParameterRule;
use crate::error::{Place, Problem};

/// A rule ready to be evaluated.
#[derive(Clone, Debug)]
pub struct RulePlan {
    /// The rule as written.
    pub rule: ParameterRule,
    /// Where it is written.
    pub place: Place,
    /// The condition, every `$name` replaced by a typed literal.
    pub condition: Expr,
    /// The parameters it compares, with their values and where these come from, in words.
    pub values: Vec<String>,
}

/// Parses the rules and binds their parameters. A rule on a parameter that has no value is left out.
pub fn plan(rules: &[(PipelineText, ParameterRule)], parameters: &[Parameter]) -> (Vec<RulePlan>, Vec<Problem>) {
    let mut plans = Vec::new();
    let mut problems = Vec::new();
    for (file, rule) in rules {
        let place = file.place(rule.sql.line, rule.sql.column);
        match parse(file, rule, place.clone(), parameters) {
            Ok(plan) => plans.extend(plan),
            Err(found) => problems.extend(found.into_iter().map(|problem| about(&rule.name, problem, &place))),
        }
    }
    (plans, problems)
}

/// The problem, with the name of its rule in front, at the place of the rule's condition.
pub fn about(name: &str, mut problem: Problem, place: &Place) -> Problem {
    problem.message = format!("in the rule `{name}`: {}", problem.message);
    problem.at(place.clone())
}

fn parse(
    file: &PipelineText,
    rule: &ParameterRule,
    place: Place,
    parameters: &[Parameter],
) -> Result<Option<RulePlan>, Vec<Problem>> {
    let sql = PipelineText { path: file.path.clone(), text: rule.sql.value.as_str().into() };
    let mut condition = expression(&sql).map_err(|problem| vec![problem])?;
    let mut names = Names(Vec::new());
    let _ = condition.visit(&mut names);
    let used: Vec<&Parameter> =
        names.0.iter().filter_map(|name| parameters.iter().find(|known| known.name == *name)).collect();
    if used.iter().any(|parameter| parameter.value.is_none()) {
        return Ok(None);
    }
    let problems = placeholders::bind(&mut condition, &sql, parameters);
    if !problems.is_empty() {
        return Err(problems);
    }
    let described = |parameter: &&Parameter| {
        let value = parameter.value.as_ref().map(ToString::to_string).unwrap_or_default();
        format!("`{}` is {value} ({})", parameter.name, parameter.origin)
    };
    Ok(Some(RulePlan { rule: rule.clone(), place, condition, values: used.iter().map(described).collect() }))
}

/// The parameters named, each once, in the order of the text.
struct Names(Vec<String>);

impl Visitor for Names {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        if let Expr::Value(value) = expression
            && let Value::Placeholder(written) = &value.value
        {
            let name = written.trim_start_matches('$');
            if self.0.iter().all(|known| known != name) {
                self.0.push(name.to_owned());
            }
        }
        ControlFlow::Continue(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::located::Located;
    use crate::config::parameters::{Origin, ParameterValue};
    use std::path::PathBuf;

    fn parameter(name: &str, value: Option<i64>, origin: Origin) -> Parameter {
        Parameter {
            name: name.into(),
            description: String::new(),
            value: value.map(ParameterValue::Integer),
            is_wrong: false,
            origin,
        }
    }

    fn planned(sql: &str) -> (Vec<RulePlan>, Vec<Problem>) {
        let file = PipelineText { path: PathBuf::from("parameters.yml"), text: "".into() };
        let rule = ParameterRule {
            name: Located::unwritten("low is below high".into()),
            sql: Located { value: sql.into(), line: 7, column: 10 },
            hint: None,
        };
        let parameters = [
            parameter("low", Some(1), Origin::CommandLine),
            parameter("high", Some(2), Origin::Set { line: 4 }),
            parameter("open", None, Origin::SharedDefault),
        ];
        plan(&[(file, rule)], &parameters)
    }

    fn complaint(sql: &str) -> String {
        planned(sql).1.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn every_parameter_is_described_once_with_where_its_value_comes_from() {
        let (plans, problems) = planned("$low < $high and $low > 0");
        assert!(problems.is_empty());
        let expected = ["`low` is 1 (from the command line)", "`high` is 2 (from `set` in line 4 of the pipeline)"];
        assert_eq!(plans[0].values, expected);
    }

    #[test]
    fn a_rule_on_a_parameter_without_value_is_left_out() {
        let (plans, problems) = planned("$low < $open");
        assert!(plans.is_empty() && problems.is_empty());
    }

    #[test]
    fn what_is_wrong_with_the_condition_is_placed_at_the_rule() {
        assert_eq!(
            complaint("$low < $hihg"),
            "parameters.yml:7:10: in the rule `low is below high`: there is no parameter `$hihg` (hint: did you mean `high`?)"
        );
        assert!(complaint("$low <").starts_with("parameters.yml:7:10: in the rule `low is below high`: SQL syntax: "));
        assert!(complaint("$low < $high; drop table a").contains("`;` comes after the condition"));
    }
}
