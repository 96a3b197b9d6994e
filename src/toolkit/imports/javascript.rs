//! What JavaScript and TypeScript import, in every form the languages have, and the texts they give to what is called after an address.

use super::addresses::{Literal, connects};
use super::written::texts;
use super::{Code, Import, Trouble};
use oxc_allocator::Allocator;
use oxc_ast::ast::{
    Argument, AssignmentExpression, AssignmentPattern, CallExpression, ExportAllDeclaration,
    ExportFromDeclaration, Expression, FormalParameter, ImportDeclaration,
    ImportDeclarationSpecifier, ImportExpression, ImportOrExportKind, NewExpression,
    ObjectProperty, PropertyDefinition, StringLiteral, TSImportEqualsDeclaration, TSImportType,
    TSModuleReference, VariableDeclarator,
};
use oxc_ast_visit::{Visit, walk};
use oxc_parser::Parser;
use oxc_span::{GetSpan, SourceType, Span};

/// Reads `text`, which is what a file with that extension holds.
///
/// # Errors
/// Where the parser gives up.
pub(super) fn read(text: &str, extension: &str) -> Result<Code, Trouble> {
    with_room(text, || parse(text, extension))?
}

/// Runs what parses `text` where the stack is large enough for it.
///
/// # Errors
/// Where no stack would be, or the parser gives up.
pub(in crate::toolkit) fn with_room<T: Send>(
    text: &str,
    parse: impl FnOnce() -> T + Send,
) -> Result<T, Trouble> {
    if nesting(text) > NESTING || angles(text) > ANGLES {
        return Err("it is nested too deep");
    }
    // The parser recurses as deep as the code is nested, so it gets a stack for the worst that may still come.
    let stack = text
        .len()
        .saturating_mul(STACK_PER_BYTE)
        .clamp(STACK_LEAST, STACK_MOST);
    std::thread::scope(|scope| {
        let parse = std::thread::Builder::new()
            .stack_size(stack)
            .spawn_scoped(scope, parse);
        parse
            .map_err(|_| "there is no memory to parse it")?
            .join()
            .map_err(|_| "the parser gave up")
    })
}

fn parse(text: &str, extension: &str) -> Result<Code, Trouble> {
    let kinds = match extension {
        "ts" | "mts" => &[SourceType::ts()][..],
        "cts" => &[SourceType::ts().with_commonjs(true), SourceType::ts()],
        "tsx" => &[SourceType::tsx()],
        "mjs" => &[SourceType::jsx()],
        // Many files named .js hold types of Flow or TypeScript.
        _ => &[
            SourceType::jsx(),
            SourceType::jsx().with_script(true),
            SourceType::tsx(),
            SourceType::ts(),
        ],
    };
    let mut trouble = "it is no JavaScript";
    for kind in kinds {
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, text, *kind).parse();
        if parsed.panicked {
            if parsed.is_flow_language {
                trouble = "it is written in Flow";
            }
            continue;
        }
        let mut collector = Collector::default();
        collector.visit_program(&parsed.program);
        return Ok(collector.code);
    }
    Err(trouble)
}

#[derive(Default)]
struct Collector {
    code: Code,
}

impl Collector {
    fn take(&mut self, source: &StringLiteral<'_>, type_only: bool) {
        self.add(source.value.as_str(), source.span, type_only);
    }

    fn add(&mut self, name: &str, span: Span, type_only: bool) {
        self.code.imports.push(Import {
            name: name.to_owned(),
            span: span.start as usize..span.end as usize,
            type_only,
            part: false,
        });
    }

    /// Bun brings a client for Redis of its own (<https://bun.com/docs/api/redis>); it is told as `bun:redis`.
    fn parts_of_bun(&mut self, import: &ImportDeclaration<'_>, type_only: bool) {
        for specifier in import.specifiers.iter().flatten() {
            if let ImportDeclarationSpecifier::ImportSpecifier(one) = specifier
                && matches!(one.imported.name().as_str(), "redis" | "RedisClient")
            {
                self.add("bun:redis", one.span, type_only);
            }
        }
    }

