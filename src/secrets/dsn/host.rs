//! Who can reach the host of a connection string.

use crate::secrets::noise;

/// Who can reach a host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// This machine, or a name without a dot: a container beside it.
    Nowhere,
    /// A name reserved for documentation, or one that says it is an example.
    Example,
    /// A template.
    Unknown,
    /// An address or a name of a private network.
    Private,
    /// Anyone.
    Public,
}

/// Who can reach `host`, a name or an address with or without a port, in lower case.
pub(super) fn reach(host: &str) -> Reach {
    if host.starts_with('[') && !host.starts_with("[::1]") && !host.contains(':')
        || host.contains(['{', '$', '<', '*', '%', '('])
    {
        return Reach::Unknown;
    }
    let name = if host.starts_with('[') {
        host.trim_start_matches('[')
            .split(']')
            .next()
            .unwrap_or_default()
    } else {
        host.split(':').next().unwrap_or_default()
    };
    // `...upstash.io`: left out by the writer.
    if name.starts_with('.') || name.contains("..") {
        return Reach::Example;
    }
    let last = name.rsplit('.').next().unwrap_or_default();
    let beside = !name.contains('.') && !name.contains(':');
    if beside || is_loopback(name) {
        Reach::Nowhere
    } else if is_example(name, last) {
        Reach::Example
    } else if is_private(name, last) {
        Reach::Private
    } else {
        Reach::Public
    }
}

fn is_loopback(name: &str) -> bool {
    matches!(
        name,
        "" | "::1" | "0.0.0.0" | "host.docker.internal" | "localhost.localdomain"
    ) || name.starts_with("127.")
        || name.ends_with(".localhost")
}

/// Names and addresses reserved for documentation (RFC 2606, RFC 5737, RFC 3849), and those that say they are examples.
fn is_example(name: &str, last: &str) -> bool {
    let reserved = matches!(last, "example" | "test" | "invalid" | "localhost")
        || EXAMPLES
            .split_ascii_whitespace()
            .any(|domain| name == domain || name.ends_with(&format!(".{domain}")));
    let documented = name == "1.2.3.4"
        || ["192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:"]
            .iter()
            .any(|network| name.starts_with(network));
    let says_so = name
        .split(['.', '-'])
        .any(|part| SAYS_SO.split_ascii_whitespace().any(|word| word == part));
    let mut labels = name.split('.');
    let first = labels.next().unwrap_or_default();
    let second = labels.next().unwrap_or_default();
    reserved
        || documented
        || says_so
        || first.starts_with("xxx")
        || first == "hostname"
        || name.starts_with("db.xxx")
        || first.len() >= 8 && noise::is_repetitive(first.as_bytes())
        || second.len() >= 12 && noise::is_repetitive(second.as_bytes())
}

/// Addresses of RFC 1918 and names that no public server resolves.
fn is_private(name: &str, last: &str) -> bool {
    let shared = name
        .strip_prefix("172.")
        .and_then(|rest| rest.split('.').next()?.parse::<u8>().ok())
        .is_some_and(|second| (16..=31).contains(&second));
    let numbers = name
        .bytes()
        .all(|byte| byte.is_ascii_digit() || byte == b'.');
    numbers && (name.starts_with("10.") || name.starts_with("192.168.") || shared)
        || matches!(
            last,
            "internal"
                | "flycast"
                | "local"
                | "lan"
                | "home"
                | "corp"
                | "intranet"
                | "svc"
                | "localdomain"
        )
}

/// Domains that documentation uses.
const EXAMPLES: &str = "
    example.com example.org example.net domain.com domain.tld company.com mycompany.com acme.com foo.com foo.bar bar.com test.com
    host.com server.com myserver.com some.host my.host hostname.com yourdomain.com
";

/// Labels that say the name is an example.
const SAYS_SO: &str =
    "your example xxx xxxx placeholder yourproject yourhost project-ref ref yourref";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts() {
        for (host, expected) in [
            ("localhost:5432", Reach::Nowhere),
            ("db", Reach::Nowhere),
            ("127.0.0.1", Reach::Nowhere),
            ("[::1]:5432", Reach::Nowhere),
            ("db.example.com", Reach::Example),
            ("203.0.113.7", Reach::Example),
            ("[2001:db8::2:1]:5432", Reach::Example),
            ("...upstash.io", Reach::Example),
            ("db.xxxxxxxxxxxxxxxxxxxx.supabase.co", Reach::Example),
            ("${host}", Reach::Unknown),
            ("172.16.0.9:5432", Reach::Private),
            ("172.40.0.9", Reach::Public),
            ("app-db.flycast", Reach::Private),
            ("db.acmecorp.io", Reach::Public),
        ] {
            assert_eq!(reach(host), expected, "{host}");
        }
    }
}
