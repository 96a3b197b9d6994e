//! From the `[[fly]]` entries of `stackguard.toml` to what the guard works with.

use super::{AppPolicy, Pattern, Plain};
use crate::config::values::{AutoStop, NameGlob, Region, VariableName};
use crate::config::{FlyApp, Placed};
use crate::fly::model::Stop;
use crate::fly::size::Memory;

impl AppPolicy {
    /// An entry of the configuration file of that name, as reports cite it.
    ///
    /// # Errors
    /// A glob the configuration took and this guard does not, with its key.
    pub fn configured(entry: &Placed<FlyApp>, file: &str) -> Result<Self, String> {
        let value = &entry.value;
        let glob = |key: &str, text: &str| {
            Pattern::new(text)
                .map_err(|why| format!("{file}:{}: `{key}`: {why}", entry.line_of(key)))
        };
        let globs = |key: &str, texts: &[NameGlob]| -> Result<Vec<Pattern>, String> {
            texts.iter().map(|text| glob(key, text.as_str())).collect()
        };
        let names = |names: &Option<Vec<VariableName>>| {
            let names = names.as_ref()?;
            Some(names.iter().map(|name| name.as_str().to_owned()).collect())
        };
        Ok(Self {
            // The configuration refuses an entry without one.
            app: glob("app", value.app.as_ref().map_or("*", NameGlob::as_str))?,
            path: value
                .path
                .as_ref()
                .map(|path| glob("path", path.as_str()))
                .transpose()?,
            processes: globs("processes", value.processes.as_deref().unwrap_or_default())?,
            memory_min: value.memory_min.map(|memory| Memory(memory.mib().into())),
            memory_max: value.memory_max.map(|memory| Memory(memory.mib().into())),
            machines_min: value.machines_min,
            auto_stop: value
                .auto_stop
                .as_ref()
                .map(|modes| modes.iter().copied().map(stop).collect()),
            health_check: value.health_check,
            health_path: value
                .health_path
                .as_ref()
                .map(|path| path.as_str().to_owned()),
            force_https: value.force_https,
            regions: value.regions.as_ref().map(|regions| {
                regions
                    .iter()
                    .map(Region::as_str)
                    .map(str::to_owned)
                    .collect()
            }),
            env_required: names(&value.env_required),
            env_equals: value.env_equals.as_ref().map(|wanted| {
                wanted
                    .iter()
                    .map(|(name, value)| (name.as_str().to_owned(), Plain(value.clone())))
                    .collect()
            }),
            env_forbidden: value
                .env_forbidden
                .as_ref()
                .map(|names| {
                    names
                        .iter()
                        .map(|name| glob("env_forbidden", name.as_str()))
                        .collect()
                })
                .transpose()?,
            secrets_required: names(&value.secrets_required),
            place: format!("{file}:{}", entry.line),
        })
    }
}

fn stop(mode: AutoStop) -> Stop {
    match mode {
        AutoStop::Off => Stop::Off,
        AutoStop::Stop => Stop::Stop,
        AutoStop::Suspend => Stop::Suspend,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_arrives() {
        let text = "app = 'acme-*'\npath = 'deploy/**'\nprocesses = ['web']\nmemory_min = '1gb'\nmemory_max = '2gb'\nmachines_min = 1\n\
                    auto_stop = ['off', 'stop', 'suspend']\nhealth_check = true\nhealth_path = '/up'\nforce_https = false\nregions = ['iad']\n\
                    env_required = ['A']\nenv_equals = { B = '1' }\nenv_forbidden = ['C']\nsecrets_required = ['D']\n";
        let value: FlyApp = toml::from_str(text).expect("an entry");
        let entry = Placed {
            value,
            line: 7,
            keys: Default::default(),
        };
        let policy = AppPolicy::configured(&entry, "stackguard.toml").expect("taken");
        let direct: AppPolicy = toml::from_str(text).expect("an entry");
        let place = "stackguard.toml:7".to_owned();
        assert_eq!(
            format!("{policy:?}"),
            format!("{:?}", AppPolicy { place, ..direct })
        );
    }
}
