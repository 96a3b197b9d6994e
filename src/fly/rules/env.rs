//! `[env]`: what must be there, what must not, and what should have been a Fly secret.

use super::Case;
use crate::fly::env::is_secret;
use crate::fly::model::Variable;
use crate::fly::sheet::Sheet;
use crate::policy::Severity;

pub(super) fn check(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    for variable in &case.config.env {
        leaked(case, variable, sheet);
        reserved(case, variable, sheet);
        forbidden(case, variable, sheet);
    }
    for variable in case
        .config
        .build_args
        .iter()
        .filter(|variable| sheet.leaks(variable))
        .collect::<Vec<_>>()
    {
        let name = name(variable, sheet);
        let message = format!(
            "build argument {name} holds a secret: it is in the file, and in the history of the image"
        );
        sheet
            .add("fly-secret-in-env", Some(&variable.value_span), format!("build.args {}", variable.name.value), message)
            .help("pass it with `fly deploy --build-secret`, and rotate the value that is in the file");
    }
    required(case, sheet);
    equal(case, sheet);
    files(case, sheet);
}

fn name(variable: &Variable, sheet: &Sheet<'_, '_>) -> String {
    sheet.quote(&variable.name.value, &variable.name.span)
}

/// What belongs in Fly secrets.
fn leaked(case: &Case<'_>, variable: &Variable, sheet: &mut Sheet<'_, '_>) {
    let shown = name(variable, sheet);
    let content = variable.name.value.clone();
    let ruling = case
        .rulings
        .app(&case.config.groups(), |entry| {
            entry.secrets_required.as_ref()
        })
        .filter(|ruling| ruling.value.contains(&variable.name.value));
    if variable.nested {
        let message = format!(
            "{shown} is a table or list: the app sees Go's print of it, such as `map[a:1]`"
        );
        sheet.add(
            "fly-env-nested-table",
            Some(&variable.value_span),
            content,
            message,
        );
    } else if sheet.leaks(variable) {
        let message = format!(
            "{shown} in `[env]` holds a secret: everyone who can read this file can use it"
        );
        let note = sheet.add(
            "fly-secret-in-env",
            Some(&variable.value_span),
            content,
            message,
        );
        if let Some(ruling) = ruling {
            note.by(ruling.by);
        }
    } else if let Some(ruling) = ruling {
        let message = format!("{shown} stands in `[env]`, and by policy it comes from Fly secrets");
        sheet
            .add(
                "fly-secret-in-env",
                Some(&variable.value_span),
                content,
                message,
            )
            .by(ruling.by)
            .severity(Severity::High)
            .help("remove the line and run `fly secrets set`");
    } else if case
        .secrets
        .is_some_and(|names| names.contains(&variable.name.value))
    {
        let message =
            format!("{shown} is a Fly secret as well: the secret wins, and this line does nothing");
        sheet.add(
            "fly-env-shadowed",
            Some(&variable.name.span),
            content,
            message,
        );
    }
}

/// Names Fly sets itself.
fn reserved(case: &Case<'_>, variable: &Variable, sheet: &mut Sheet<'_, '_>) {
    let shown = name(variable, sheet);
    if variable.name.value.starts_with("FLY_") {
        let message = format!("{shown}: names that begin with FLY_ are Fly's own");
        sheet.add(
            "fly-env-reserved",
            Some(&variable.name.span),
            variable.name.value.clone(),
            message,
        );
    } else if let Some(region) = &case.config.primary_region
        && variable.name.value == "PRIMARY_REGION"
        && variable.value.expose() != region.value.as_bytes()
    {
        let wins = sheet.value(&region.value, &region.span);
        let message = format!(
            "{shown} is overridden: the app sees {wins}, the `primary_region` of this file"
        );
        sheet.add(
            "fly-env-reserved",
            Some(&variable.name.span),
            variable.name.value.clone(),
            message,
        );
    }
}

fn forbidden(case: &Case<'_>, variable: &Variable, sheet: &mut Sheet<'_, '_>) {
    let Some(ruling) = case
        .rulings
        .app(&case.config.groups(), |entry| entry.env_forbidden.as_ref())
    else {
        return;
    };
    let Some(glob) = ruling
        .value
        .iter()
        .find(|glob| glob.matches(&variable.name.value))
    else {
        return;
    };
    let message = format!(
        "{} must not be in `[env]`: the policy forbids `{}`",
        name(variable, sheet),
        glob.as_str()
    );
    sheet
        .add(
            "fly-env-forbidden",
            Some(&variable.name.span),
            variable.name.value.clone(),
            message,
        )
        .by(ruling.by);
}

/// What the team says must be set, here or as a secret.
fn required(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    let groups = case.config.groups();
    let Some(ruling) = case
        .rulings
        .app(&groups, |entry| entry.env_required.as_ref())
    else {
        return;
    };
    let by_policy = case
        .rulings
        .app(&groups, |entry| entry.secrets_required.as_ref());
    let app = case.app(sheet);
    let header = case
        .root
        .field_entry("env")
        .map(|entry| entry.key_span.clone());
    for name in ruling.value {
        let secret = case.secrets.is_some_and(|names| names.contains(name))
            || by_policy.is_some_and(|ruling| ruling.value.contains(name));
        if secret {
            continue;
        }
        let (span, what) = match case.config.variable(name) {
            Some(variable) if !variable.value.expose().is_empty() || variable.nested => continue,
            Some(variable) => (Some(&variable.value_span), "is empty in `[env]`"),
            None => (header.as_ref(), "is not in `[env]`"),
        };
        let message = format!("{app} needs `{name}`, which {what} and not known as a Fly secret");
        sheet
            .add("fly-env-missing", span, name.clone(), message)
            .by(ruling.by);
    }
}

fn equal(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    let Some(ruling) = case
        .rulings
        .app(&case.config.groups(), |entry| entry.env_equals.as_ref())
    else {
        return;
    };
    let app = case.app(sheet);
    for (name, wanted) in ruling.value {
        let value = if is_secret(name, wanted.0.as_bytes()) {
            "what the policy says".to_owned()
        } else {
            format!("'{}'", wanted.0)
        };
        match case.config.variable(name) {
            Some(variable) if variable.value.expose() == wanted.0.as_bytes() => {}
            Some(variable) => {
                let message = format!("`{name}` of {app} must be {value}");
                sheet
                    .add(
                        "fly-env-mismatch",
                        Some(&variable.value_span),
                        name.clone(),
                        message,
                    )
                    .by(ruling.by);
            }
            None if case.secrets.is_some_and(|names| names.contains(name)) => {}
            None => {
                let header = case
                    .root
                    .field_entry("env")
                    .map(|entry| entry.key_span.clone());
                let message = format!("{app} needs `{name}` = {value} in `[env]`");
                sheet
                    .add("fly-env-missing", header.as_ref(), name.clone(), message)
                    .by(ruling.by);
            }
        }
    }
}

/// Files whose content is a Fly secret, when the credential map knows the app's secrets.
fn files(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    let Some(names) = case.secrets else { return };
    for file in case
        .config
        .secret_files
        .iter()
        .filter(|file| !names.contains(&file.value))
    {
        let name = sheet.quote(&file.value, &file.span);
        let message = format!(
            "a file takes its content from the Fly secret {name}, which the credential map does not have for this app"
        );
        sheet.add(
            "fly-file-secret-missing",
            Some(&file.span),
            file.value.clone(),
            message,
        );
    }
}
