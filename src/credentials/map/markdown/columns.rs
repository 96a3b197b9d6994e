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
    /// The environment that the heading above names.
    pub section: Option<String>,
}

impl Columns {
    /// The columns of a table; none when it is no credential table: its header must name a capability, and secret names or paths.
    pub(super) fn of(table: &Table) -> Option<Self> {
        let (mut columns, strong) = Self::by_header(table);
        let taken = strong || table.rows.iter().any(|row| columns.any_vault_path(row));
        columns.section.clone_from(&table.section);
        (columns.is_whole(strong) && taken).then_some(columns)
    }

    /// Whether the header names what it takes.
    fn is_whole(&self, strong: bool) -> bool {
        let capability = self.capability.is_some() || strong && self.environment.is_some();
        capability && !self.secrets.is_empty()
    }

    /// What the header says; and whether it speaks of secrets outright.
    fn by_header(table: &Table) -> (Self, bool) {
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
            // "Where used" is about neither places nor people.
            let notes = any(&["note", "comment", "remark", "description"])
                || says(&["use", "used", "uses", "usage", "using"]);
            let owner = !notes && says(OWNERS);
            let rotation = says(ROTATIONS) && !says(&["last", "on", "date"]);
            // "Secret owner" is about the owner; "Secret names and owner" is about both.
            let other = (owner || rotation) && !says(&["name", "names", "path", "paths"]);
            if !notes
                && !other
                && (any(&["secret", "vault"])
                    || says(&["credential", "credentials"]) && any(&["name", "path", "file"]))
            {
                strong = true;
                columns.secrets.push(at);
            } else if !notes
                && !other
                && (says(PLACES)
                    || any(&["env var"])
                    || columns.capability.is_some() && says(&["credential", "credentials"]))
            {
                columns.secrets.push(at);
            } else if columns.environment.is_none()
                && says(ENVIRONMENTS)
                && !title.contains("github")
            {
                columns.environment = Some(at);
            } else if columns.github.is_none() && says(&["github", "gh"]) {
                columns.github = Some(at);
            } else if columns.fly.is_none() && says(&["fly"]) {
                columns.fly = Some(at);
            } else if columns.owner.is_none() && owner {
                columns.owner = Some(at);
            } else if columns.rotation.is_none() && rotation {
                columns.rotation = Some(at);
            } else if columns.capability.is_none() && says(CAPABILITIES) {
                columns.capability = Some(at);
            } else {
                columns.notes.push(at);
            }
        }
        columns.part_stores(table);
        (columns, strong)
    }

    /// Beside a column of secrets one called "GitHub secret" or "Fly secret" is about the copy there.
    fn part_stores(&mut self, table: &Table) {
        let is_of = |at: &usize, store: &str| {
            let title = table.header.get(*at).map(Cell::plain).unwrap_or_default();
            let says = |name: &str| {
                let mut words = title.split(|c: char| !c.is_alphanumeric());
                words.any(|word| word == name)
            };
            says(store) && !["vault", "path", "paths"].into_iter().any(says)
        };
        let Self {
            secrets,
            github,
            fly,
            ..
        } = self;
        if secrets
            .iter()
            .all(|at| is_of(at, "github") || is_of(at, "fly"))
        {
            return;
        }
        for (store, place) in [("github", github), ("fly", fly)] {
            if place.is_none()
                && let Some(found) = secrets.iter().position(|at| is_of(at, store))
            {
                *place = Some(secrets.remove(found));
            }
        }
    }

    fn any_vault_path(&self, row: &Row) -> bool {
        self.secrets
            .iter()
            .filter_map(|at| row.cells.get(*at))
            .any(has_env_file)
    }
}

/// What a table that is no credential table names of what should stand in one: files of a vault; and where its header is
/// nearly that of one, what by its name is a secret.
pub(super) fn names_besides(table: &Table) -> Vec<What> {
    let (columns, strong) = Columns::by_header(table);
    let nearly = columns.is_whole(strong);
    let mut all: Vec<What> = Vec::new();
    for (at, cell) in table
        .rows
        .iter()
        .flat_map(|row| row.cells.iter().enumerate())
    {
        let column = match nearly && columns.secrets.contains(&at) {
            true => Column::Secrets,
            false => Column::Notes,
        };
        all.extend(named(cell, column));
    }
    all.retain(|what| match what {
        What::Path { .. } => is_vault_file(what),
        What::Name(name) => nearly && SECRETS.iter().any(|end| name.ends_with(end)),
    });
    all
}

/// The files of a vault that a text names.
pub(super) fn vault_files(cell: &Cell) -> Vec<What> {
    named(cell, Column::Notes)
        .into_iter()
        .filter(is_vault_file)
        .collect()
}

fn is_vault_file(what: &What) -> bool {
    matches!(what, What::Path { path, .. } if path.starts_with("vault/"))
}

fn named(cell: &Cell, column: Column) -> Vec<What> {
    let items = item::items(cell, column, &mut Vec::new());
    items.into_iter().map(|item| item.what).collect()
}

fn has_env_file(cell: &Cell) -> bool {
    named(cell, Column::Notes)
        .iter()
        .any(|what| matches!(what, What::Path { .. }))
}

/// What the name of a secret ends in.
const SECRETS: &[&str] = &[
    "_KEY",
    "_TOKEN",
    "_SECRET",
    "_PASSWORD",
    "_DSN",
    "_CREDENTIALS",
];

/// What a team may call the column of paths and names besides "secret" and "vault"; one of the paths shows that it is meant so.
const PLACES: &[&str] = &[
    "path",
    "paths",
    "variable",
    "variables",
    "token",
    "tokens",
    "location",
    "locations",
    "stored",
    "storage",
    "store",
    "stores",
    "where",
    "kept",
    "lives",
];

/// And that of the environment.
const ENVIRONMENTS: &[&str] = &[
    "environment",
    "environments",
    "env",
    "envs",
    "stage",
    "stages",
    "tier",
];

/// And that of the owner.
const OWNERS: &[&str] = &[
    "owner",
    "owners",
    "team",
    "teams",
    "responsible",
    "maintainer",
    "maintainers",
    "owned",
    "accountable",
    "custodian",
    "dri",
    "who",
];

/// And that of the interval.
const ROTATIONS: &[&str] = &[
    "rotation",
    "rotate",
    "rotated",
    "rotates",
    "interval",
    "cadence",
    "frequency",
];

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
    "key",
    "keys",
    "item",
    "what",
];
