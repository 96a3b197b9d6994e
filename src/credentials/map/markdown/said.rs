//! What a row says of all it names: system, environments, owner, interval, stores.

use super::columns::Columns;
use super::item;
use super::mirror::{self, Mirror};
use super::prose;
use super::table::{Row, Token};
use super::{Credential, GuessKind, SkippedKind, environment};
use crate::credentials::map::{FlyPlace, GithubPlace, Interval, NamePattern, VaultPlace, words};

/// What a row says of all it names.
pub(super) struct Said {
    system: Option<String>,
    environments: Vec<String>,
    /// The environment that the heading above the table names.
    section: Option<String>,
    owner: Option<(String, bool)>,
    interval: Option<(Interval, bool)>,
    optional: bool,
    github: Vec<Mirror>,
    fly: Vec<Mirror>,
    fly_unnamed: bool,
    line: u32,
}

impl Said {
    /// Reads the columns that are not about names; what is not understood goes to `skipped`.
    pub(super) fn of(row: &Row, columns: &Columns, skipped: &mut Vec<SkippedKind>) -> Self {
        let tokens = |at: Option<usize>| {
            let cell = at.and_then(|at| row.cells.get(at));
            cell.map_or(&[][..], |cell| cell.tokens.as_slice())
        };
        let capability = tokens(columns.capability);
        // Each cell ends a clause.
        let mut notes: Vec<Token> = Vec::new();
        for at in columns.notes.iter().chain(&columns.secrets) {
            notes.extend(tokens(Some(*at)).iter().flat_map(apart));
            notes.push(Token::Mark(';'));
        }
        let mut environments = environment::of_column(tokens(columns.environment), skipped);
        if environments.is_empty() {
            environments = environment::all(capability);
        }
        let mut github = mirror::github(capability, true);
        github.extend(mirror::github(&notes, false));
        github.extend(in_column(tokens(columns.github), true, skipped));
        let mut fly = mirror::fly(&notes);
        fly.extend(mirror::fly(capability));
        fly.extend(in_column(tokens(columns.fly), false, skipped));
        let interval = prose::interval(tokens(columns.rotation), true)
            .or_else(|| prose::interval(&notes, false));
        if interval.is_none() && prose::means_an_interval(tokens(columns.rotation)) {
            // Without one nothing is ever due.
            skipped.push(SkippedKind::ColumnNotUnderstood);
        }
        let whole = columns.notes.iter().chain(&columns.capability);
        Self {
            system: system(capability),
            environments,
            section: columns.section.clone(),
            owner: team(tokens(columns.owner))
                .map(|team| (team, true))
                .or_else(|| prose::owner(&notes)),
            interval,
            optional: whole
                .filter_map(|at| row.cells.get(*at))
                .any(|cell| item::is_optional(&cell.tokens)),
            github,
            fly_unnamed: fly.is_empty() && mirror::fly_unnamed(&notes),
            fly,
            line: row.line,
        }
    }

    /// Whether Fly is said to have it, but not which app.
    pub(super) fn is_on_some_fly(&self) -> bool {
        self.fly_unnamed
    }

    /// The environments of something that names one itself, or none.
    pub(super) fn environments(
        &self,
        own: Option<(String, bool)>,
    ) -> Vec<(String, Option<GuessKind>)> {
        if let Some((own, said)) = own {
            let told = said || self.environments.contains(&own);
            return vec![(own, (!told).then_some(GuessKind::EnvironmentFromName))];
        }
        match self.environments.as_slice() {
            [] => {}
            [only] => return vec![(only.clone(), None)],
            several => {
                return several
                    .iter()
                    .map(|name| (name.clone(), Some(GuessKind::EnvironmentOfRow)))
                    .collect();
            }
        }
        let mut mirrored: Vec<&str> = self
            .github
            .iter()
            .flat_map(|mirror| &mirror.places)
            .map(String::as_str)
            .collect();
        mirrored.dedup();
        let usual = |name: &str| {
            environment::canonical(name).map_or_else(|| name.to_owned(), str::to_owned)
        };
        match mirrored.as_slice() {
            [] => vec![match &self.section {
                Some(named) => (named.clone(), Some(GuessKind::EnvironmentFromHeading)),
                None => ("production".into(), Some(GuessKind::EnvironmentAssumed)),
            }],
            [only] => vec![(usual(only), Some(GuessKind::EnvironmentFromMirror))],
            several => several
                .iter()
                .map(|name| (usual(name), Some(GuessKind::EnvironmentFromMirror)))
                .collect(),
        }
    }

