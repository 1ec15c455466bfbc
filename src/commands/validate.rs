//! `staunch validate`: finds every mistake that can be found without data.

use super::{Invocation, load};
use crate::cli::{ParameterArguments, ValidateArguments};
use crate::config::catalogue::Axis;
use crate::config::high_answers::high_answers;
use crate::config::loyalty_definition::LoyaltyDefinition;
use crate::config::parameters::ParameterValue;
use crate::error::{Error, Problem, Result};
use crate::plan::{Plan, Wanted};
use crate::report::untranslated;
use crate::run::inputs::check_declared;
use crate::typing::type_check::Depth;

/// Validates every pipeline and reports all problems of all of them.
pub async fn execute(arguments: &ValidateArguments, invocation: &Invocation) -> Result<()> {
    let mut problems = Vec::new();
    for path in &arguments.pipelines {
        match validate(path, &arguments.parameters, invocation).await {
            Ok(lines) => {
                let mut lines = lines.iter();
                if let Some(summary) = lines.next() {
                    invocation.progress.say(&format!("{}: {summary}", path.display()));
                }
                lines.for_each(|line| invocation.progress.say(&format!("  {line}")));
            }
            // Pipelines share queries, so a problem of a shared query is reported only once.
            Err(Error::Invalid(found)) => found.into_iter().for_each(|problem| {
                if problems.iter().all(|known: &Problem| known.to_string() != problem.to_string()) {
                    problems.push(problem);
                }
            }),
            Err(other) => return Err(other),
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(Error::Invalid(problems)) }
}

async fn validate(
    path: &std::path::Path,
    parameters: &ParameterArguments,
    invocation: &Invocation,
) -> Result<Vec<String>> {
    let pipeline = load(path, parameters, invocation)?;
    let sources = pipeline.source_names().count();
    let plan = crate::plan::make(pipeline, &Wanted::Everything)?;
    let checked = check_declared(&plan, Depth::PhysicalPlans).await?;
    let mut summary = format!(
        "valid ({}, {}, {})",
        counted(sources, "source", "sources"),
        counted(plan.queries.len(), "query", "queries"),
        counted(plan.outputs.len(), "output", "outputs")
    );
    if !checked.unchecked.is_empty() {
        let names: Vec<&str> = checked.unchecked.iter().map(String::as_str).collect();
        summary.push_str(&format!(
            "; columns and types not checked, because a source declares no columns: {}",
            names.join(", ")
        ));
    }
    let mut lines = vec![summary];
    let overrides: Vec<String> = plan.overrides.iter().map(ToString::to_string).collect();
    if !overrides.is_empty() {
        lines.push(format!("overrides: {}", overrides.join(", ")));
    }
    lines.extend(about_attitude(&plan));
    lines.extend(about_loyalty(&plan));
    lines.extend(about_languages(&plan));
    Ok(lines)
}

/// Warnings about words that a report shows in English, because there are none in its language.
fn about_languages(plan: &Plan) -> Vec<String> {
    let reports =
        plan.reports.iter().flat_map(|report| report.languages.iter().map(move |language| (report, *language)));
    let missing = reports.map(|(report, language)| (report, language, untranslated(plan, report, language)));
    let mut lines = Vec::new();
    for (report, language, missing) in missing.filter(|(_, _, missing)| !missing.is_empty()) {
        lines.push(format!(
            "warning: the report `{}` shows these words in English, because there are none in {} (`{}`):",
            report.name,
            language.name(),
            language.code()
        ));
        lines.extend(missing.iter().map(|words| format!("  {words}")));
    }
    lines
}

/// Which answers count as high, where attitude is judged by the cut of its index.
fn about_attitude(plan: &Plan) -> Vec<String> {
    if is_set_to(plan, "attitude_axis", "relative") {
        return Vec::new();
    }
    let questionnaire = plan.questionnaire.as_ref().map(|file| &file.content);
    let Some(high) = questionnaire.and_then(|content| high_answers(content, &plan.parameters)) else {
        return Vec::new();
    };
    let mut lines = vec![format!("answers that are high at attitude_cut {}: {}", high.cut, high.answers.join(", "))];
    lines.extend(high.warnings.iter().map(|warning| format!("warning: at attitude_cut {} {warning}", high.cut)));
    lines
}

/// The conditions and indicators of the loyalty definition, with warnings about those that cannot be measured.
fn about_loyalty(plan: &Plan) -> Vec<String> {
    let definition = plan.loyalty_definition.as_ref().map(|file| &file.content);
    let catalogue = &plan.catalogue;
    let has_behaviour = |definition: &LoyaltyDefinition| definition.has_axis(Axis::Behaviour, catalogue);
    let mut lines = Vec::new();
    if is_set_to(plan, "behaviour_rule", "index") && !definition.is_some_and(has_behaviour) {
        lines.push(
            "warning: `behaviour_rule` is `index`, but no loyalty definition has an indicator of behaviour, so no \
             customer's behaviour can be measured"
                .to_owned(),
        );
    }
    let Some(file) = &plan.loyalty_definition else { return lines };
    let definition = &file.content;
    let bounds: Vec<String> = definition
        .loyal_customer
        .iter()
        .filter_map(|condition| {
            let (comparison, value) = condition.bound()?;
            Some(format!("{} {} {value}", condition.indicator.value, comparison.replace('_', " ")))
        })
        .collect();
    let indicators: Vec<&str> = definition.loyalty_index.iter().map(|item| item.indicator.value.as_str()).collect();
    if !bounds.is_empty() {
        lines.push(format!("a loyal customer ({}): {}", definition.name, bounds.join(", ")));
    }
    lines.push(format!("the loyalty index ({}): {}", definition.name, indicators.join(", ")));
    let unmeasured = definition.unmeasured(catalogue, plan.questionnaire.as_ref().map(|file| &file.content));
    lines.extend(unmeasured.iter().map(|indicator| {
        format!("warning: `{indicator}` of `{}` stays unknown: no item of the questionnaire measures it", file.written)
    }));
    lines
}

fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn is_set_to(plan: &Plan, name: &str, value: &str) -> bool {
    let parameter = plan.parameters.iter().find(|parameter| parameter.name == name);
    parameter.is_some_and(|parameter| parameter.value == Some(ParameterValue::Text(value.to_owned())))
}