    /// A literal given to `import()` or `require()`; what is computed is not known.
    fn computed(&mut self, expression: &Expression<'_>) {
        match expression.without_parentheses() {
            Expression::StringLiteral(literal) => self.take(literal, false),
            Expression::TemplateLiteral(template) if template.expressions.is_empty() => {
                if let Some(quasi) = template.quasis.first() {
                    let text = quasi.value.cooked.as_ref().unwrap_or(&quasi.value.raw);
                    self.add(text.as_str(), template.span(), false);
                }
            }
            _ => {}
        }
    }
}

impl Collector {
    /// What `name` is given.
    fn given(&mut self, name: &str, value: &Expression<'_>) {
        let literals = texts(value).into_iter();
        self.code
            .literals
            .extend(literals.filter_map(|(text, span)| Literal::named(name, text, span)));
    }

    /// What a call is given first.
    fn called(&mut self, callee: &Expression<'_>, first: Option<&Argument<'_>>) {
        let name = match callee.without_parentheses() {
            Expression::Identifier(name) => name.name.as_str(),
            Expression::StaticMemberExpression(member) => member.property.name.as_str(),
            _ => return,
        };
        let first = first.and_then(Argument::as_expression);
        let Some(first) = first.filter(|_| connects(name)) else {
            return;
        };
        let literals = texts(first).into_iter();
        self.code
            .literals
            .extend(literals.map(|(value, span)| Literal {
                name: name.to_owned(),
                value,
                span,
            }));
    }
}

impl<'a> Visit<'a> for Collector {
    fn visit_variable_declarator(&mut self, variable: &VariableDeclarator<'a>) {
        if let (Some(name), Some(value)) = (variable.id.get_identifier_name(), &variable.init) {
            self.given(name.as_str(), value);
        }
        walk::walk_variable_declarator(self, variable);
    }

    fn visit_assignment_expression(&mut self, assignment: &AssignmentExpression<'a>) {
        if let Some(name) = assignment.left.get_identifier_name() {
            self.given(name, &assignment.right);
        }
        walk::walk_assignment_expression(self, assignment);
    }

    fn visit_assignment_pattern(&mut self, pattern: &AssignmentPattern<'a>) {
        if let Some(name) = pattern.left.get_identifier_name() {
            self.given(name.as_str(), &pattern.right);
        }
        walk::walk_assignment_pattern(self, pattern);
    }

    fn visit_formal_parameter(&mut self, parameter: &FormalParameter<'a>) {
        if let (Some(name), Some(value)) = (
            parameter.pattern.get_identifier_name(),
            &parameter.initializer,
        ) {
            self.given(name.as_str(), value);
        }
        walk::walk_formal_parameter(self, parameter);
    }

    fn visit_object_property(&mut self, property: &ObjectProperty<'a>) {
        if let Some(name) = property.key.static_name() {
            self.given(&name, &property.value);
        }
        walk::walk_object_property(self, property);
    }

    fn visit_property_definition(&mut self, property: &PropertyDefinition<'a>) {
        if let (Some(name), Some(value)) = (property.key.static_name(), &property.value) {
            self.given(&name, value);
        }
        walk::walk_property_definition(self, property);
    }

    fn visit_new_expression(&mut self, new: &NewExpression<'a>) {
        self.called(&new.callee, new.arguments.first());
        walk::walk_new_expression(self, new);
    }

    fn visit_import_declaration(&mut self, import: &ImportDeclaration<'a>) {
        let types = |specifier: &ImportDeclarationSpecifier<'_>| matches!(specifier, ImportDeclarationSpecifier::ImportSpecifier(one) if one.import_kind == ImportOrExportKind::Type);
        let all_types = import
            .specifiers
            .as_ref()
            .is_some_and(|specifiers| !specifiers.is_empty() && specifiers.iter().all(types));
        let type_only = import.import_kind == ImportOrExportKind::Type || all_types;
        self.take(&import.source, type_only);
        if import.source.value == BUN {
            self.parts_of_bun(import, type_only);
        }
    }

