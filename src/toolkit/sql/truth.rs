//! Whether a condition of a policy is true for every row.

use sqlparser::ast::{BinaryOperator, Expr, SelectItem, SetExpr, UnaryOperator, Value};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

/// Whether the condition says nothing but "yes": `true`, `(1 = 1)`, `true or …`. What cannot be parsed or depends on a row
/// or user is not.
#[must_use]
pub(super) fn always(condition: &[u8]) -> bool {
    // Whoever writes a constant writes it short; a long condition is worth no parse.
    let Ok(text) = std::str::from_utf8(condition) else {
        return false;
    };
    if text.len() > LONGEST {
        return false;
    }
    let parser = Parser::new(&PostgreSqlDialect {})
        .with_recursion_limit(32)
        .try_with_sql(text);
    parser
        .and_then(|mut parser| parser.parse_expr())
        .is_ok_and(|expression| fold(&expression) == Some(true))
}

/// The value of a constant condition.
fn fold(expression: &Expr) -> Option<bool> {
    match expression {
        Expr::Value(value) => match &value.value {
            Value::Boolean(truth) => Some(*truth),
            Value::SingleQuotedString(text) if matches!(text.as_str(), "t" | "true") => Some(true),
            _ => None,
        },
        Expr::Nested(inner) => fold(inner),
        Expr::Cast { expr, .. } => fold(expr),
        Expr::IsTrue(inner) => fold(inner),
        Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr,
        } => fold(expr).map(|truth| !truth),
        Expr::BinaryOp { left, op, right } => match op {
            BinaryOperator::And => Some(fold(left)? && fold(right)?),
            BinaryOperator::Or => match (fold(left), fold(right)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), other) | (other, Some(false)) => other,
                (None, None) => None,
            },
            BinaryOperator::Eq => constant(left)
                .zip(constant(right))
                .map(|(left, right)| left == right),
            _ => None,
        },
        // `(select true)`
        Expr::Subquery(query) => match &*query.body {
            SetExpr::Select(select) if select.from.is_empty() && select.selection.is_none() => {
                match select.projection.as_slice() {
                    [SelectItem::UnnamedExpr(inner)] => fold(inner),
                    _ => None,
                }
            }
            _ => None,
        },
        _ => None,
    }
}

fn constant(expression: &Expr) -> Option<String> {
    match expression {
        Expr::Value(value) if value.value != Value::Null => Some(value.value.to_string()),
        Expr::Nested(inner) => constant(inner),
        _ => None,
    }
}

const LONGEST: usize = 4096;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constants_are_folded() {
        for (condition, expected) in [
            ("true", true),
            (" TRUE ", true),
            ("(((true)))", true),
            ("1 = 1", true),
            ("true::boolean", true),
            ("not false", true),
            ("true or owner = auth.uid()", true),
            ("(select true)", true),
            ("true and true", true),
            ("false", false),
            ("1 = 2", false),
            ("owner = auth.uid()", false),
            ("(select auth.uid()) = id", false),
            ("true and owner = auth.uid()", false),
            ("null = null", false),
            ("is_public", false),
            ("", false),
            ("((", false),
        ] {
            assert_eq!(always(condition.as_bytes()), expected, "{condition}");
        }
        assert!(!always("(".repeat(5000).as_bytes()));
        assert!(!always("not ".repeat(900).as_bytes()));
    }
}
