//! Renders the reports of a published run again, from the numbers that the run kept.

use super::{Nights, RunReference};
use crate::config::report_format::ReportFormat;
use crate::error::{Error, Problem, Result};
use crate::publish::{LogEntry, Manifest, RunName};
use crate::report::{self, LoyaltyReport};

/// Which reports of which run, and how.
#[derive(Clone, Copy, Debug)]
pub struct WantedReports<'a> {
    /// The run.
    pub run: &'a RunName,
    /// The earlier run that its numbers are compared with; the one that the run itself was compared with when absent.
    pub compared: Option<&'a RunName>,
    /// Name of the report; all when absent.
    pub name: Option<&'a str>,
    /// Code of the language; all when absent.
    pub language: Option<&'a str>,
    /// Formats.
    pub formats: &'a [ReportFormat],
}

/// File names and documents.
///
/// # Errors
/// `Error::Invalid` when there is no such run or report, or the runs cannot be compared; `Error::Data` when the kept numbers
/// are damaged.
pub async fn render(nights: &Nights, wanted: &WantedReports<'_>) -> Result<Vec<(String, Vec<u8>)>> {
    let log = nights.location.log().await?;
    let run = kept(nights, log.named(wanted.run).await?).await?;
    let compared = match wanted.compared {
        Some(name) => Some(kept(nights, log.named(name).await?).await?),
        None => None,
    };
    let is_wanted = |name: &str, language: &str| {
        wanted.name.is_none_or(|wanted| wanted == name) && wanted.language.is_none_or(|wanted| wanted == language)
    };
    let mut documents = Vec::new();
    for model in &run.manifest.models {
        let Some((name, language)) = model.name.rsplit_once('.').filter(|(name, language)| is_wanted(name, language))
        else {
            continue;
        };
        let mut built = read(nights, &run, &model.name).await?;
        if let Some(compared) = &compared {
            built = report::against(built, &read(nights, compared, &format!("{name}.{language}")).await?)?;
        }
        documents.extend(report::documents(&built, name, wanted.formats)?);
    }
    if documents.is_empty() {
        let names: Vec<&str> = run.manifest.models.iter().map(|model| model.name.as_str()).collect();
        let problem = Problem::new(format!("{} has no such report", run.reference));
        return Err(Error::invalid(problem.hint(format!("its reports are {}", names.join(", ")))));
    }
    Ok(documents)
}

/// A run that kept the numbers of its reports.
struct KeptRun {
    reference: RunReference,
    manifest: Manifest,
}

async fn kept(nights: &Nights, entry: LogEntry) -> Result<KeptRun> {
    let reference = RunReference::from(&entry);
    let manifest = nights.location.manifest_of(&entry).await?.filter(|manifest| !manifest.models.is_empty());
    let Some(manifest) = manifest else {
        return Err(Error::invalid(
            Problem::new(format!("{reference} kept no numbers of a report"))
                .hint("its pipeline has no reports, or an older version of the program published it; `staunch retry` runs its day again"),
        ));
    };
    Ok(KeptRun { reference, manifest })
}

async fn read(nights: &Nights, run: &KeptRun, name: &str) -> Result<LoyaltyReport> {
    let reference = &run.reference;
    let model =
        run.manifest.models.iter().find(|model| model.name == name).ok_or_else(|| {
            Error::invalid(Problem::new(format!("{reference} has no report `{name}` to compare with")))
        })?;
    let bytes = nights.location.read_model(model).await?.ok_or_else(|| {
        Error::invalid(
            Problem::new(format!("the numbers of the report `{name}` of {reference} are gone"))
                .hint("`staunch clean` removes them with the run; `staunch retry` runs its day again"),
        )
    })?;
    report::read_json(&bytes)
}
