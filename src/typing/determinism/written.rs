//! The function calls in the SQL text, each resolved as the engine resolves it, and the findings that need no plan.
//!
//! The text provides the places. The plan, which [`super::planned`] examines, decides.

use std::ops::ControlFlow;

use datafusion::execution::SessionState;
use datafusion::sql::sqlparser::ast::{
    Distinct, Expr, Function, FunctionArgumentClause, FunctionArguments, OrderByExpr, Query, Select, Spanned,
    TableFactor, Visit, Visitor, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowType,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::finding::{Finding, Rule};
use super::nature::{Nature, ResolvedFunction};

/// The calls and limits of a statement or an expression.
#[derive(Default)]
pub struct Written {
    /// Every call of a function that the engine has, in the order of the text.
    pub calls: Vec<Call>,
    /// Every query with a `limit`.
    pub limits: Vec<Region>,
    /// Findings that need no plan.
    pub findings: Vec<Finding>,
}

/// One call of a function.
pub struct Call {
    /// The function.
    pub known: ResolvedFunction,
    /// As it is called, without quotes.
    pub written: String,
    /// Its name in the text, and all that belongs to the call.
    pub region: Region,
}

/// A part of the text.
pub struct Region {
    /// What to point at.
    pub name: Span,
    /// All of it, as far as the parser records it.
    pub whole: Span,
}

impl Region {
    fn contains(&self, span: Span) -> bool {
        self.whole.start <= span.start && span.end <= self.whole.end
    }

    fn size(&self) -> (u64, u64) {
        let (start, end) = (self.whole.start, self.whole.end);
        (end.line.saturating_sub(start.line), end.column)
    }
}

impl Written {
    /// Looks at `tree` with the functions of `state`.
    pub fn of(tree: &impl Visit, state: &SessionState) -> Self {
        let mut finder = Finder { state, written: Self::default() };
        let _ = tree.visit(&mut finder);
        finder.written
    }

    /// The call of the function called `name` by the engine around all of `spans`, or the first one of that function.
    pub fn call(&self, name: &str, spans: &[Span]) -> Option<&Call> {
        let calls = || self.calls.iter().filter(|call| call.known.name == name);
        let around = calls().filter(|call| !spans.is_empty() && spans.iter().all(|span| call.region.contains(*span)));
        around.min_by_key(|call| call.region.size()).or_else(|| calls().next())
    }

    /// The innermost query with a `limit` around all of `spans`, or the first one.
    pub fn limit(&self, spans: &[Span]) -> Option<&Region> {
        let around = self.limits.iter().filter(|region| spans.iter().all(|span| region.contains(*span)));
        around.min_by_key(|region| region.size()).or_else(|| self.limits.first())
    }
}

struct Finder<'a> {
    state: &'a SessionState,
    written: Written,
}

impl Finder<'_> {
    fn found(&mut self, rule: Rule, call: Option<(&ResolvedFunction, &str)>, span: Span) {
        let (function, written) =
            call.map_or_else(Default::default, |(known, written)| (known.name.clone(), written.to_owned()));
        self.written.findings.push(Finding { rule, function, written, span: Some(span) });
    }
}

impl Visitor for Finder<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if let Some(limit) = &query.limit_clause {
            let whole = query.span();
            let own = limit.span();
            let name = if own == Span::empty() { whole } else { own };
            if query.order_by.is_none() {
                self.found(Rule::LimitWithoutOrder, None, name);
            }
            self.written.limits.push(Region { name, whole });
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        if matches!(select.distinct, Some(Distinct::On(_))) {
            self.found(Rule::DistinctOn, None, select.span());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &TableFactor) -> ControlFlow<()> {
        match table {
            TableFactor::Table { name, sample: Some(_), .. } => self.found(Rule::Sample, None, name.span()),
            TableFactor::Derived { subquery, sample: Some(_), .. } => self.found(Rule::Sample, None, subquery.span()),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        let Expr::Function(function) = expression else { return ControlFlow::Continue(()) };
        let [part] = function.name.0.as_slice() else { return ControlFlow::Continue(()) };
        let Some(ident) = part.as_ident() else { return ControlFlow::Continue(()) };
        // As in the engine, a quoted name keeps its case.
        let name = if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_ascii_lowercase() };
        let Some(known) = ResolvedFunction::named(&name, function.over.is_some(), self.state) else {
            return ControlFlow::Continue(());
        };
        let call = Some((&known, name.as_str()));
        match known.nature {
            Nature::Volatile => self.found(Rule::Volatile, call, ident.span),
            Nature::Rounds => self.found(Rule::Rounds, call, ident.span),
            Nature::Unknown => self.found(Rule::Unknown, call, ident.span),
            Nature::Ordered { .. } if !is_ordered(function) => self.found(Rule::NoOrder, call, ident.span),
            Nature::Deterministic if has_unordered_frame(function) => {
                self.found(Rule::RowsWithoutOrder, call, ident.span)
            }
            Nature::Ordered { .. } | Nature::Deterministic => {}
        }
        let region = Region { name: ident.span, whole: whole(function) };
        self.written.calls.push(Call { known, written: name, region });
        ControlFlow::Continue(())
    }
}

/// Whether the rows of a function call are ordered, as far as the text shows; a named window may have an order.
fn is_ordered(function: &Function) -> bool {
    match &function.over {
        Some(WindowType::WindowSpec(window)) => has_order(&window.order_by),
        Some(WindowType::NamedWindow(_)) => true,
        None => inner_order(function).is_some_and(has_order) || has_order(&function.within_group),
    }
}

/// `sum(x) over (rows 3 preceding)`.
fn has_unordered_frame(function: &Function) -> bool {
    let Some(WindowType::WindowSpec(window)) = &function.over else { return false };
    window.window_frame.as_ref().is_some_and(picks_rows) && !has_order(&window.order_by)
}

/// Whether a frame counts rows and does not cover all of them.
fn picks_rows(frame: &WindowFrame) -> bool {
    let is_from_first = matches!(frame.start_bound, WindowFrameBound::Preceding(None));
    let is_to_last = matches!(frame.end_bound, Some(WindowFrameBound::Following(None)));
    frame.units == WindowFrameUnits::Rows && !(is_from_first && is_to_last)
}

/// Whether there is an order; constant expressions do not count.
fn has_order(order: &[OrderByExpr]) -> bool {
    order.iter().any(|order| {
        let mut columns = Columns(Vec::new());
        let _ = order.expr.visit(&mut columns);
        !columns.0.is_empty()
    })
}

/// The order of `first_value(x order by y)`.
fn inner_order(function: &Function) -> Option<&[OrderByExpr]> {
    let FunctionArguments::List(list) = &function.args else { return None };
    list.clauses.iter().find_map(|clause| match clause {
        FunctionArgumentClause::OrderBy(order) => Some(order.as_slice()),
        _ => None,
    })
}

/// From the name of a function to the last column in the call; the parser's span leaves the window out.
fn whole(function: &Function) -> Span {
    let mut columns = Columns(Vec::new());
    let _ = function.visit(&mut columns);
    columns.0.into_iter().fold(function.span(), |all, span| all.union(&span))
}

/// The places of the columns in an expression.
struct Columns(Vec<Span>);

impl Visitor for Columns {
    type Break = ();

    fn pre_visit_expr(&mut self, expression: &Expr) -> ControlFlow<()> {
        if let Expr::Identifier(_) | Expr::CompoundIdentifier(_) = expression {
            self.0.push(expression.span());
        }
        ControlFlow::Continue(())
    }
}
