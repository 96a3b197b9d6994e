//! Containers: what compose files, Dockerfiles, development containers and workflows run, and what they tell it.

mod compose;
mod devcontainer;
mod dockerfile;
mod image;
mod workflow;

pub(super) use image::Image;

use super::canon::Canon;
use super::document::{Node, json, yaml};
use super::stores::Judge;
use super::{Found, LARGEST, text_of};
use super::{env, shell};
use crate::finding::RepoPath;
use crate::tree::{Draft, FileView};
use std::collections::HashSet;
use std::ops::Range;

/// An image that a file uses.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Used {
    /// The reference, arguments of a Dockerfile resolved.
    text: String,
    /// Where it stands.
    span: Range<usize>,
}

impl Used {
    /// A text that names an image.
    fn new(node: &Node) -> Option<Self> {
        Some(Self {
            text: node.text()?.to_owned(),
            span: node.span.clone(),
        })
    }
}

/// The kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Compose,
    Dockerfile,
    Devcontainer,
    Workflow,
}

/// Whether a file is one of those.
pub(super) fn wants(path: &RepoPath, _canon: &Canon) -> bool {
    kind(path).is_some()
}

/// Judges images, environments and scripts.
pub(super) fn inspect(file: &FileView<'_>, canon: &Canon) -> Found {
    let Some(kind) = kind(file.path) else {
        return Found::default();
    };
    let found = text_of(file, LARGEST).map_or_else(
        |why| Found::unread(file, why),
        |text| read(kind, text, file, canon),
    );
    // What stands in documentation runs nowhere: an archive of old workflows may be broken.
    if canon.is_docs(file.path) {
        return Found::drafts(found.drafts);
    }
    found
}

fn read(kind: Kind, text: &str, file: &FileView<'_>, canon: &Canon) -> Found {
    match kind {
        Kind::Dockerfile => dockerfile(text, file, canon),
        Kind::Devcontainer => match json(text) {
            Ok(root) => devcontainer(&root, file, canon),
            Err(error) => Found::unread(file, error),
        },
        Kind::Compose | Kind::Workflow => match yaml(text) {
            Ok(documents) => {
                let read = if kind == Kind::Compose {
                    compose
                } else {
                    workflow
                };
                Found::drafts(
                    documents
                        .iter()
                        .flat_map(|root| read(root, text, file, canon)),
                )
            }
            Err(error) => Found::unread(file, error),
        },
    }
}

fn kind(path: &RepoPath) -> Option<Kind> {
    let name = path.file_name();
    let yaml = matches!(path.extension(), "yml" | "yaml");
    if yaml
        && (name.starts_with("docker-compose")
            || name.starts_with("compose.")
            || name.starts_with("compose-")
            || name.contains(".compose.")
            || name.contains("docker-compose"))
    {
        return Some(Kind::Compose);
    }
    let folder = path.as_str().strip_suffix(name).unwrap_or_default();
    if yaml
        && (folder.ends_with(".github/workflows/") || name == "action.yml" || name == "action.yaml")
    {
        return Some(Kind::Workflow);
    }
    if matches!(name, "devcontainer.json" | ".devcontainer.json") {
        return Some(Kind::Devcontainer);
    }
    let lower = name.to_ascii_lowercase();
    let docker = ["dockerfile", "containerfile"].iter().any(|stem| {
        lower == *stem
            || lower
                .strip_prefix(stem)
                .is_some_and(|rest| rest.starts_with('.'))
            || lower
                .strip_suffix(stem)
                .is_some_and(|rest| rest.ends_with('.'))
    });
    docker.then_some(Kind::Dockerfile)
}

fn compose(root: &Node, _text: &str, file: &FileView<'_>, canon: &Canon) -> Vec<Draft> {
    let judge = Judge {
        contained: true,
        ..Judge::new(canon, file)
    };
    let mut found = images(compose::images(root), &judge);
    let settings = compose::environment(root, |image| judge.is_plain(image));
    found.extend(
        settings
            .iter()
            .filter_map(|one| env::judge(one, &judge, env::Template::No)),
    );
    found
}

fn workflow(root: &Node, text: &str, file: &FileView<'_>, canon: &Canon) -> Vec<Draft> {
    // What CI starts for the length of a job holds no one's data.
    let services = Judge {
        contained: true,
        ..Judge::new(canon, file)
    }
    .at_most(canon.weights().ci);
    let mut found = images(workflow::images(root), &services);
    found.extend(
        workflow::environment(root)
            .iter()
            .filter_map(|one| env::judge(one, &services, env::Template::No)),
    );
    let judge = Judge::new(canon, file);
    found.extend(
        workflow::scripts(root)
            .into_iter()
            .flat_map(|span| shell::judge(text, span, &judge)),
    );
    found
}

