//! The checks that need more than one value: what must be given, and what contradicts itself.

use super::Config;
use super::document::{Allow, Document};
use super::faults;
use super::headers::Headers;
use super::sections::{FlyApp, Placed};
use super::values::PathGlob;
use crate::finding::{Fingerprint, LineIndex};
use crate::policy::Problem;
use crate::policy::allow::Entry;
use crate::policy::masking::mask_words;
use crate::policy::pattern::PathPattern;
use std::collections::BTreeMap;
use std::ops::Range;
use toml::Spanned;

/// Makes a configuration of a document; what is wrong goes to `problems`, and is left out.
pub(super) fn finish(
    document: Document,
    text: &str,
    mut headers: Headers,
    name: &str,
    problems: &mut Vec<Problem>,
) -> Config {
    let index = LineIndex::new(text.as_bytes());
    let mut config = Config {
        name: Some(name.to_owned()),
        ..Config::default()
    };
    if let Some(packs) = document.packs {
        config.packs = named(packs, problems);
    }
    if document.exclude.iter().any(PathGlob::is_everything) {
        let span = headers.exclude.clone();
        let help = Some("a check of nothing would look clean".into());
        problems.push(Problem {
            span,
            message: "`exclude` covers every file".into(),
            help,
        });
    }
    config.exclude = document.exclude;
    for (id, level) in document.severity {
        config.named_rules.push((id.get_ref().clone(), id.span()));
        config.severity.insert(id.into_inner(), level.severity());
    }
    for allow in document.allow {
        config.allows.extend(exception(
            allow,
            &mut config.named_rules,
            &index,
            name,
            problems,
        ));
    }
    for (app, (line, keys)) in document
        .fly
        .into_iter()
        .zip(std::mem::take(&mut headers.fly))
    {
        let span = app.span();
        let value = app.into_inner();
        fly_app(&value, &span, problems);
        config.fly.push(Placed { value, line, keys });
    }
    let mut placed = |section: &str| headers.sections.remove(section).unwrap_or_default();
    let (line, keys) = placed("toolkit");
    config.toolkit = Placed {
        value: document.toolkit,
        line,
        keys,
    };
    let (line, keys) = placed("credentials");
    config.credentials = Placed {
        value: document.credentials,
        line,
        keys,
    };
    let (line, keys) = placed("stores");
    config.stores = Placed {
        value: document.stores,
        line,
        keys,
    };
    config
}

/// What `packs` names, each once.
fn named(packs: Vec<Spanned<String>>, problems: &mut Vec<Problem>) -> Vec<(String, Range<usize>)> {
    let mut named: Vec<(String, Range<usize>)> = Vec::new();
    for pack in packs {
        let span = pack.span();
        if named.iter().any(|(name, _)| name == pack.get_ref()) {
            let message = "this pack is named twice".into();
            problems.push(Problem {
                span: span.clone(),
                message,
                help: None,
            });
        }
        named.push((pack.into_inner(), span));
    }
    named
}

/// One `[[allow]]` entry; none when something is wrong with it.
fn exception(
    allow: Spanned<Allow>,
    named: &mut Vec<(String, Range<usize>)>,
    index: &LineIndex<'_>,
    name: &str,
    problems: &mut Vec<Problem>,
) -> Option<Entry> {
    let span = allow.span();
    let allow = allow.into_inner();
    let before = problems.len();
    let mut wrong = |span: &Range<usize>, message: &str, help: &str| {
        problems.push(Problem {
            span: span.clone(),
            message: message.into(),
            help: Some(help.into()),
        });
    };
    contradictions(&allow, |message, help| wrong(&span, message, help));
    let fingerprint = allow.fingerprint.and_then(|given| {
        let parsed = Fingerprint::parse(given.get_ref());
        if parsed.is_none() {
            wrong(
                &given.span(),
                "`fingerprint` must be 24 lower-case hex digits",
                "copy it from a report",
            );
        }
        parsed
    });
    let expires = allow.expires.and_then(|given| {
        let parsed = day(given.get_ref());
        if parsed.is_none() {
            let help = "such as 2026-12-31; the exception still holds on that day";
            wrong(
                &given.span(),
                "`expires` must be a day of the calendar, without a time",
                help,
            );
        }
        parsed
    });
    let rules: Vec<Spanned<String>> = allow
        .rule
        .into_iter()
        .chain(allow.rules.unwrap_or_default())
        .collect();
    named.extend(
        rules
            .iter()
            .map(|rule| (rule.get_ref().clone(), rule.span())),
    );
    let reason = mask_words(allow.reason?.as_str());
    (problems.len() == before).then(|| Entry {
        rules: rules.into_iter().map(Spanned::into_inner).collect(),
        path: allow
            .path
            .and_then(|glob| PathPattern::new(glob.as_str()).ok()),
        value: allow.value.map(|value| value.0),
        fingerprint,
        reason,
        expires,
        file: name.into(),
        start: index.position(span.start),
        end: index.position(span.end),
    })
}

