//! The data dictionary: a Data Package (datapackage.org, version 2) of the tables in `latest/`.
//!
//! Of the standard's properties it uses those that say what data mean and what the run made sure of. What the standard has no
//! word for is in properties of our own, which it allows: translations (`title@zh`, after its recipe), `unit`, `role`,
//! `dataType`, `codes`, `grain`, `currency`, `timeZone`, `asOfDate`, `smallGroups`.

use chrono::NaiveDate;
use serde::Serialize;

use super::Published;
use super::field::{self, Field};
use crate::config::sidecar::{Check, Sidecar};
use crate::publish::{PublishedTable, table_file_name};

const PROFILE: &str = "https://datapackage.org/profiles/2.0/datapackage.json";
const MEDIA_TYPE: &str = "application/vnd.apache.parquet";

/// All tables.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Package<'a> {
    #[serde(rename = "$schema")]
    profile: &'static str,
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    languages: [&'static str; 2],
    as_of_date: NaiveDate,
    time_zone: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a str>,
    small_groups: SmallGroups,
    resources: Vec<Resource<'a>>,
}

/// How groups of few customers are hidden.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SmallGroups {
    /// Smallest group whose numbers may be shown.
    min_cell: u64,
    description: String,
}

/// A table.
#[derive(Serialize)]
struct Resource<'a> {
    name: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(rename = "title@zh", skip_serializing_if = "Option::is_none")]
    title_zh: Option<&'a str>,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    format: &'static str,
    mediatype: &'static str,
    bytes: u64,
    hash: String,
    schema: TableSchema<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TableSchema<'a> {
    fields: Vec<Field<'a>>,
    /// None: a Parquet file says by itself which values are missing.
    missing_values: [&'static str; 0],
    /// The grain, if the run made sure that it identifies every row.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    primary_key: Vec<&'a str>,
    /// The grain, if it did not.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    grain: Vec<&'a str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    foreign_keys: Vec<ForeignKey<'a>>,
}

#[derive(Serialize)]
struct ForeignKey<'a> {
    fields: [&'a str; 1],
    reference: Reference<'a>,
}

#[derive(Serialize)]
struct Reference<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<&'a str>,
    fields: [&'a str; 1],
}

/// The dictionary of the tables of a run.
pub(super) fn of<'a>(published: &Published<'a>) -> Package<'a> {
    let plan = published.plan;
    Package {
        profile: PROFILE,
        name: &plan.name,
        description: &plan.description,
        languages: ["en", "zh"],
        as_of_date: published.manifest.as_of_date,
        time_zone: plan.time_zone.name(),
        currency: plan.currency.as_deref(),
        small_groups: small_groups(published.min_cell),
        resources: published.manifest.tables.iter().map(|table| resource(published, table)).collect(),
    }
}

fn small_groups(min_cell: u64) -> SmallGroups {
    if min_cell <= 1 {
        return SmallGroups { min_cell, description: "Numbers about any group of customers may be shown.".to_owned() };
    }
    let description = format!(
        "Numbers about fewer than {min_cell} customers are not for people to see. Where a column has the role `suppressed`, the \
         query has left them out, and that column says in which rows. In other tables they are there: whoever shows a row whose \
         column of the role `customers_count` or `n` is below {min_cell} leaves out its numbers, and so do the reports. A column \
         of the role `part_count` is left out alone."
    );
    SmallGroups { min_cell, description }
}

fn resource<'a>(published: &Published<'a>, table: &'a PublishedTable) -> Resource<'a> {
    let sidecar = published.sidecar(table);
    let title = sidecar.and_then(|sidecar| sidecar.report.as_ref()).map(|report| &report.title);
    Resource {
        name: &table.name,
        kind: "table",
        path: table_file_name(&table.name),
        title: title.map(|title| title.en.value.as_str()),
        title_zh: title.and_then(|title| title.zh.as_ref()).map(|zh| zh.value.as_str()),
        description: sidecar.map(|sidecar| sidecar.description.as_str()).unwrap_or_default(),
        format: "parquet",
        mediatype: MEDIA_TYPE,
        bytes: table.bytes,
        hash: format!("sha256:{}", table.sha256),
        schema: schema(published, table, sidecar),
    }
}

fn schema<'a>(published: &Published<'a>, table: &'a PublishedTable, sidecar: Option<&'a Sidecar>) -> TableSchema<'a> {
    let codes = &published.plan.catalogue.codes;
    let fields = table.columns.iter().map(|column| field::of(column, sidecar, codes.get(&column.name))).collect();
    let grain: Vec<&str> = sidecar.iter().flat_map(|sidecar| &sidecar.grain).map(|key| key.value.as_str()).collect();
    let (primary_key, grain) = if is_key(&grain, sidecar) { (grain, Vec::new()) } else { (Vec::new(), grain) };
    TableSchema {
        fields,
        missing_values: [],
        primary_key,
        grain,
        foreign_keys: foreign_keys(published, table, sidecar),
    }
}

/// Whether the checks of the run made sure that these columns are never NULL and together unique.
fn is_key(columns: &[&str], sidecar: Option<&Sidecar>) -> bool {
    let is_filled = |column: &&str| {
        field::guarantees(sidecar)
            .any(|check| matches!(check, Check::NotNull(filled) if filled.columns.iter().any(|name| name == column)))
    };
    let is_unique = field::guarantees(sidecar).any(|check| {
        matches!(check, Check::Unique(unique) if unique.columns.iter().all(|name| columns.contains(&name.as_str())))
    });
    is_unique && columns.iter().all(is_filled)
}

/// The relationships to published tables.
fn foreign_keys<'a>(
    published: &Published<'a>,
    table: &PublishedTable,
    sidecar: Option<&'a Sidecar>,
) -> Vec<ForeignKey<'a>> {
    let relationships = field::guarantees(sidecar).filter_map(|check| match check {
        Check::Relationship(relationship) => Some(relationship),
        _ => None,
    });
    let is_published = |name: &str| published.manifest.tables.iter().any(|table| table.name == name);
    relationships
        .filter(|relationship| is_published(&relationship.table.value))
        .map(|relationship| {
            let other = relationship.table.value.as_str();
            let resource = Some(other).filter(|other| *other != table.name);
            ForeignKey { fields: [&relationship.column], reference: Reference { resource, fields: [&relationship.to] } }
        })
        .collect()
}
