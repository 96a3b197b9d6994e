//! What a reference to a container image names.

use crate::toolkit::canon::fits;
use crate::toolkit::variables::{UNKNOWN, resolve};

/// An image without registry, tag and digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::toolkit) struct Image {
    /// The registry, when one is written (`ghcr.io`, `localhost:5000`).
    pub(in crate::toolkit) registry: Option<String>,
    /// The path in it: `redis`, `bitnami/redis`; `library/` is left out.
    pub(in crate::toolkit) path: String,
}

impl Image {
    /// Reads `[host[:port]/]path[:tag][@digest]` (<https://pkg.go.dev/github.com/distribution/reference>). Variables with a default
    /// (`${TAG:-7}`) stand for it; none when an unknown variable is part of the name itself.
    #[must_use]
    pub(in crate::toolkit) fn parse(text: &str) -> Option<Self> {
        let text = resolve(text.trim());
        let text = text.strip_prefix("docker://").unwrap_or(&text);
        let text = text.split_once('@').map_or(text, |(name, _)| name);
        let (head, last) = text
            .rsplit_once('/')
            .map_or((None, text), |(head, last)| (Some(head), last));
        let last = last.split_once(':').map_or(last, |(name, _)| name);
        let path = head.map_or_else(|| last.to_owned(), |head| format!("{head}/{last}"));
        let (registry, path) = match path.split_once('/') {
            Some((first, rest)) if first.contains(['.', ':', UNKNOWN]) || first == "localhost" => {
                (Some(first.to_owned()), rest.to_owned())
            }
            _ => (None, path),
        };
        // Two names of Docker's own registry are as good as none.
        let registry = registry.filter(|host| {
            !matches!(
                host.as_str(),
                "docker.io" | "index.docker.io" | "registry-1.docker.io"
            )
        });
        let path = path
            .strip_prefix("library/")
            .map_or_else(|| path.clone(), str::to_owned)
            .to_ascii_lowercase();
        let named = !path.is_empty()
            && path
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte));
        named.then_some(Self { registry, path })
    }

    /// Whether a pattern of the policy is about this image. `redis` is the image of that name in any registry's root or mirror of
    /// Docker's (`mirror.gcr.io/library/redis`); `bitnami/redis` needs both parts; `percona*` and `clickhouse/*` are globs; a pattern
    /// with a registry (`mcr.microsoft.com/mssql/server`) needs that registry.
    #[must_use]
    pub(in crate::toolkit) fn matches(&self, pattern: &str) -> bool {
        if let Some((host, path)) = pattern.split_once('/')
            && host.contains(['.', ':'])
        {
            return self.registry.as_deref() == Some(host) && fits(path, &self.path);
        }
        if fits(pattern, &self.path) {
            return true;
        }
        // A pull-through cache repeats the path of the original behind a project of its own.
        self.registry.is_some()
            && self.path.split_once('/').is_some_and(|(_, rest)| {
                fits(pattern, rest.strip_prefix("library/").unwrap_or(rest))
            })
    }

    /// As people write it.
    #[must_use]
    pub(in crate::toolkit) fn shown(&self) -> String {
        self.registry
            .as_ref()
            .map_or_else(|| self.path.clone(), |host| format!("{host}/{}", self.path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_reduced_to_a_name() {
        for (text, registry, path) in [
            ("redis", None, "redis"),
            ("redis:7-alpine", None, "redis"),
            ("library/redis@sha256:abc", None, "redis"),
            ("docker.io/library/redis:7@sha256:abc", None, "redis"),
            ("docker://redis:7", None, "redis"),
            (
                "localhost:5000/a/redis:7",
                Some("localhost:5000"),
                "a/redis",
            ),
            ("ghcr.io/o/valkey", Some("ghcr.io"), "o/valkey"),
            ("${REGISTRY:-docker.io}/redis:${TAG}", None, "redis"),
            ("redis:${TAG:?needed}", None, "redis"),
            ("${REGISTRY}/redis:7", Some("\u{fffd}"), "redis"),
            ("$REGISTRY/redis:7", Some("\u{fffd}"), "redis"),
            ("supabase/postgres:15.8", None, "supabase/postgres"),
            ("${IMAGE:-postgres:16}", None, "postgres"),
        ] {
            assert_eq!(
                Image::parse(text),
                Some(Image {
                    registry: registry.map(str::to_owned),
                    path: path.to_owned()
                }),
                "{text}"
            );
        }
        for text in [
            "${IMAGE}",
            "",
            "$IMAGE:7",
            "{{ image }}",
            "${{ matrix.image }}",
            "${{ matrix.db-image }}",
            "a b",
        ] {
            assert_eq!(Image::parse(text), None, "{text}");
        }
    }

    #[test]
    fn patterns() {
        for (image, pattern, expected) in [
            ("redis:7", "redis", true),
            ("public.ecr.aws/docker/library/redis:7", "redis", true),
            ("mirror.gcr.io/library/redis", "redis", true),
            ("me/redis", "redis", false),
            ("redis-commander", "redis", false),
            ("bitnami/redis", "bitnami/redis", true),
            ("redis/redis-stack-server", "redis/redis-stack*", true),
            ("clickhouse/clickhouse-server", "clickhouse/*", true),
            (
                "mcr.microsoft.com/mssql/server:2022",
                "mcr.microsoft.com/mssql/server",
                true,
            ),
            ("mssql/server", "mcr.microsoft.com/mssql/server", false),
            ("supabase/postgres", "postgres", false),
        ] {
            assert_eq!(
                Image::parse(image).expect("an image").matches(pattern),
                expected,
                "{image} {pattern}"
            );
        }
    }

    proptest::proptest! {
        #[test]
        fn nothing_panics(text in "[a-z${}:@/\\-.*é ]{0,30}", pattern in "[a-z*/.:]{0,10}") {
            if let Some(image) = Image::parse(&text) {
                let _ = image.matches(&pattern);
            }
        }
    }
}
