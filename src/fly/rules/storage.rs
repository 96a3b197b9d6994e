//! Volumes.

use super::Case;
use crate::fly::model::Mount;
use crate::fly::sheet::Sheet;
use crate::fly::size::volume;
use crate::policy::Severity;

pub(super) fn check(case: &Case<'_>, sheet: &mut Sheet<'_, '_>) {
    for (index, mount) in case.config.mounts.iter().enumerate() {
        sizes(mount, index, sheet);
        numbers(mount, index, sheet);
        growth(mount, index, sheet);
    }
    for group in case.config.groups() {
        let mounts: Vec<&Mount> = case
            .config
            .mounts
            .iter()
            .filter(|mount| case.config.applies(&mount.processes, group))
            .collect();
        if let [_, second, ..] = mounts.as_slice() {
            let who = case.who(sheet, &[group]);
            let message = format!(
                "a machine has one volume at most, and {who} has {}: flyctl refuses to deploy",
                mounts.len()
            );
            sheet.add(
                "fly-mount-invalid",
                Some(&second.span),
                format!("{group} second"),
                message,
            );
        }
        let kept = case
            .config
            .services_of(group)
            .filter_map(|service| service.min_machines.as_ref())
            .find(|least| least.value > 1);
        if let (Some(mount), Some(least)) = (mounts.first(), kept) {
            let message = format!(
                "min_machines_running = {} asks for as many machines, and each has a volume of its own: Fly does not copy data between them",
                least.value
            );
            sheet.add("fly-volume-not-shared", Some(&mount.span), group, message);
        }
    }
}

fn sizes(mount: &Mount, index: usize, sheet: &mut Sheet<'_, '_>) {
    for (key, size) in &mount.sizes {
        let most = match *key {
            "auto_extend_size_increment" => 100,
            "auto_extend_size_limit" => 500,
            _ => u64::MAX,
        };
        let value = sheet.value(&size.value, &size.span);
        let message = match volume(&size.value) {
            Ok(size) if size <= most => continue,
            Ok(_) => format!("{key} = {value} is more than {most} GB: flyctl refuses the file"),
            Err(_) => {
                format!("{key} = {value} is not a size of at least 1 GB: flyctl refuses the file")
            }
        };
        sheet.add(
            "fly-mount-invalid",
            Some(&size.span),
            format!("{index} {key}"),
            message,
        );
    }
}

fn numbers(mount: &Mount, index: usize, sheet: &mut Sheet<'_, '_>) {
    if let Some(days) = mount
        .retention
        .as_ref()
        .filter(|days| !(1..=60).contains(&days.value))
    {
        let message = format!(
            "snapshot_retention = {}: flyctl takes 1 to 60 days",
            days.value
        );
        sheet.add(
            "fly-mount-invalid",
            Some(&days.span),
            format!("{index} retention"),
            message,
        );
    }
    if let Some(destination) = mount
        .destination
        .as_ref()
        .filter(|destination| destination.value == "/")
    {
        let message = "destination = '/': the volume would hide the app itself, and Fly refuses it";
        sheet.add(
            "fly-mount-invalid",
            Some(&destination.span),
            format!("{index} destination"),
            message,
        );
    }
}

/// The three keys of a volume that grows by itself.
fn growth(mount: &Mount, index: usize, sheet: &mut Sheet<'_, '_>) {
    let extends = |key: &str| mount.sizes.iter().any(|(known, _)| *known == key);
    let (increment, limit) = (
        extends("auto_extend_size_increment"),
        extends("auto_extend_size_limit"),
    );
    let percent = mount
        .threshold
        .as_ref()
        .filter(|percent| percent.value != 0);
    match percent {
        Some(percent) if !(50..=99).contains(&percent.value) => {
            let message = format!(
                "auto_extend_size_threshold = {}: flyctl takes 50 to 99 percent",
                percent.value
            );
            sheet.add(
                "fly-mount-invalid",
                Some(&percent.span),
                format!("{index} threshold"),
                message,
            );
        }
        None if increment || limit => {
            let message = "the volume has sizes to grow by but no `auto_extend_size_threshold`: flyctl refuses the file";
            sheet.add(
                "fly-mount-invalid",
                Some(&mount.span),
                format!("{index} threshold"),
                message,
            );
        }
        Some(_) if !increment => {
            let message = "the volume has a threshold to grow at but no `auto_extend_size_increment`: flyctl refuses the file";
            sheet.add(
                "fly-mount-invalid",
                Some(&mount.span),
                format!("{index} increment"),
                message,
            );
        }
        Some(percent) if !limit => {
            let message = "the volume has a threshold and an increment but no `auto_extend_size_limit`: Fly does not extend it";
            sheet
                .add(
                    "fly-mount-invalid",
                    Some(&percent.span),
                    format!("{index} limit"),
                    message,
                )
                .severity(Severity::Medium)
                .help("set `auto_extend_size_limit` to the most the volume may grow to");
        }
        _ => {}
    }
}
