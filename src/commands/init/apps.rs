//! What the apps of a repository get today, as the fly guard understands their files.
//!
//! An entry of the policy holds for every file of its app and every process group. So it asks for the least that any of them has:
//! a first configuration must not find fault with what it was made from.

use crate::fly::document::{Format, read};
use crate::fly::model::{Config, Stop};
use crate::fly::read as reading;
use crate::fly::size::Memory;

/// What one file asks for.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct FlyFile {
    /// Where it stands.
    pub path: String,
    /// The app it is for.
    pub app: Option<String>,
    /// The least memory of its process groups.
    pub memory: Option<Memory>,
    /// The fewest machines that keep running of its services.
    pub machines: Option<i64>,
    /// The path of its first check that has one.
    pub health_path: Option<String>,
}

impl FlyFile {
    /// Reads a file; none when flyctl could not.
    pub(super) fn of(path: &str, text: &str) -> Option<Self> {
        let (root, flaws) = read(Format::of(path), text);
        if !flaws.is_empty() {
            return None;
        }
        let config = reading::config(&root);
        Some(Self {
            path: path.to_owned(),
            app: config.app.as_ref().map(|app| app.value.clone()),
            memory: memory(&config),
            machines: machines(&config),
            health_path: health_path(&config),
        })
    }
}

/// An app and what all of its files have.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct App<'f> {
    pub name: &'f str,
    pub files: Vec<&'f str>,
    pub memory: Option<Memory>,
    pub machines: Option<i64>,
    pub health_path: Option<&'f str>,
}

/// The apps in the order of their first file.
pub(super) fn apps(files: &[FlyFile]) -> Vec<App<'_>> {
    let mut apps: Vec<App<'_>> = Vec::new();
    for file in files {
        let Some(name) = file.app.as_deref() else {
            continue;
        };
        let path = file.health_path.as_deref();
        match apps.iter_mut().find(|app| app.name == name) {
            Some(app) => {
                app.files.push(&file.path);
                // What one of them does not say is the least.
                app.memory = app.memory.min(file.memory);
                app.machines = app.machines.min(file.machines);
                app.health_path = app.health_path.filter(|known| Some(*known) == path);
            }
            None => apps.push(App {
                name,
                files: vec![&file.path],
                memory: file.memory,
                machines: file.machines,
                health_path: path,
            }),
        }
    }
    apps
}

fn memory(config: &Config) -> Option<Memory> {
    let groups = config.groups();
    let sizes = groups.iter().map(|group| {
        let guest = config.guest(group).ok().flatten();
        guest.map(|guest| guest.memory)
    });
    sizes.min().flatten()
}

fn machines(config: &Config) -> Option<i64> {
    let stopped = |mode: Stop| mode != Stop::Off;
    let services = || config.services.iter();
    // Where nothing is stopped, the number is what is meant.
    let any_stops = services().any(|service| stopped(service.stop_mode()));
    let counted = services().filter(|service| !any_stops || stopped(service.stop_mode()));
    let least = counted.map(|service| service.min_machines.as_ref().map(|least| least.value));
    least.min().flatten().filter(|least| *least > 0)
}

fn health_path(config: &Config) -> Option<String> {
    let checks = config.services.iter().flat_map(|service| &service.checks);
    let mut paths = checks.filter_map(|check| check.path.as_ref());
    paths.next().map(|path| path.value.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAGING: &str = "app = 'a'\n[processes]\nweb = 'w'\njobs = 'j'\n[http_service]\ninternal_port = 80\nauto_stop_machines = 'stop'\nprocesses = ['web']\n[[http_service.checks]]\npath = '/up'\n[[vm]]\nmemory = '2gb'\nprocesses = ['web']\n[[vm]]\nsize = 'shared-cpu-2x'\nmemory = '1gb'\nmemory_mb = 512\nprocesses = ['jobs']\n";

    #[test]
    fn an_app_has_the_least_of_its_files_and_groups() {
        let production = STAGING
            .replace("'stop'", "'stop'\nmin_machines_running = 2")
            .replace("512", "1024");
        let files = [
            FlyFile::of("fly.production.toml", &production).expect("read"),
            FlyFile::of("fly.toml", STAGING).expect("read"),
            FlyFile::of("other/fly.toml", "app = 'b'\n").expect("read"),
        ];
        let one = apps(&files[..1]);
        assert_eq!(
            (one[0].memory, one[0].machines, one[0].health_path),
            (Some(Memory(1024)), Some(2), Some("/up"))
        );
        let all = apps(&files);
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].files, ["fly.production.toml", "fly.toml"]);
        assert_eq!((all[0].memory, all[0].machines), (Some(Memory(512)), None));
        assert_eq!((all[1].memory, all[1].health_path), (None, None));
        let elsewhere = STAGING.replace("/up", "/");
        let moved = [
            FlyFile::of("fly.toml", STAGING).expect("read"),
            FlyFile::of("b.fly.toml", &elsewhere).expect("read"),
        ];
        assert_eq!(apps(&moved)[0].health_path, None);
        assert_eq!(FlyFile::of("fly.toml", "app = "), None);
    }

    #[test]
    fn a_group_without_a_size_has_none_to_keep() {
        let text = STAGING.replace("'jobs']\n", "'web']\n");
        let file = FlyFile::of("fly.toml", &text).expect("read");
        assert_eq!(file.memory, None);
    }
}
