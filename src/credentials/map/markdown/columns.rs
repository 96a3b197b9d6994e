//! What the columns of a table are about, by its header.

use super::item::{self, Column, What};
use super::table::{Cell, Row, Table};

/// The columns of a credential table.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Columns {
    /// Secret names and paths; at least one.
    pub secrets: Vec<usize>,
    /// What the row is about.
    pub capability: Option<usize>,
    /// The environment.
    pub environment: Option<usize>,
    /// The team.
    pub owner: Option<usize>,
    /// How often it is rotated.
    pub rotation: Option<usize>,
    /// GitHub environments or names there.
    pub github: Option<usize>,
    /// Fly apps or names there.
    pub fly: Option<usize>,
    /// All others.
    pub notes: Vec<usize>,
}

impl Columns {
    /// The columns of a table; none when it is no credential table: its header must name a capability, and secret names or paths.
    pub(super) fn of(table: &Table) -> Option<Self> {
        let mut columns = Self::default();
        let mut strong = false;
        for (at, cell) in table.header.iter().enumerate() {
            let title = cell.plain();
            let title = title.trim();
            let any = |words: &[&str]| words.iter().any(|word| title.contains(word));
            let says = |words: &[&str]| {
                title
                    .split(|c: char| !c.is_alphanumeric())
                    .any(|word| words.contains(&word))
            };
            let notes = any(&["note", "comment", "remark", "description"]);
            if !notes
                && (any(&["secret", "vault"])
                    || says(&["credential", "credentials"]) && any(&["name", "path", "file"]))
            {
                strong = true;
                columns.secrets.push(at);
            } else if !notes
                && (says(&["path", "paths", "variable", "variables", "token", "tokens"])
                    || any(&["env var"]))
            {
                columns.secrets.push(at);
            } else if columns.environment.is_none()
                && says(&["environment", "environments", "env", "stage"])
                && !title.contains("github")
            {
                columns.environment = Some(at);
            } else if columns.github.is_none() && says(&["github"]) {
                columns.github = Some(at);
            } else if columns.fly.is_none() && says(&["fly"]) {
                columns.fly = Some(at);
            } else if columns.owner.is_none()
                && !notes
                && says(&[
                    "owner",
                    "owners",
                    "team",
                    "teams",
                    "responsible",
                    "maintainer",
                    "maintainers",
                ])
            {
                columns.owner = Some(at);
            } else if columns.rotation.is_none()
                && says(&[
                    "rotation",
                    "rotate",
                    "rotated",
                    "interval",
                    "cadence",
                    "frequency",
                ])
                && !says(&["last", "on", "date"])
            {
                columns.rotation = Some(at);
            } else if columns.capability.is_none() && says(CAPABILITIES) {
                columns.capability = Some(at);
            } else {
                columns.notes.push(at);
            }
        }
        let capability = columns.capability.is_some() || strong && columns.environment.is_some();
        let taken = strong || table.rows.iter().any(|row| columns.any_vault_path(row));
        (capability && !columns.secrets.is_empty() && taken).then_some(columns)
    }

    fn any_vault_path(&self, row: &Row) -> bool {
        self.secrets
            .iter()
            .filter_map(|at| row.cells.get(*at))
            .any(has_env_file)
    }
}

/// Whether a table names files that look like those of a vault.
pub(super) fn names_vault_files(table: &Table) -> bool {
    table.rows.iter().flat_map(|row| &row.cells).any(|cell| {
        item::items(cell, Column::Notes, &mut Vec::new())
            .iter()
            .any(|item| matches!(&item.what, What::Path { path, .. } if path.starts_with("vault/")))
    })
}

fn has_env_file(cell: &Cell) -> bool {
    item::items(cell, Column::Notes, &mut Vec::new())
        .iter()
        .any(|item| matches!(item.what, What::Path { .. }))
}

/// What a team may call what a row is about.
const CAPABILITIES: &[&str] = &[
    "capability",
    "capabilities",
    "system",
    "systems",
    "service",
    "services",
    "integration",
    "integrations",
    "provider",
    "component",
    "area",
    "platform",
    "product",
    "vendor",
    "credential",
    "credentials",
    "app",
    "application",
    "tool",
    "name",
    "purpose",
    "feature",
];