/// What an exception must say, and what it cannot say at once.
fn contradictions(allow: &Allow, mut wrong: impl FnMut(&str, &str)) {
    if allow.rule.is_some() && allow.rules.is_some() {
        wrong("`rule` and `rules` in one exception", "keep one of them");
    }
    if allow.rules.as_ref().is_some_and(Vec::is_empty) {
        wrong(
            "`rules` is empty",
            "name at least one rule, or leave the key out to cover every rule",
        );
    }
    let any_rule = allow.rule.is_none() && allow.rules.as_ref().is_none_or(Vec::is_empty);
    let path = allow
        .path
        .as_ref()
        .and_then(|glob| PathPattern::new(glob.as_str()).ok());
    let any_file = path.as_ref().is_none_or(PathPattern::is_everything);
    if any_rule && any_file && allow.value.is_none() && allow.fingerprint.is_none() {
        let message = match path {
            Some(_) => "this exception covers everything",
            None => "this exception does not say what it covers",
        };
        wrong(
            message,
            "give `rule`, `path`, `value` or `fingerprint`; all that are given must hold",
        );
    }
    if allow.reason.is_none() {
        wrong(
            "an exception needs a `reason`",
            "say why this is no problem, for those who read it next year",
        );
    }
}

/// A TOML date that has no time and is in the calendar.
fn day(date: &toml::value::Datetime) -> Option<jiff::civil::Date> {
    if date.time.is_some() || date.offset.is_some() {
        return None;
    }
    let date = date.date?;
    jiff::civil::Date::new(
        i16::try_from(date.year).ok()?,
        i8::try_from(date.month).ok()?,
        i8::try_from(date.day).ok()?,
    )
    .ok()
}

fn fly_app(app: &FlyApp, span: &Range<usize>, problems: &mut Vec<Problem>) {
    let mut wrong = |message: &str, help: &str| {
        problems.push(Problem {
            span: span.clone(),
            message: message.into(),
            help: Some(help.into()),
        })
    };
    if app.app.is_none() {
        wrong(
            "a `[[fly]]` entry needs an `app`",
            "a glob over app names; \"*\" is every app",
        );
    }
    if app
        .memory_min
        .zip(app.memory_max)
        .is_some_and(|(least, most)| least > most)
    {
        wrong(
            "`memory_min` is more than `memory_max`",
            "no machine can be both",
        );
    }
    if app.auto_stop.as_ref().is_some_and(Vec::is_empty) {
        wrong(
            "`auto_stop` allows nothing",
            "name the modes that are allowed, or leave the key out",
        );
    }
    if app.regions.as_ref().is_some_and(Vec::is_empty) {
        wrong(
            "`regions` allows no region",
            "name the regions that are allowed, or leave the key out",
        );
    }
    let forbidden: Vec<_> = app
        .env_forbidden
        .iter()
        .flatten()
        .filter_map(|glob| globset::Glob::new(glob.as_str()).ok())
        .map(|glob| glob.compile_matcher())
        .collect();
    for name in app
        .env_equals
        .iter()
        .flat_map(BTreeMap::keys)
        .filter(|name| {
            forbidden.iter().any(|glob| glob.is_match(name.as_str()))
                || app
                    .secrets_required
                    .iter()
                    .flatten()
                    .any(|secret| secret == *name)
        })
    {
        wrong(
            &format!(
                "`{}` must be in `[env]` and must not be",
                faults::shown(name.as_str())
            ),
            "remove it from `env_equals`, or from the other list",
        );
    }
}
