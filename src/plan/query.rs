//! One SQL file: the statement it holds, the tables it reads, its parameters bound as typed literals.

use std::collections::BTreeSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use datafusion::sql::parser::Statement as EngineStatement;
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast::{Expr, ObjectName, Query, SetExpr, Spanned, Statement, Visit, Visitor};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::{Parser, ParserError};
use datafusion::sql::sqlparser::tokenizer::{Span, Token};

use super::{nesting, placeholders};
use crate::config::PipelineText;
use crate::config::located::Located;
use crate::config::parameters::Parameter;
use crate::config::query_files::QueryFile;
use crate::config::sidecar::Check;
use crate::error::{Place, Problem};

/// Longest statement that is parsed, in bytes; beyond it deeply nested expressions could exhaust the stack.
const LONGEST_STATEMENT_BYTES: usize = 256 * 1024;

/// A query ready to be planned: one SELECT with its parameters bound.
#[derive(Clone, Debug)]
pub struct QueryPlan {
    /// Table name.
    pub name: String,
    /// The file, its text and its sidecar.
    pub file: QueryFile,
    /// The folder that it counts as being in.
    pub folder: PathBuf,
    /// The statement, every `$name` replaced by a typed literal.
    pub statement: EngineStatement,
    /// Tables it reads, by name.
    pub reads: BTreeSet<String>,
    /// Rules of its sidecar.
    pub checks: Vec<CheckPlan>,
    /// SHA-256 of the SQL text, in hexadecimal.
    pub sha256: String,
}

/// A check of a query's table.
#[derive(Clone, Debug)]
pub struct CheckPlan {
    /// The check as written.
    pub check: Located<Check>,
    /// The condition of a check by expression, every `$name` replaced by a typed literal.
    pub condition: Option<Expr>,
}

impl QueryPlan {
    /// Parses a query and binds its parameters.
    ///
    /// # Errors
    /// Everything wrong with this one file: its syntax, more than one statement, anything but a SELECT, unknown
    /// parameters.
    pub fn parse(file: &QueryFile, parameters: &[Parameter]) -> Result<Self, Vec<Problem>> {
        let sql = &file.sql;
        let mut statement = select_statement(sql).map_err(|problem| vec![problem])?;
        if let Some(problem) = nesting::problem(&statement, sql) {
            // Dropping it would recurse as deeply as planning it.
            std::mem::forget(statement);
            return Err(vec![problem]);
        }
        let mut problems = placeholders::bind(&mut statement, sql, parameters);
        let statement = EngineStatement::Statement(Box::new(statement));
        let reads = tables_read(&statement, sql).map_err(|problem| vec![problem])?;
        let checks = checks(file, parameters).unwrap_or_else(|found| {
            problems.extend(found);
            Vec::new()
        });
        if !problems.is_empty() {
            return Err(problems);
        }
        let folder = sql.path.parent().unwrap_or(Path::new("")).to_owned();
        Ok(Self { name: file.name.clone(), folder, file: file.clone(), statement, reads, checks, sha256: sql.sha256() })
    }

    /// The tables that a query file reads, by name; none when the file is not one SELECT.
    pub fn tables_read_by(file: &QueryFile) -> BTreeSet<String> {
        let statement = select_statement(&file.sql).map(|statement| EngineStatement::Statement(Box::new(statement)));
        statement.and_then(|statement| tables_read(&statement, &file.sql)).unwrap_or_default()
    }

    /// The SELECT itself.
    pub fn body(&self) -> Option<&Query> {
        match &self.statement {
            EngineStatement::Statement(statement) => match statement.as_ref() {
                Statement::Query(body) => Some(body),
                _ => None,
            },
            _ => None,
        }
    }

    /// Tables other than its own that its checks read.
    pub fn tables_of_checks(&self) -> impl Iterator<Item = &str> {
        self.checks.iter().filter_map(|plan| match &plan.check.value {
            Check::Relationship(relationship) => Some(relationship.table.value.as_str()),
            _ => None,
        })
    }