    /// Where GitHub keeps a name in an environment.
    fn github(
        &self,
        name: &NamePattern,
        environment: &str,
    ) -> Option<(GithubPlace, Option<GuessKind>)> {
        let about = |mirror: &&Mirror| {
            mirror.names.is_empty() || mirror.names.iter().any(|named| named == name.as_str())
        };
        let place = |mirror: Option<&Mirror>, environment: Option<String>| GithubPlace {
            environment,
            repository: mirror.and_then(|mirror| mirror.of.clone()),
            name: mirror.and_then(|mirror| mirror.called.clone()),
        };
        let mirrors: Vec<&Mirror> = self.github.iter().filter(about).collect();
        let all: Vec<(&Mirror, &String)> = mirrors
            .iter()
            .flat_map(|mirror| mirror.places.iter().map(|named| (*mirror, named)))
            .collect();
        if let Some((mirror, own)) = all
            .iter()
            .find(|(_, named)| environment::same(named, environment))
        {
            return Some((place(Some(*mirror), Some((*own).clone())), None));
        }
        if let Some(mirror) = mirrors.iter().find(|mirror| mirror.repository) {
            return Some((place(Some(*mirror), None), None));
        }
        match all.as_slice() {
            [] if mirrors.is_empty() => None,
            [] => Some((
                place(mirrors.first().copied(), Some(environment.to_owned())),
                Some(GuessKind::GithubEnvironment),
            )),
            // The environment has another name there; where the row is of several, it is not this one's.
            [(mirror, only)] if self.environments.len() <= 1 => {
                Some((place(Some(*mirror), Some((*only).clone())), None))
            }
            _ => None,
        }
    }

    fn fly(&self, name: &NamePattern, environment: &str) -> Option<FlyPlace> {
        let about = |mirror: &&Mirror| {
            mirror.names.is_empty() || mirror.names.iter().any(|named| named == name.as_str())
        };
        let mirrors = self.fly.iter().filter(about);
        let apps: Vec<(&Mirror, &String)> = mirrors
            .flat_map(|mirror| mirror.places.iter().map(move |app| (mirror, app)))
            .collect();
        let of = |mirror: &Mirror, app: &str| {
            let told = mirror.told.iter().find(|(known, _)| known == app);
            let told = told.and_then(|(_, named)| environment::canonical(named));
            told.or_else(|| app.split('-').find_map(environment::canonical))
        };
        let own = apps.iter().find(|(mirror, app)| {
            of(mirror, app).is_some_and(|named| environment::same(named, environment))
        });
        let any = || apps.iter().find(|(mirror, app)| of(mirror, app).is_none());
        let (mirror, app) = own.or_else(any)?;
        Some(FlyPlace {
            app: (*app).clone(),
            name: mirror.called.clone(),
        })
    }

    /// Whether a name is said to be what something is called in a store.
    pub(super) fn is_called(&self, name: &str) -> bool {
        let mut mirrors = self.github.iter().chain(&self.fly);
        mirrors.any(|mirror| mirror.called.as_deref() == Some(name))
    }

    /// Takes what things are called in stores for other names of this one, which the row is about; or where that is not known,
    /// for names like all others.
    pub(super) fn settle_names(&mut self, only: Option<&str>) {
        for mirror in self.github.iter_mut().chain(&mut self.fly) {
            if only.is_none() || mirror.called.as_deref() == only {
                mirror.called = None;
            } else if mirror.called.is_some() {
                mirror.names.clear();
            }
        }
    }

    /// Whether the row names an environment of GitHub or an app of Fly that none of its entries has: one has room for one of each.
    pub(super) fn names_more_than(&self, entries: &[(Credential, Vec<GuessKind>)]) -> bool {
        let places = |mirrors: &[Mirror], is_of: &dyn Fn(&Credential, &str) -> bool| {
            let mut named = mirrors.iter().flat_map(|mirror| &mirror.places);
            named.all(|place| entries.iter().any(|(entry, _)| is_of(entry, place)))
        };
        let github = places(&self.github, &|entry, place| {
            let known = entry.github.as_ref();
            let known = known.and_then(|known| known.environment.as_deref());
            // What is in no environment of the row's own is said by its names.
            let own = self.environments.iter().map(String::as_str);
            own.chain(known)
                .any(|known| environment::same(known, place))
        });
        let fly = places(&self.fly, &|entry, place| {
            entry.fly.as_ref().is_some_and(|known| known.app == place)
        });
        !(github && fly)
    }

