//! Where the map says each credential is, and so which places have to be listed.

use super::inventory::{StoreKind, StorePlace};
use super::map::{Credential, CredentialMap, NamePattern};
use crate::finding::Gap;
use std::collections::BTreeSet;

/// Which part of the map a run is about.
#[derive(Debug, Clone, Default)]
pub struct Chosen {
    /// The environments; empty for all.
    pub environments: Vec<String>,
    /// The stores; empty for all.
    pub stores: Vec<StoreKind>,
    /// `owner/name` of GitHub places whose entry names no repository.
    pub repository: Option<String>,
    /// `owner/name` of the repository whose environments go by their own names; none for [`Self::repository`].
    pub home: Option<String>,
}

/// One copy of a credential: a place, and the name it has there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Site {
    /// What is listed.
    pub place: StorePlace,
    /// The name in that listing; upper case for GitHub, which knows no other.
    pub name: NamePattern,
}

impl Chosen {
    /// Whether the run is about an environment.
    #[must_use]
    pub fn wants_environment(&self, environment: &str) -> bool {
        self.environments.is_empty() || self.environments.iter().any(|name| name == environment)
    }

    /// Whether the run is about a store.
    #[must_use]
    pub fn wants_store(&self, kind: StoreKind) -> bool {
        self.stores.is_empty() || self.stores.contains(&kind)
    }

    /// Whether the run is about all of the map.
    #[must_use]
    pub fn is_everything(&self) -> bool {
        self.environments.is_empty() && self.stores.is_empty()
    }

    /// The entries of the map the run is about, in order.
    pub fn credentials<'m>(&self, map: &'m CredentialMap) -> impl Iterator<Item = &'m Credential> {
        map.credentials
            .iter()
            .filter(|credential| self.wants_environment(&credential.environment))
    }

    /// Whether there is anything to ask about a credential: with `--store` there is not where the map has it elsewhere only.
    #[must_use]
    pub fn concerns(&self, credential: &Credential) -> bool {
        self.stores.is_empty()
            || credential
                .stores()
                .into_iter()
                .any(|kind| self.stores.contains(&kind))
    }

    /// A place as findings name it: an environment of another repository than [`Self::home`] with that before it, as two
    /// repositories may both have a `staging`.
    #[must_use]
    pub fn shown(&self, place: &StorePlace) -> String {
        match (place, self.home.as_ref().or(self.repository.as_ref())) {
            (
                StorePlace::Github {
                    repository,
                    environment: Some(environment),
                },
                Some(home),
            ) if !repository.eq_ignore_ascii_case(home) => {
                format!("github:{repository}:{environment}")
            }
            _ => place.to_string(),
        }
    }

    /// The copies of a credential in the chosen stores. A GitHub place without a repository is left out; [`Self::places`] says so.
    #[must_use]
    pub fn sites(&self, credential: &Credential) -> Vec<Site> {
        self.every_site(credential)
            .into_iter()
            .filter(|site| self.wants_store(site.place.kind()))
            .collect()
    }

    /// The copies of a credential in all stores.
    #[must_use]
    pub fn every_site(&self, credential: &Credential) -> Vec<Site> {
        let name = |own: &Option<String>| {
            own.as_deref()
                .map_or_else(|| credential.name.clone(), NamePattern::new)
        };
        let vault = credential.vault.as_ref().map(|place| Site {
            place: StorePlace::Vault {
                path: place.path.clone(),
                kv: place.kv,
            },
            name: name(&place.key),
        });
        let github = credential.github.as_ref().and_then(|place| {
            Some(Site {
                place: StorePlace::Github {
                    repository: place.repository.clone().or(self.repository.clone())?,
                    environment: place.environment.clone(),
                },
                name: NamePattern::new(&name(&place.name).as_str().to_ascii_uppercase()),
            })
        });
        let fly = credential.fly.as_ref().map(|place| Site {
            place: StorePlace::Fly {
                app: place.app.clone(),
            },
            name: name(&place.name),
        });
        vault.into_iter().chain(github).chain(fly).collect()
    }

    /// Every place to list, each once, and what cannot be asked for because the map does not say enough.
    #[must_use]
    pub fn places(&self, map: &CredentialMap) -> (Vec<StorePlace>, Vec<Gap>) {
        let mut places = BTreeSet::new();
        let mut homeless = 0_usize;
        for credential in self.credentials(map) {
            places.extend(self.sites(credential).into_iter().map(|site| site.place));
            let unnamed = credential
                .github
                .as_ref()
                .is_some_and(|place| place.repository.is_none());
            if unnamed && self.repository.is_none() && self.wants_store(StoreKind::Github) {
                homeless += 1;
            }
        }
        let gaps = (homeless > 0).then(|| Gap {
            what: "github".into(),
            why: format!(
                "{homeless} of the map's entries name no repository: set `[stores.github] repository = \"owner/name\"`"
            ),
        });
        (places.into_iter().collect(), gaps.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credentials::fixture::{credential, map};

    #[test]
    fn each_place_is_asked_once() {
        let map = map(vec![
            credential("DATABASE_URL", "staging")
                .vault("vault/a.env")
                .github("staging")
                .fly("app"),
            credential("API_KEY", "staging")
                .vault("vault/a.env")
                .github("staging")
                .fly("app"),
            credential("API_KEY", "production").vault("vault/b.env"),
        ]);
        let shown = |chosen: &Chosen| -> Vec<String> {
            let (places, gaps) = chosen.places(&map);
            let places = places.iter().map(ToString::to_string);
            places.chain(gaps.into_iter().map(|gap| gap.what)).collect()
        };
        let all = Chosen {
            repository: Some("acme/web".into()),
            ..Chosen::default()
        };
        assert_eq!(
            shown(&all),
            [
                "vault:vault/a.env",
                "vault:vault/b.env",
                "github:staging",
                "fly:app"
            ]
        );
        let one = Chosen {
            environments: vec!["production".into()],
            ..all.clone()
        };
        assert_eq!(shown(&one), ["vault:vault/b.env"]);
        let two = Chosen {
            stores: vec![StoreKind::Fly],
            ..all.clone()
        };
        assert_eq!(shown(&two), ["fly:app"]);
        assert_eq!(
            shown(&Chosen::default()),
            [
                "vault:vault/a.env",
                "vault:vault/b.env",
                "fly:app",
                "github"
            ]
        );
    }

    #[test]
    fn names_differ_by_store() {
        let mut one = credential("Api_Key", "staging")
            .vault("v")
            .github("staging")
            .fly("app");
        one.fly.as_mut().expect("set").name = Some("KEY".into());
        let chosen = Chosen {
            repository: Some("acme/web".into()),
            ..Chosen::default()
        };
        let names: Vec<_> = chosen
            .sites(&one)
            .iter()
            .map(|site| site.name.to_string())
            .collect();
        assert_eq!(names, ["Api_Key", "API_KEY", "KEY"]);
    }
}