    /// Where the query names `table`, or the file as a whole.
    pub fn place_of_table(&self, table: &str) -> Place {
        let mut finder = RelationFinder { table, span: None };
        let _ = self.body().map(|body| body.visit(&mut finder));
        finder
            .span
            .map_or_else(|| Place::file(self.file.sql.path.display().to_string()), |span| place(&self.file.sql, span))
    }
}

/// The place of a parser's span in `file`.
pub fn place(file: &PipelineText, span: Span) -> Place {
    let number = |n: u64| usize::try_from(n).unwrap_or_default();
    let length =
        if span.start.line == span.end.line { number(span.end.column.saturating_sub(span.start.column)) } else { 1 };
    file.place(number(span.start.line), number(span.start.column)).length(length)
}

/// One expression, such as a condition.
///
/// # Errors
/// It is not one.
pub fn expression(sql: &PipelineText) -> Result<Expr, Problem> {
    let mut parser =
        Parser::new(&GenericDialect {}).try_with_sql(&sql.text).map_err(|error| syntax_problem(sql, &error))?;
    let expression = parser.parse_expr().map_err(|error| syntax_problem(sql, &error))?;
    match parser.next_token().token {
        Token::EOF => Ok(expression),
        other => Err(Problem::new(format!("SQL syntax: `{other}` comes after the condition"))),
    }
}

/// The checks of a sidecar with their conditions parsed and their parameters bound.
fn checks(file: &QueryFile, parameters: &[Parameter]) -> Result<Vec<CheckPlan>, Vec<Problem>> {
    let Some((sidecar_file, sidecar)) = &file.sidecar else { return Ok(Vec::new()) };
    let mut plans = Vec::new();
    let mut problems = Vec::new();
    for check in &sidecar.checks {
        let mut condition = None;
        if let Check::Expression(written) = &check.value {
            let at = sidecar_file.place(written.sql.line, written.sql.column);
            let sql = PipelineText { path: sidecar_file.path.clone(), text: written.sql.value.as_str().into() };
            let about = |mut problem: Problem| {
                problem.message = format!("the check `{}` is wrong: {}", written.name, problem.message);
                problem.at(at.clone())
            };
            match expression(&sql) {
                Ok(mut parsed) => {
                    problems.extend(placeholders::bind(&mut parsed, &sql, parameters).into_iter().map(about));
                    condition = Some(parsed);
                }
                Err(problem) => problems.push(about(problem)),
            }
        }
        plans.push(CheckPlan { check: check.clone(), condition });
    }
    if problems.is_empty() { Ok(plans) } else { Err(problems) }
}

fn select_statement(sql: &PipelineText) -> Result<Statement, Problem> {
    if sql.text.len() > LONGEST_STATEMENT_BYTES {
        return Err(Problem::new(format!(
            "the query is {} bytes long, more than the {LONGEST_STATEMENT_BYTES} that are allowed",
            sql.text.len()
        ))
        .at(Place::file(sql.path.display().to_string()))
        .hint("split it into several queries"));
    }
    let mut statements = Parser::new(&GenericDialect {})
        .try_with_sql(&sql.text)
        .and_then(|mut parser| parser.parse_statements())
        .map_err(|error| syntax_problem(sql, &error))?;
    let one_select = "a query file holds exactly one `select`, optionally with `with`";
    let statement = statements.pop().ok_or_else(|| {
        Problem::new("the query file is empty").at(Place::file(sql.path.display().to_string())).hint(one_select)
    })?;
    if !statements.is_empty() {
        return Err(Problem::new("the query file holds more than one statement")
            .at(place(sql, statement.span()))
            .hint(one_select));
    }
    let is_plain = match &statement {
        // `select into` writes a table.
        Statement::Query(query) => !matches!(query.body.as_ref(), SetExpr::Select(select) if select.into.is_some()),
        _ => false,
    };
    if !is_plain {
        return Err(Problem::new("the query is not a `select`").at(place(sql, statement.span())).hint(one_select));
    }
    Ok(statement)
}

