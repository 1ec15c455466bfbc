//! `staunch validate`: everything that can be wrong before data is read.

use super::{Surroundings, load, resources};
use crate::cli::{ParameterArguments, ResourceArguments, ValidateArguments};
use crate::config::Pipeline;
use crate::config::catalogue::Axis;
use crate::config::high_answers::high_answers;
use crate::config::loyalty_definition::LoyaltyDefinition;
use crate::config::parameters::ParameterValue;
use crate::error::{Error, Problem, Result};
use crate::plan::{self, Wanted};
use crate::run::inputs::check_declared;
use crate::typing::type_check::Depth;

/// Validates every pipeline and reports all problems of all of them.
pub async fn execute(arguments: &ValidateArguments, surroundings: &Surroundings) -> Result<()> {
    let mut problems = Vec::new();
    for path in &arguments.pipelines {
        match validate(path, &arguments.parameters, surroundings).await {
            Ok(lines) => {
                let mut lines = lines.iter();
                if let Some(summary) = lines.next() {
                    surroundings.progress.say(&format!("{}: {summary}", path.display()));
                }
                lines.for_each(|line| surroundings.progress.say(&format!("  {line}")));
            }
            // Pipelines share queries: what is wrong with one of them is said once.
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
    surroundings: &Surroundings,
) -> Result<Vec<String>> {
    let mut pipeline = load(path, parameters, surroundings)?;
    if let Err(Error::Invalid(found)) = resources::resources(&pipeline, &ResourceArguments::default()) {
        pipeline.problems.extend(found);
    }
    let plan = plan::make(pipeline, &Wanted::Everything)?;
    let checked = check_declared(&plan, Depth::Computations).await?;
    let mut summary = format!(
        "valid ({}, {}, {})",
        counted(plan.pipeline.definition.sources.len(), "source", "sources"),
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
    lines.extend(about_attitude(&plan.pipeline));
    lines.extend(about_loyalty(&plan.pipeline));
    Ok(lines)
}

/// What the cut of the attitude index means for single answers, where attitude is judged by it.
fn about_attitude(pipeline: &Pipeline) -> Vec<String> {
    if is_set_to(pipeline, "attitude_axis", "relative") {
        return Vec::new();
    }
    let questionnaire = pipeline.questionnaire.as_ref().map(|file| &file.content);
    let Some(high) = questionnaire.and_then(|content| high_answers(content, &pipeline.parameters)) else {
        return Vec::new();
    };
    let mut lines = vec![format!("answers that are high at attitude_cut {}: {}", high.cut, high.answers.join(", "))];
    lines.extend(high.warnings.iter().map(|warning| format!("warning: at attitude_cut {} {warning}", high.cut)));
    lines
}

/// What the loyalty definition asks for, and what of it nothing can tell.
fn about_loyalty(pipeline: &Pipeline) -> Vec<String> {
    let definition = pipeline.loyalty_definition.as_ref().map(|file| &file.content);
    let catalogue = &pipeline.catalogue;
    let has_behaviour = |definition: &LoyaltyDefinition| definition.has_axis(Axis::Behaviour, catalogue);
    let mut lines = Vec::new();
    if is_set_to(pipeline, "behaviour_rule", "index") && !definition.is_some_and(has_behaviour) {
        lines.push(
            "warning: behaviour_rule is `index`, and no loyalty definition has an indicator of behaviour: every customer's \
             behaviour stays unmeasured"
                .to_owned(),
        );
    }
    let Some(file) = &pipeline.loyalty_definition else { return lines };
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
    let unmeasured = definition.unmeasured(catalogue, pipeline.questionnaire.as_ref().map(|file| &file.content));
    lines.extend(unmeasured.iter().map(|indicator| {
        format!("warning: `{indicator}` of `{}` stays unknown: no item of the questionnaire measures it", file.written)
    }));
    lines
}

fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

fn is_set_to(pipeline: &Pipeline, name: &str, value: &str) -> bool {
    let parameter = pipeline.parameters.iter().find(|parameter| parameter.name == name);
    parameter.is_some_and(|parameter| parameter.value == Some(ParameterValue::Text(value.to_owned())))
}
