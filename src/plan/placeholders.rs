//! `$name` in a parsed statement -> a typed literal. The tree is rewritten, never the text, so that no value can become
//! SQL.

use std::ops::ControlFlow;

use datafusion::sql::sqlparser::ast::{
    CastKind, DataType, ExactNumberInfo, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentList,
    FunctionArguments, Ident, ObjectName, TypedString, Value, ValueWithSpan, VisitMut, VisitorMut,
};
use datafusion::sql::sqlparser::tokenizer::Span;

use super::query::place;
use crate::config::PipelineText;
use crate::config::parameters::{DECIMAL_SCALE, Parameter, ParameterValue};
use crate::error::{Problem, did_you_mean};

/// All digits of a decimal parameter, before and after the point.
const DECIMAL_PRECISION: u64 = 18;

/// Binds every placeholder of a statement or an expression; a problem for each that cannot be bound, placed in `sql`.
pub fn bind(tree: &mut impl VisitMut, sql: &PipelineText, parameters: &[Parameter]) -> Vec<Problem> {
    let mut binder = Binder { sql, parameters, problems: Vec::new() };
    let _ = VisitMut::visit(tree, &mut binder);
    binder.problems
}

struct Binder<'a> {
    sql: &'a PipelineText,
    parameters: &'a [Parameter],
    problems: Vec<Problem>,
}

impl VisitorMut for Binder<'_> {
    type Break = ();

    fn post_visit_expr(&mut self, expression: &mut Expr) -> ControlFlow<()> {
        if let Expr::Value(ValueWithSpan { value: Value::Placeholder(written), span }) = expression {
            let span = *span;
            match self.value(&written.clone(), span) {
                Ok(Some(value)) => *expression = literal(value, span),
                Ok(None) => {}
                Err(problem) => self.problems.push(problem),
            }
        }
        ControlFlow::Continue(())
    }
}

impl<'a> Binder<'a> {
    /// The value; `None` when it is wrong, which the configuration has reported already.
    fn value(&self, written: &str, span: Span) -> Result<Option<&'a ParameterValue>, Problem> {
        let name = written.trim_start_matches('$');
        let at = place(self.sql, span);
        let Some(parameter) = self.parameters.iter().find(|parameter| parameter.name == name) else {
            let mut problem = Problem::new(format!("there is no parameter `{written}`")).at(at);
            problem.hint = did_you_mean(name, self.parameters.iter().map(|known| known.name.as_str())).or_else(|| {
                Some("define it under `parameters` in the pipeline, or in queries/parameters.yml".to_owned())
            });
            return Err(problem);
        };
        if parameter.is_wrong {
            return Ok(None);
        }
        parameter.value.as_ref().map(Some).ok_or_else(|| {
            Problem::new(format!("parameter `{written}` has no value"))
                .at(at)
                .hint(format!("give it one with `set: {{{name}: ...}}` in the pipeline, or `--var {name}=...`"))
        })
    }
}

fn literal(value: &ParameterValue, span: Span) -> Expr {
    let quoted = |text: &str| ValueWithSpan { value: Value::SingleQuotedString(text.to_owned()), span };
    match value {
        ParameterValue::Date(date) => Expr::TypedString(TypedString {
            data_type: DataType::Date,
            value: quoted(&date.to_string()),
            uses_odbc_syntax: false,
        }),
        ParameterValue::Integer(number) => cast(Expr::Value(quoted(&number.to_string())), DataType::BigInt(None)),
        ParameterValue::Decimal(text) => cast(
            Expr::Value(quoted(text)),
            DataType::Decimal(ExactNumberInfo::PrecisionAndScale(DECIMAL_PRECISION, DECIMAL_SCALE as i64)),
        ),
        ParameterValue::Text(text) => Expr::Value(quoted(text)),
        ParameterValue::Boolean(flag) => Expr::Value(ValueWithSpan { value: Value::Boolean(*flag), span }),
        ParameterValue::Texts(texts) => {
            let elements: Vec<Expr> = texts.iter().map(|text| Expr::Value(quoted(text))).collect();
            if elements.is_empty() {
                let empty = call("make_array", Vec::new());
                call("arrow_cast", vec![empty, Expr::Value(quoted("List(Utf8)"))])
            } else {
                call("make_array", elements)
            }
        }
    }
}

fn cast(inner: Expr, data_type: DataType) -> Expr {
    Expr::Cast { kind: CastKind::Cast, expr: Box::new(inner), data_type, array: false, format: None }
}

fn call(name: &str, arguments: Vec<Expr>) -> Expr {
    let args = arguments.into_iter().map(|one| FunctionArg::Unnamed(FunctionArgExpr::Expr(one))).collect();
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList { duplicate_treatment: None, args, clauses: Vec::new() }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}
