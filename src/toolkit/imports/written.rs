//! The texts that an expression of JavaScript can be, where they are written out.

use crate::toolkit::variables::UNKNOWN;
use oxc_ast::ast::{Argument, Expression, TemplateLiteral};
use oxc_span::GetSpan as _;
use std::ops::Range;

/// The texts a value can be, each with its place: `'x'`, `` `x${y}` `` with [`UNKNOWN`] for what is computed, `process.env.X || 'x'`,
/// `a ? 'x' : 'y'`, `z.string().default('x')`.
pub(in crate::toolkit) fn texts(value: &Expression<'_>) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        let text = match value {
            Expression::StringLiteral(literal) => Some(literal.value.as_str().to_owned()),
            Expression::TemplateLiteral(template) => assembled(template),
            Expression::LogicalExpression(either) => {
                open.extend([&either.right, &either.left]);
                None
            }
            Expression::ConditionalExpression(either) => {
                open.extend([&either.alternate, &either.consequent]);
                None
            }
            Expression::ParenthesizedExpression(inner) => {
                open.push(&inner.expression);
                None
            }
            Expression::TSAsExpression(cast) => {
                open.push(&cast.expression);
                None
            }
            Expression::TSSatisfiesExpression(cast) => {
                open.push(&cast.expression);
                None
            }
            Expression::TSNonNullExpression(inner) => {
                open.push(&inner.expression);
                None
            }
            Expression::CallExpression(call) => {
                if let Expression::StaticMemberExpression(member) = &call.callee {
                    if member.property.name == "default" {
                        open.extend(call.arguments.first().and_then(Argument::as_expression));
                    }
                    open.push(&member.object);
                }
                None
            }
            _ => None,
        };
        if let Some(text) = text {
            let span = value.span();
            found.push((text, span.start as usize..span.end as usize));
        }
    }
    found
}

/// A template with its computed parts left unknown; none where it begins with one.
fn assembled(template: &TemplateLiteral<'_>) -> Option<String> {
    let mut text = String::new();
    for (index, quasi) in template.quasis.iter().enumerate() {
        if index > 0 {
            text.push(UNKNOWN);
        }
        text.push_str(quasi.value.cooked.as_ref().unwrap_or(&quasi.value.raw));
    }
    (!text.starts_with(UNKNOWN)).then_some(text)
}