    fn visit_export_from_declaration(&mut self, export: &ExportFromDeclaration<'a>) {
        self.take(
            &export.source,
            export.export_kind == ImportOrExportKind::Type,
        );
    }

    fn visit_export_all_declaration(&mut self, export: &ExportAllDeclaration<'a>) {
        self.take(
            &export.source,
            export.export_kind == ImportOrExportKind::Type,
        );
    }

    fn visit_import_expression(&mut self, import: &ImportExpression<'a>) {
        self.computed(&import.source);
        walk::walk_import_expression(self, import);
    }

    fn visit_call_expression(&mut self, call: &CallExpression<'a>) {
        if loads(&call.callee)
            && let Some(source) = call.arguments.first().and_then(Argument::as_expression)
        {
            self.computed(source);
        }
        self.called(&call.callee, call.arguments.first());
        walk::walk_call_expression(self, call);
    }

    fn visit_ts_import_equals_declaration(&mut self, import: &TSImportEqualsDeclaration<'a>) {
        if let TSModuleReference::ExternalModuleReference(reference) = &import.module_reference {
            self.take(
                &reference.expression,
                import.import_kind == ImportOrExportKind::Type,
            );
        }
    }

    fn visit_ts_import_type(&mut self, import: &TSImportType<'a>) {
        self.take(&import.source, true);
        walk::walk_ts_import_type(self, import);
    }
}

/// `require`, `require.resolve`, `module.require`, `import.meta.resolve`, `createRequire(…)(…)` by its usual name.
fn loads(callee: &Expression<'_>) -> bool {
    match callee.without_parentheses() {
        Expression::Identifier(name) => name.name == "require",
        Expression::StaticMemberExpression(member) => {
            match (&member.object, member.property.name.as_str()) {
                (Expression::Identifier(object), "resolve") => object.name == "require",
                (Expression::Identifier(object), "require") => object.name == "module",
                (Expression::ImportMeta(_), "resolve") => true,
                _ => false,
            }
        }
        _ => false,
    }
}

/// A bound on how deep the code can be nested: brackets open at once, or operators in a row that each hold the next.
fn nesting(text: &str) -> usize {
    let (mut depth, mut deepest, mut chain, mut longest) = (0_usize, 0_usize, 0_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'(' | b'[' | b'{' | b'<' => depth += 1,
            b')' | b']' | b'}' | b'>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match byte {
            b';' | b',' | b'}' => chain = 0,
            b'!' | b'~' | b'-' | b'+' | b'?' | b'=' | b'*' | b'.' | b'&' | b'|' => chain += 1,
            _ => {}
        }
        deepest = deepest.max(depth);
        longest = longest.max(chain);
    }
    deepest.max(longest)
}

/// Most `<` in one statement that no `>` follows. At each the parser tries types and then comparisons, which takes time and memory by
/// the cube of their number.
fn angles(text: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0_usize);
    for byte in text.bytes() {
        match byte {
            b'<' => open += 1,
            b'>' => open = open.saturating_sub(1),
            b';' => open = 0,
            _ => {}
        }
        most = most.max(open);
    }
    most
}

/// More than a bundler writes in one statement.
const ANGLES: usize = 1_000;

/// The module of what Bun itself brings.
pub(super) const BUN: &str = "bun";

/// Deeper than code that people or bundlers write.
const NESTING: usize = 20_000;
/// Stack the parser may need for one byte of text, were each to nest.
const STACK_PER_BYTE: usize = 4 << 10;
/// Least stack of the parser.
const STACK_LEAST: usize = 2 << 20;
/// Most stack of the parser; only what is used takes memory.
const STACK_MOST: usize = 256 << 20;