fn devcontainer(root: &Node, file: &FileView<'_>, canon: &Canon) -> Found {
    let judge = Judge {
        contained: true,
        ..Judge::new(canon, file)
    }
    .at_most(canon.weights().development);
    let mut found = images(devcontainer::images(root), &judge);
    found.extend(
        devcontainer::environment(root)
            .iter()
            .filter_map(|one| env::judge(one, &judge, env::Template::No)),
    );
    Found::drafts(found)
}

fn dockerfile(text: &str, file: &FileView<'_>, canon: &Canon) -> Found {
    let judge = Judge {
        contained: true,
        ..Judge::new(canon, file)
    };
    let mut found = images(dockerfile::images(text), &judge);
    found.extend(
        dockerfile::environment(text)
            .iter()
            .filter_map(|one| env::judge(one, &judge, env::Template::No)),
    );
    Found::drafts(found)
}

/// Each place once: an anchor that several services share is one place.
fn images(used: Vec<Used>, judge: &Judge<'_, '_>) -> Vec<Draft> {
    let mut seen = HashSet::new();
    used.into_iter()
        .filter(|one| seen.insert(one.span.clone()))
        .filter_map(|one| judge.image(&one.text, one.span))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Veil;
    use crate::toolkit::fixture::{lines, look};

    fn run(path: &str, text: &str) -> Vec<String> {
        let found = look(wants, inspect, path, text);
        assert!(found.gaps.is_empty(), "{:?}", found.gaps);
        lines(&found.drafts)
    }

    #[test]
    fn kinds_are_told_by_name() {
        for (path, expected) in [
            ("docker-compose.yml", Some(Kind::Compose)),
            ("a/docker-compose.prod.yaml", Some(Kind::Compose)),
            ("compose.yaml", Some(Kind::Compose)),
            ("compose.override.yml", Some(Kind::Compose)),
            ("dev.compose.yml", Some(Kind::Compose)),
            ("composer.yml", None),
            (".github/workflows/ci.yml", Some(Kind::Workflow)),
            (".github/actions/x/action.yml", Some(Kind::Workflow)),
            (".github/dependabot.yml", None),
            ("Dockerfile", Some(Kind::Dockerfile)),
            ("a/Dockerfile.dev", Some(Kind::Dockerfile)),
            ("web.Dockerfile", Some(Kind::Dockerfile)),
            ("Dockerfiles", None),
            (".devcontainer/devcontainer.json", Some(Kind::Devcontainer)),
        ] {
            assert_eq!(kind(&RepoPath::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn compose_files() {
        for (text, expected) in [
            (
                "services:\n  cache:\n    image: redis:7-alpine\n",
                vec!["3 direct-redis redis"],
            ),
            (
                "services:\n  db:\n    image: postgres:${PG:-16}\n    environment:\n      MYSQL_X: y\n",
                vec!["3 non-supabase-postgres postgres"],
            ),
            (
                "x-a: &a\n  image: mysql\nservices:\n  b: *a\n  c:\n    <<: *a\n",
                vec!["2 alternate-database mysql"],
            ),
            ("services:\n  a:\n    build: .\n    image: redis\n", vec![]),
            (
                "services:\n  a:\n    image: supabase/postgres:15\n  b:\n    image: public.ecr.aws/supabase/postgres:15\n",
                vec![],
            ),
            (
                "services:\n  a:\n    build: .\n    environment:\n      - REDIS_URL=redis://cache:6379\n",
                vec!["5 direct-redis REDIS_URL"],
            ),
            (
                "services:\n  a:\n    build: .\n    environment:\n      DATABASE_URL: postgres://u@db:5432/x\n      OTHER: ${OTHER}\n",
                vec![],
            ),
            (
                "services:\n  a:\n    build: .\n    environment:\n      DATABASE_URL: ${DATABASE_URL:-postgres://u@x.neon.tech/x}\n",
                vec!["5 non-supabase-postgres DATABASE_URL x.neon.tech"],
            ),
            ("# image: redis\nservices: {}\n", vec![]),
        ] {
            assert_eq!(run("docker-compose.yml", text), expected, "{text}");
        }
        assert_eq!(
            run(
                "deploy/chatwoot/docker-compose.yml",
                "services:\n  r:\n    image: redis\n  a:\n    image: x\n    environment:\n      REDIS_URL: redis://r\n  p:\n    image: pgvector/pgvector:pg16\n"
            ),
            ["9 non-supabase-postgres pgvector/pgvector"]
        );
    }

    #[test]
    fn workflows() {
        let text = "env:\n  REDIS_URL: redis://localhost:6379\njobs:\n  a:\n    container: mongo:7\n    services:\n      p:\n        image: postgres\n        env:\n          POSTGRES_PASSWORD: x\n      r: valkey/valkey\n    env:\n      DATABASE_URL: postgres://u@localhost:5432/x\n    steps:\n      - uses: docker://mysql:8\n      - run: |\n          echo hi\n          fly postgres create\n        env:\n          MONGO_URL: ${{ secrets.MONGO_URL }}\n";
        let found = run(".github/workflows/ci.yml", text);
        assert_eq!(
            found,
            [
                "8 non-supabase-postgres postgres",
                "11 direct-redis valkey/valkey",
                "5 alternate-database mongo",
                "15 alternate-database mysql",
                "2 direct-redis REDIS_URL",
                "18 fly-postgres fly postgres create"
            ]
        );
    }

    #[test]
    fn dockerfiles() {
        for (text, expected) in [
            ("FROM redis:7\n", vec!["1 direct-redis redis"]),
            (
                "FROM redis AS redis\nFROM redis\n",
                vec!["1 direct-redis redis"],
            ),
            (
                "ARG V=16\nARG BASE=postgres:$V\n# x\nFROM --platform=linux/amd64 ${BASE} AS db\nFROM db\nCOPY --from=db /a /b\nCOPY --from=0 /a /b\n",
                vec!["4 non-supabase-postgres postgres"],
            ),
            ("FROM node AS mysql\nFROM mysql\n", vec![]),
            (
                "FROM node\nCOPY --from=mongo:7 /a /b\nRUN --mount=type=bind,from=redis,target=/x \\\n  # note\n  make\n",
                vec!["2 alternate-database mongo", "3 direct-redis redis"],
            ),
            (
                "FROM node\nRUN <<EOF\nFROM redis\nEOF\nENV REDIS_URL=redis://r A=b\nENV DATABASE_URL postgres://u@x.render.com/d\n",
                vec![
                    "5 direct-redis REDIS_URL",
                    "6 non-supabase-postgres DATABASE_URL x.render.com",
                ],
            ),
            ("FROM \\\n  redis\n", vec!["2 direct-redis redis"]),
            (
                "# escape=`\nFROM `\n  redis\nCMD a\\\nFROM mysql\n",
                vec!["3 direct-redis redis", "5 alternate-database mysql"],
            ),
            ("FROM $UNKNOWN\nFROM scratch\n", vec![]),
        ] {
            assert_eq!(run("Dockerfile", text), expected, "{text}");
        }
    }

    #[test]
    fn development_containers() {
        let text = "{\n  // note\n  \"image\": \"mcr.microsoft.com/devcontainers/base\",\n  \"features\": {\n    \"ghcr.io/itsmechlark/features/redis-server:1\": {},\n  },\n  \"containerEnv\": {\n    \"MONGO_URL\": \"mongodb://m/x\"\n  }\n}";
        assert_eq!(
            run(".devcontainer/devcontainer.json", text),
            [
                "5 direct-redis ghcr.io/itsmechlark/features/redis-server",
                "8 alternate-database MONGO_URL"
            ]
        );
    }

    #[test]
    fn unreadable_files_are_told() {
        let (path, veil) = (RepoPath::new("compose.yml"), Veil::default());
        let found = inspect(&FileView::new(&path, b"a: [", &veil), &Canon::shipped());
        assert_eq!((found.drafts.len(), found.gaps.len()), (0, 1));
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(kind in proptest::sample::select(vec!["compose.yml", "Dockerfile", ".devcontainer/devcontainer.json", ".github/workflows/a.yml"]), bytes in proptest::collection::vec(proptest::sample::select(b"FROM redis:7\nARG A=$A\\`<<EOF#{}[]:-&*\"' image services jobs env\xc3\xa9\xff".to_vec()), 0..200)) {
            let (path, veil) = (RepoPath::new(kind), Veil::default());
            inspect(&FileView::new(&path, &bytes, &veil), &Canon::shipped());
        }
    }
}