    /// One entry, with what the row says of all its entries.
    pub(super) fn entry(
        &self,
        name: &str,
        environment: String,
        vault: Option<VaultPlace>,
        optional: bool,
        mut guesses: Vec<GuessKind>,
    ) -> (Credential, Vec<GuessKind>) {
        let name = NamePattern::new(name);
        let github = self.github(&name, &environment).map(|(place, guess)| {
            guesses.extend(guess);
            place
        });
        if self.owner.as_ref().is_some_and(|(_, certain)| !certain) {
            guesses.push(GuessKind::OwnerFromVerb);
        }
        if self.interval.is_some_and(|(_, exact)| !exact) {
            guesses.push(GuessKind::IntervalFromWords);
        }
        let credential = Credential {
            fly: self.fly(&name, &environment),
            name,
            environment,
            system: self.system.clone(),
            owner: self.owner.as_ref().map(|(team, _)| team.clone()),
            rotate_every: self.interval.map(|(interval, _)| interval),
            expect: None,
            optional: optional || self.optional,
            vault,
            github,
            line: self.line,
        };
        (credential, guesses)
    }
}

/// The capability without what is in brackets.
fn system(tokens: &[Token]) -> Option<String> {
    let name: Vec<&str> = tokens
        .iter()
        .take_while(|token| !matches!(token, Token::Mark('(' | ';' | ':' | ',' | '[')))
        .filter_map(|token| match token {
            Token::Word(word) | Token::Code(word) => Some(word.as_str()),
            Token::Mark(_) => None,
        })
        .collect();
    let name = name.join(" ").to_lowercase();
    words::is_label(&name).then_some(name)
}

/// The words of a column about teams.
fn team(tokens: &[Token]) -> Option<String> {
    let text: Vec<&str> = tokens
        .iter()
        .take_while(|token| !matches!(token, Token::Mark('(' | ';')))
        .filter_map(|token| match token {
            Token::Word(word) | Token::Code(word) => Some(word.as_str()),
            Token::Mark(_) => None,
        })
        .collect();
    prose::team(&text)
}

/// `GitHub/staging` and `Fly/acme-web` as a store and a place.
fn apart(token: &Token) -> Vec<Token> {
    if let Token::Word(word) = token
        && let Some((store, place)) = word.split_once('/')
        && ["github", "gh", "fly"].contains(&store.to_lowercase().as_str())
    {
        return vec![Token::Word(store.into()), Token::Code(place.into())];
    }
    vec![token.clone()]
}

/// Places and names in a column that is about one store. Where each environment has one place there (`bare`), a tick is enough.
fn in_column(tokens: &[Token], bare: bool, skipped: &mut Vec<SkippedKind>) -> Option<Mirror> {
    let mut mirror = Mirror::default();
    let mut ticked = false;
    for (at, token) in tokens.iter().enumerate() {
        let text = match token {
            Token::Code(text) | Token::Word(text) => text,
            Token::Mark(mark) => {
                ticked |= TICKS.contains(mark);
                continue;
            }
        };
        let lower = text.to_lowercase();
        if YES.contains(&lower.as_str()) {
            ticked = true;
            continue;
        }
        let quoted = matches!(token, Token::Code(_));
        // What is alone in its cell, or has a dash in it, is no word of a sentence.
        let meant = quoted || tokens.len() == 1 || text.contains('-');
        let meant = meant && !environment::NONE.contains(&lower.as_str());
        let mut understood = true;
        let closed = item::expand(text, item::MOST_BRACES, &mut |text| {
            if quoted && item::is_name(text) {
                mirror.names.push(text.to_owned());
            } else if environment::canonical(text).is_some() {
                // Of an app it is the environment, not the name.
                if bare || meant {
                    mirror.places.push(text.to_lowercase());
                }
            } else if text.eq_ignore_ascii_case("repository") {
                mirror.repository = true;
            } else if meant && !environment::MANY.contains(&lower.as_str()) && is_place(text) {
                mirror.places.push(text.to_owned());
            } else {
                understood &= !meant;
            }
        });
        if !(closed && understood) {
            skipped.push(SkippedKind::ColumnNotUnderstood);
        }
        if let Some((named, _)) = environment::in_brackets(&tokens[at + 1..]) {
            mirror.told.push((text.clone(), named.to_owned()));
        }
    }
    mirror.called = mirror
        .names
        .first()
        .filter(|_| mirror.names.len() == 1)
        .cloned();
    if mirror.repository || !mirror.places.is_empty() || !mirror.names.is_empty() {
        return Some(mirror);
    }
    if ticked && !bare {
        // Somewhere there, but nobody knows where.
        skipped.push(SkippedKind::ColumnNotUnderstood);
    }
    (ticked && bare).then_some(mirror)
}

fn is_place(text: &str) -> bool {
    words::is_label(text) && !text.contains(['/', ' ', '.'])
}

/// What stands in a cell to say that something is there.
const TICKS: &[char] = &['✓', '✔', '☑', '✅'];
/// The same in words.
const YES: &[&str] = &["yes", "x", "y"];
