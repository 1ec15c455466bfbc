//! Checks the values of parameters against their rules, before any data is read.

use arrow::array::{Array, AsArray};
use arrow::datatypes::DataType as ArrowType;
use datafusion::common::{DFSchema, DataFusionError};
use datafusion::sql::sqlparser::ast::ExprWithAlias;

use super::condition_problems;
use crate::config::PipelineText;
use crate::engine::{Engine, sql_errors};
use crate::error::{Error, Problem, Result};
use crate::plan::parameter_rules::{RulePlan, about};

/// Evaluates every rule.
///
/// # Errors
/// [`Error::Invalid`] with every rule that does not hold, or that is not a condition on parameters alone.
pub async fn check(rules: &[RulePlan], engine: &Engine) -> Result<()> {
    let mut problems = Vec::new();
    for rule in rules {
        match holds(rule, engine).await {
            Ok(Some(true)) => {}
            Ok(_) => problems.push(broken(rule)),
            Err(found) => {
                problems.extend(found.into_iter().map(|problem| about(&rule.rule.name, problem, &rule.place)));
            }
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

fn broken(rule: &RulePlan) -> Problem {
    let message = format!("the rule `{}` does not hold: {}", rule.rule.name.value, rule.values.join(", "));
    let mut problem = Problem::new(message).at(rule.place.clone());
    problem.hint = rule.rule.hint.clone().or_else(|| Some("give the parameters other values".to_owned()));
    problem
}

async fn holds(rule: &RulePlan, engine: &Engine) -> Result<Option<bool>, Vec<Problem>> {
    let sql = PipelineText { path: Default::default(), text: rule.rule.sql.value.as_str().into() };
    let wrong = |error: DataFusionError| vec![sql_errors::planning_problem(&sql, &error)];
    let state = engine.context.state();
    let written = ExprWithAlias { expr: rule.condition.clone(), alias: None };
    let condition = state.create_logical_expr_from_sql_expr(written, &DFSchema::empty()).map_err(wrong)?;
    let problems = condition_problems(&sql, &rule.condition, Some(&condition), &state);
    if !problems.is_empty() {
        return Err(problems);
    }
    let frame = engine.context.read_empty().and_then(|frame| frame.select(vec![condition])).map_err(wrong)?;
    let batches = frame.collect().await.map_err(wrong)?;
    let column = batches.first().map(|batch| batch.column(0));
    match column {
        Some(column) if *column.data_type() == ArrowType::Boolean && column.len() == 1 => {
            let values = column.as_boolean();
            Ok((!values.is_null(0)).then(|| values.value(0)))
        }
        Some(column) if *column.data_type() == ArrowType::Null => Ok(None),
        _ => {
            let problem = Problem::new("the condition is not true or false");
            Err(vec![problem.hint("compare parameters, such as `$low < $high`")])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::located::Located;
    use crate::config::parameters::{Origin, Parameter, ParameterValue};
    use crate::config::schema::ParameterRule;
    use crate::plan::parameter_rules::plan;

    async fn complaint(sql: &str) -> String {
        let file = PipelineText { path: "parameters.yml".into(), text: "".into() };
        let rule = ParameterRule {
            name: Located::unwritten("a rule".into()),
            sql: Located { value: sql.into(), line: 7, column: 10 },
            hint: Some("mend it".into()),
        };
        let parameter = |name: &str, value| Parameter {
            name: name.into(),
            description: String::new(),
            value: Some(value),
            is_wrong: false,
            origin: Origin::SharedDefault,
        };
        let parameters = [
            parameter("third", ParameterValue::Decimal("0.3".into())),
            parameter("half", ParameterValue::Decimal("0.5".into())),
            parameter("brand", ParameterValue::Text("a' or 'b' = 'b".into())),
        ];
        let (plans, problems) = plan(&[(file, rule)], &parameters);
        assert!(problems.is_empty());
        check(&plans, &Engine::for_planning().unwrap())
            .await
            .map_or_else(|error| error.to_string(), |()| "holds".into())
    }

    #[tokio::test]
    async fn a_condition_must_be_true() {
        assert_eq!(complaint("$third < $half and 2 * $half = 1").await, "holds");
        assert_eq!(
            complaint("$half < $third").await,
            "parameters.yml:7:10: the rule `a rule` does not hold: `half` is 0.5 (the default), `third` is 0.3 (the default) (hint: mend it)"
        );
        assert!(complaint("nullif($half, $half) > 0").await.contains("does not hold"), "NULL is not true");
        assert!(complaint("null").await.contains("does not hold"), "NULL is not true");
    }

    #[tokio::test]
    async fn a_value_never_becomes_sql() {
        assert!(complaint("$brand = 'a'").await.contains("does not hold"));
    }

    #[tokio::test]
    async fn the_clock_and_chance_are_refused_however_they_are_written() {
        for call in ["random()", "\"random\"()", "RAND()"] {
            let complaint = complaint(&format!("$third < {call}")).await;
            assert!(complaint.starts_with("parameters.yml:7:10: in the rule `a rule`: `rand"), "{complaint}");
            assert!(complaint.contains("returns a different result on every run"), "{complaint}");
        }
    }

    #[tokio::test]
    async fn what_is_no_condition_on_parameters_alone_is_refused() {
        assert!(complaint("$half + 1").await.contains("the condition is not true or false"));
        assert!(complaint("amount > $half").await.contains("there is no column `amount`"));
        let with_table = complaint("$half > (select max(amount) from orders)").await;
        assert!(with_table.starts_with("parameters.yml:7:10: in the rule `a rule`: "), "{with_table}");
        assert!(complaint("1 / 0 > $half").await.starts_with("parameters.yml:7:10: in the rule `a rule`: "));
    }
}