/// The parser gives the place at the end of its message: `... at Line: 3, Column: 14`.
pub fn syntax_problem(sql: &PipelineText, error: &ParserError) -> Problem {
    let text = match error {
        ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.as_str(),
        ParserError::RecursionLimitExceeded => "expressions are nested too deeply",
    };
    let (message, place_words) = text.rsplit_once(" at Line: ").unwrap_or((text, ""));
    let mut numbers = place_words.split(", Column: ").map(|number| number.trim().parse::<usize>().unwrap_or_default());
    let (line, column) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    let message = message.strip_prefix("sql parser error: ").unwrap_or(message);
    Problem::new(format!("SQL syntax: {}", lower_first(message))).at(sql.place(line, column))
}

/// `text` with a lower-case first letter, unless it begins with a word in capitals.
pub fn lower_first(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next();
    let is_keyword = characters.clone().next().is_some_and(char::is_uppercase);
    match first {
        Some(first) if !is_keyword => first.to_lowercase().chain(characters).collect(),
        _ => text.to_owned(),
    }
}

fn tables_read(statement: &EngineStatement, sql: &PipelineText) -> Result<BTreeSet<String>, Problem> {
    let (tables, _) = resolve_table_references(statement, true).map_err(|error| {
        Problem::new(format!("cannot determine which tables the query reads: {}", error.strip_backtrace()))
            .at(Place::file(sql.path.display().to_string()))
    })?;
    if let Some(table) = tables.iter().find(|table| table.schema().is_some()) {
        return Err(Problem::new(format!("the table name `{table}` has a schema prefix"))
            .at(Place::file(sql.path.display().to_string()))
            .hint("use the name of the file or the source alone"));
    }
    Ok(tables.iter().map(|table| table.table().to_owned()).collect())
}

struct RelationFinder<'a> {
    table: &'a str,
    span: Option<Span>,
}

impl Visitor for RelationFinder<'_> {
    type Break = ();

    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        let last = relation.0.last().and_then(|part| part.as_ident());
        match last {
            Some(ident) if ident.value.eq_ignore_ascii_case(self.table) => {
                self.span = Some(ident.span);
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn parse(sql: &str) -> Result<QueryPlan, Vec<Problem>> {
        let sql = PipelineText { path: PathBuf::from("q.sql"), text: Arc::from(sql) };
        QueryPlan::parse(&QueryFile { name: "q".into(), sql, sidecar: None }, &[])
    }

    fn reads(sql: &str) -> Vec<String> {
        parse(sql).unwrap().reads.into_iter().collect()
    }

    fn complaint(sql: &str) -> String {
        parse(sql).unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn tables_are_found_behind_ctes_subqueries_quotes_and_aliases() {
        assert_eq!(
            reads("with orders as (select * from orders), x as (select 1 as a) select * from orders o join x on true"),
            ["orders"]
        );
        assert_eq!(
            reads("select (select max(a) from b) from \"C\" as d where exists (select 1 from e)"),
            ["C", "b", "e"]
        );
        assert_eq!(reads("select a from b union all select a from c"), ["b", "c"]);
        assert_eq!(reads("select extract(day from d) as n, substring(t from 2) as s from dates"), ["dates"]);
    }

    #[test]
    fn anything_but_one_select_is_refused() {
        assert!(complaint("drop table a").starts_with("q.sql: the query is not a `select`"));
        assert!(complaint("select a into b from c").contains("the query is not a `select`"));
        assert!(complaint("select 1 as a; select 2 as b").contains("more than one statement"));
        assert!(complaint("-- nothing").contains("the query file is empty"));
    }

    #[test]
    fn a_syntax_error_has_its_line_and_column() {
        assert!(
            complaint("select a\nfrom b\nwhere )").starts_with("q.sql:3:"),
            "{}",
            complaint("select a\nfrom b\nwhere )")
        );
    }

    #[test]
    fn a_table_is_placed_where_it_is_named() {
        let plan = parse("select a\nfrom missing_table").unwrap();
        assert_eq!(plan.place_of_table("missing_table").to_string(), "q.sql:2:6");
    }
}
