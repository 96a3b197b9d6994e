//! The object literals of a configuration written in JavaScript or TypeScript.

use crate::toolkit::document::Node;
use crate::toolkit::imports::javascript::with_room;
use crate::toolkit::imports::written::texts;
use oxc_allocator::Allocator;
use oxc_ast::ast::{Expression, ObjectProperty};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::Parser;
use oxc_span::SourceType;
use std::ops::Range;

/// A property whose value is written out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Property {
    pub(super) name: String,
    pub(super) value: String,
    /// Where the value stands, quotes included.
    pub(super) span: Range<usize>,
}

/// All properties of all object literals of a module.
///
/// # Errors
/// Where it cannot be parsed.
pub(super) fn module(text: &str) -> Result<Vec<Property>, &'static str> {
    with_room(text, || {
        let allocator = Allocator::default();
        // TypeScript with neither JSX nor old casts reads every configuration there is.
        let parsed = Parser::new(&allocator, text, SourceType::ts()).parse();
        if parsed.panicked {
            return Err("it is no JavaScript");
        }
        let mut reader = Reader { found: Vec::new() };
        reader.visit_program(&parsed.program);
        Ok(reader.found)
    })?
}

/// All properties of all objects of a JSON document.
pub(super) fn document(root: &Node) -> Vec<Property> {
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(node) = open.pop() {
        for entry in node.entries() {
            if let Some(text) = entry.value.text() {
                found.push(Property {
                    name: entry.key.clone(),
                    value: text.to_owned(),
                    span: entry.value.span.clone(),
                });
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
    fn literals(&mut self, name: &str, value: &Expression<'_>) {
        let texts = texts(value).into_iter();
        self.found.extend(texts.map(|(value, span)| Property {
            name: name.to_owned(),
            value,
            span,
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_are_written_out() {
        let text = "import { defineConfig } from 'drizzle-kit'\nexport default defineConfig({ dialect: 'mysql', 'schema': `./x`, dbCredentials: { url: process.env.URL ?? \"a\", host: (b as string) }, c: (d ? 'e' : 'f')!, [g]: 'h', i: `${j}` } satisfies Config)";
        let found: Vec<_> = module(text)
            .expect("valid")
            .into_iter()
            .map(|one| (one.name, one.value, &text[one.span]))
            .collect();
        let expected = [
            ("dialect", "mysql", "'mysql'"),
            ("schema", "./x", "`./x`"),
            ("url", "a", "\"a\""),
            ("c", "e", "'e'"),
            ("c", "f", "'f'"),
        ];
        assert_eq!(
            found,
            expected.map(|(name, value, raw)| (name.to_owned(), value.to_owned(), raw))
        );
    }

    #[test]
    fn hostile_nesting_is_refused() {
        let units = [
            "(",
            "[",
            "{a:",
            "!",
            "a?",
            "a=>",
            "-",
            "a.",
            "`${",
            "a<",
            "await ",
            "typeof ",
            "a+",
            "if(a){}else ",
            "if(a)",
            "new ",
            "a,",
            "a:",
            "a=",
            "a?b:",
            "f()",
            "a[0]",
            "@a ",
            "for(;;)",
            "a,b+",
            "a&&",
            "a as ",
            "type A=B extends C?D:",
            "-a;",
            "a?.b",
            "function f(){",
            "class A{b=",
            "<a>",
            "keyof ",
            "a|",
            "x`",
            "export default ",
            "...[",
            "async()=>",
            "do ",
            "label:",
        ];
        for unit in units {
            for times in [900, 10_000] {
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
