//! The object literals of a configuration written in JavaScript or TypeScript.

use crate::toolkit::document::Node;
use oxc_allocator::Allocator;
use oxc_ast::ast::{Expression, ObjectProperty};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::Parser;
use oxc_span::{GetSpan as _, SourceType};
use std::ops::Range;

/// A property whose value is written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Property {
    pub(super) name: String,
    pub(super) value: String,
    /// Where the value stands, quotes included.
    pub(super) span: Range<usize>,
}

/// All properties of all object literals of a module; none when it cannot be parsed.
pub(super) fn module(text: &str) -> Option<Vec<Property>> {
    if text.len() > LARGEST || too_deep(text) {
        return None;
    }
    let allocator = Allocator::default();
    // TypeScript with neither JSX nor old casts reads every configuration there is.
    let parsed = Parser::new(&allocator, text, SourceType::ts()).parse();
    if parsed.panicked {
        return None;
    }
    let mut reader = Reader { found: Vec::new() };
    reader.visit_program(&parsed.program);
    Some(reader.found)
}

/// All properties of all objects of a JSON document.
pub(super) fn document(root: &Node) -> Vec<Property> {
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        for entry in node.entries() {
            if let Some(text) = entry.value.text() {
                found.push(Property { name: entry.key.clone(), value: text.to_owned(), span: entry.value.span.clone() });
            }
            open.push(&entry.value);
        }
        open.extend(node.items());
    }
    found.sort_by_key(|property| property.span.start);
    found
}

struct Reader {
    found: Vec<Property>,
}

impl<'a> Visit<'a> for Reader {
    fn visit_object_property(&mut self, property: &ObjectProperty<'a>) {
        if let Some(name) = property.key.static_name() {
            self.literals(&name, &property.value);
        }
        walk::walk_object_property(self, property);
    }
}

impl Reader {
    /// The texts a value can be: `'x'`, `` `x` ``, `process.env.X || 'x'`, `a ? 'x' : 'y'`.
    fn literals(&mut self, name: &str, value: &Expression<'_>) {
        let mut open = vec![value];
        while let Some(value) = open.pop() {
            let text = match value {
                Expression::StringLiteral(literal) => literal.value.as_str().to_owned(),
                Expression::TemplateLiteral(template) => match template.single_quasi() {
                    Some(text) => text.as_str().to_owned(),
                    None => continue,
                },
                Expression::LogicalExpression(either) => {
                    open.extend([&either.right, &either.left]);
                    continue;
                }
                Expression::ConditionalExpression(either) => {
                    open.extend([&either.alternate, &either.consequent]);
                    continue;
                }
                Expression::ParenthesizedExpression(inner) => {
                    open.push(&inner.expression);
                    continue;
                }
                Expression::TSAsExpression(cast) => {
                    open.push(&cast.expression);
                    continue;
                }
                Expression::TSSatisfiesExpression(cast) => {
                    open.push(&cast.expression);
                    continue;
                }
                Expression::TSNonNullExpression(inner) => {
                    open.push(&inner.expression);
                    continue;
                }
                _ => continue,
            };
            let span = value.span();
            self.found.push(Property { name: name.to_owned(), value: text, span: span.start as usize..span.end as usize });
        }
    }
}

/// Whether the parser, which calls itself for everything nested, could run out of stack: brackets in brackets, or the long runs of
/// operators and keywords that only a hostile file has.
fn too_deep(text: &str) -> bool {
    let mut depth = 0_usize;
    let mut links = 0_usize;
    // A line that begins like a comment is one, or part of a text: nothing in it nests.
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    for byte in code.flat_map(str::bytes) {
        match byte {
            b'(' | b'[' | b'{' | b'<' => depth += 1,
            b')' | b']' | b'}' | b'>' => depth = depth.saturating_sub(1),
            b'!' | b'~' | b'+' | b'-' | b'?' | b'=' | b'*' | b'|' | b'&' | b'`' | b'.' | b'%' | b'^' | b':' | b'@' => links += 1,
            // Items of a list stand side by side, unless an expression goes on after them.
            b',' | b';' => links = links.saturating_sub(8),
            _ => {}
        }
        if depth > 100 || links > 500 {
            return true;
        }
    }
    text.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| KEYWORDS.contains(word)).count() > 500
}

/// Words that can stand before themselves any number of times.
const KEYWORDS: &[&str] = &[
    "as", "await", "delete", "do", "else", "extends", "for", "if", "in", "infer", "instanceof", "is", "keyof", "new", "readonly", "satisfies", "typeof", "unique", "void", "while", "with", "yield",
];

/// The largest configuration that is parsed, in bytes.
const LARGEST: usize = 256 << 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_written_out() {
        let text = "import { defineConfig } from 'drizzle-kit'\nexport default defineConfig({ dialect: 'mysql', 'schema': `./x`, dbCredentials: { url: process.env.URL ?? \"a\", host: (b as string) }, c: (d ? 'e' : 'f')!, [g]: 'h', i: `${j}` } satisfies Config)";
        let found: Vec<_> = module(text).expect("valid").into_iter().map(|one| (one.name, one.value, &text[one.span])).collect();
        let expected = [("dialect", "mysql", "'mysql'"), ("schema", "./x", "`./x`"), ("url", "a", "\"a\""), ("c", "e", "'e'"), ("c", "f", "'f'")];
        assert_eq!(found, expected.map(|(name, value, raw)| (name.to_owned(), value.to_owned(), raw)));
    }

    #[test]
    fn hostile_nesting_is_refused() {
        let units = [
            "(", "[", "{a:", "!", "a?", "a=>", "-", "a.", "`${", "a<", "await ", "typeof ", "a+", "if(a){}else ", "if(a)", "new ", "a,", "a:", "a=", "a?b:", "f()", "a[0]", "@a ", "for(;;)", "a,b+", "a&&", "a as ",
            "type A=B extends C?D:", "-a;", "a?.b", "function f(){", "class A{b=", "<a>", "keyof ", "a|", "x`", "export default ", "...[", "async()=>", "do ", "label:",
        ];
        for unit in units {
            for times in [10_000, 499, 250, 99] {
                let _ = module(&unit.repeat(times));
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "[a-c{}()\\[\\]:,'\"`$?|&=>!.;\né ]{0,60}") {
            let _ = module(&text);
        }
    }
}
