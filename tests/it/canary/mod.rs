//! No secret leaves (design, invariant 1): secrets are planted wherever the program reads, and looked for in all it
//! writes: every format to standard output and to files, errors, colour, verbose and quiet, baselines, caches.
//!
//! Names of files are shown as they are, save what has the shape of a secret: a path must be findable.

mod cage;

use self::cage::Cage;

/// Secrets of many shapes, several on a line, beside what other guards report.
const TREE: &[(&str, &str)] = &[
    (
        "deploy.sh",
        "export A=1\nDB=\"postgres://app:{base62:20}@db.acme-prod.io/main\" API_TOKEN={base62:32} # stackguard:allow generic-secret known\n",
    ),
    (
        "two.txt",
        "url=mysql://app:p@{base62:10}:{base62:10}@db.acme-prod.io/x key=sk_live_{base62:24} password=\"{base62:16}\"\n",
    ),
    (
        "deep.json",
        "{\"a\":\"{\\\"apiKey\\\":\\\"{base62:32}\\\"}\",\"u\":\"redis://:%41{base62:20}@cache.acme-prod.io\"}\n",
    ),
    (
        "notes.md",
        "- regenerated the access token (`{base58:24}`)\n- the password is now `{base62:16}`\n",
    ),
    (
        "key.pem",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA{base64:48}\n{base64:64}\n{base64:31}=\n-----END RSA PRIVATE KEY-----\n",
    ),
    (
        "fly.toml",
        "app = \"acme\"\n[env]\nPORT = \"80\"\nDATABASE_URL = \"postgres://app:{base62:20}@db.acme-prod.io/main\"\nAPI_SECRET = \"{base62:32}\"\nREDIS_URL = \"redis://:{base62:24}@cache.acme-prod.io:6379\"\n",
    ),
    (
        ".mcp.json",
        "{\"mcpServers\":{\"own\":{\"command\":\"npx\",\"args\":[\"-y\",\"server-own\",\"--api-key\",\"{base62:32}\"],\"env\":{\"API_TOKEN\":\"{base62:32}\"}},\"far\":{\"url\":\"https://u:{base62:20}@mcp.acme-prod.io/sse?token={base62:32}\"}}}\n",
    ),
    (
        "package.json",
        "{\"name\":\"a\",\"dependencies\":{\"ioredis\":\"https://ada:{base62:20}@npm.acme-prod.io/ioredis.tgz\",\"@remix-run/react\":\"git+https://x:{base62:24}@github.com/a/b.git\",\"mysql2\":\"^3\"}}\n",
    ),
    (
        "compose.yaml",
        "services:\n  cache:\n    image: redis:7\n    command: redis-server --requirepass {base62:24}\n    environment: { REDIS_PASSWORD: \"{base62:24}\" }\n  db: { image: \"mysql:8\", environment: { MYSQL_ROOT_PASSWORD: \"{base62:20}\" } }\n",
    ),
    (
        "prisma/schema.prisma",
        "datasource db {\n  provider = \"mysql\"\n  url = \"mysql://app:{base62:20}@db.acme-prod.io/main\"\n}\n",
    ),
    (
        "supabase/migrations/1.sql",
        "create table public.a (id int);\ncreate role r login password '{base62:20}';\n",
    ),
    (
        "app/cache.ts",
        "import Redis from \"ioredis\"; const c = new Redis(\"redis://:{base62:24}@cache.acme-prod.io:6379\");\n",
    ),
    (
        "requirements.txt",
        "--extra-index-url https://ci:{base62:20}@pypi.acme-prod.io/simple\nredis @ https://ci:{base62:20}@pypi.acme-prod.io/redis.whl\n",
    ),
    (
        ".github/workflows/ci.yml",
        "on: push\njobs:\n  a:\n    runs-on: x\n    env: { API_TOKEN: {base62:32} }\n    services: { redis: { image: redis, options: \"-e TOKEN={base62:32}\" } }\n",
    ),
];

fn tree() -> Cage {
    let mut cage = Cage::new();
    for (path, text) in TREE {
        cage.plant(path, text);
    }
    cage
}

#[test]
fn files_of_every_guard() {
    let cage = tree();
    cage.keeps(&["check"], 1);
    cage.keeps(&["check", "deploy.sh", "package.json"], 1);
}

#[test]
fn one_guard_alone() {
    let cage = tree();
    cage.keeps(&["check", "--guard", "toolkit,fly"], 1);
}

/// A rule that is off reports nothing, and still knows a secret when another rule's snippet shows its line.
#[test]
fn what_is_switched_off_or_allowed_stays_veiled() {
    let pack = "[[secret]]\nid = \"our-word\"\nsummary = \"Ours\"\nseverity = \"high\"\npattern = '''(export A=\\d)'''\nrotate = \"Ask.\"\nreferences = []\nleaks = [\"export A=1\"]\nsafe = [\"x\"]\n";
    for settings in [
        "[severity]\nmysql-dsn = \"off\"\nstripe-secret-key = \"off\"\n",
        "[[allow]]\nrules = [\"mysql-dsn\", \"stripe-secret-key\"]\nreason = \"known\"\n",
        "packs = [\"toolkit\", \"fly\", \"acme.toml\"]\n",
    ] {
        let mut cage = tree();
        cage.sandbox.write("acme.toml", pack);
        cage.plant("stackguard.toml", settings);
        cage.keeps(&["check"], 1);
    }
}

#[test]
fn staged() {
    let cage = tree();
    cage.sandbox.git(&["add", "-A"]);
    cage.keeps(&["check", "--staged"], 1);
}

#[test]
fn commits_and_what_they_say() {
    let mut cage = tree();
    let message = cage.fill("use postgres://app:{base62:20}@db.acme-prod.io and token {base62:32}");
    let author = cage.fill("sk_live_{base62:24} <sk_live_{base62:24}@acme.dev>");
    cage.sandbox
        .git(&["commit", "-q", "--allow-empty", "-m", "first"]);
    cage.sandbox.git(&["add", "-A"]);
    cage.sandbox
        .git(&["commit", "-q", "-m", &message, "--author", &author]);
    cage.keeps(&["check", "--range", "HEAD~1..HEAD"], 1);
    cage.keeps(&["check", "--range", "HEAD~1...HEAD"], 1);
    cage.keeps(&["check", "--history"], 1);
}

#[test]
fn names_of_files() {
    let mut cage = Cage::new();
    cage.sandbox
        .git(&["commit", "-q", "--allow-empty", "-m", "first"]);
    for path in [
        "keys/sk_live_{base62:24}.txt",
        "sk_live_{base62:24}/fly.toml",
        "sk_live_{base62:24}/package.json",
        "sk_live_{base62:24}/sk_live_{base62:24}",
    ] {
        let path = cage.fill(path);
        cage.plant(
            &path,
            "{\"dependencies\": {\"ioredis\": \"5\"}}\nAPI_TOKEN={base62:32}\n",
        );
    }
    cage.keeps(&["check", "--guard", "secrets"], 1);
    cage.keeps_with(&["check"], &[1, 2], b"");
    cage.sandbox.git(&["add", "-A"]);
    cage.keeps_with(&["check", "--staged"], &[1, 2], b"");
    cage.sandbox.git(&["commit", "-q", "-m", "second"]);
    cage.keeps_with(&["check", "--range", "HEAD~1..HEAD"], &[1, 2], b"");
    cage.keeps(&["check", "--history"], 1);
    cage.keeps(&["baseline", "create", "--history"], 0);
}

#[test]
fn names_of_refs() {
    let mut cage = Cage::new();
    cage.plant("a.env", "API_TOKEN={base62:32}\n");
    cage.sandbox.commit("first");
    let name = cage.fill("refs/heads/sk_live_{base62:24}");
    cage.sandbox.git(&["update-ref", &name, "HEAD"]);
    cage.keeps(&["check", "--history"], 1);
    // One that leads nowhere, and one that cannot be read.
    let bad = cage.fill(".git/refs/heads/sk_live_{base62:24}");
    cage.sandbox.write(&bad, format!("{}\n", "1".repeat(40)));
    cage.keeps(&["check", "--history"], 2);
    let bad = cage.fill(".git/refs/tags/sk_live_{base62:24}");
    cage.sandbox.write(&bad, "nonsense\n");
    cage.keeps(&["check", "--history"], 2);
    // And one that is checked out.
    let name = cage.fill("refs/heads/sk_live_{base62:24}");
    cage.sandbox.git(&["symbolic-ref", "HEAD", &name]);
    let bad = format!(".git/{name}");
    cage.sandbox.write(&bad, format!("{}\n", "1".repeat(40)));
    for args in [["check", "--staged"], ["check", "--history"]] {
        cage.keeps(&args, 2);
    }
}

#[test]
fn standard_input() {
    let mut cage = Cage::new();
    for (path, text) in TREE {
        let filled = cage.fill(text);
        let args = ["check", "--stdin", "--stdin-path", path];
        cage.keeps_with(&args, &[1], filled.as_bytes());
    }
}

#[test]
fn files_that_do_not_parse() {
    for (path, text) in [
        (
            "fly.toml",
            "app = \"a\n[env]\nDB = \"postgres://app:{base62:20}@db.acme-prod.io/main\nAPI_KEY = {base62:32}\n",
        ),
        ("fly.toml", "API_TOKEN = {base62:32}\n"),
        ("fly.yaml", "env:\n\t- API_TOKEN: {base62:32}\n"),
        (
            "package.json",
            "{\"dependencies\": {\"a\": \"https://u:{base62:20}@x.io/a.tgz\" \"API_KEY\": \"{base62:32}\"\n",
        ),
        (
            ".mcp.json",
            "{\"mcpServers\": {\"a\": {\"env\": {\"API_TOKEN\": \"{base62:32}\"\n",
        ),
        (
            "compose.yaml",
            "services:\n  a: [\n  DB_PASSWORD: \"{base62:24}\n",
        ),
        ("pyproject.toml", "[project\ntoken = \"{base62:32}\"\n"),
    ] {
        let mut cage = Cage::new();
        cage.plant(path, text);
        // A finding (`fly-invalid`) or a gap; which of them, `exit_codes` says.
        cage.keeps_with(&["check"], &[1, 2], b"");
    }
}

#[test]
fn configuration() {
    for (text, code) in [
        (
            "[[allow]]\nvalue = '''{base62:32}'''\nreason = \"token {base62:32} is known\"\n",
            1,
        ),
        (
            "[[allow]]\nrule = \"generic-secret\"\nreason = \"db postgres://a:{base62:20}@db.acme-prod.io/x\"\nexpires = 2020-01-01\n",
            1,
        ),
        ("api_token = \"{base62:32}\"\n", 2),
        ("packs = [\"secrets\n# token {base62:32}\n", 2),
        ("exclude = \"api_key={base62:32}\"\n", 2),
        ("[[allow]]\nvalue = '''({base62:32}'''\nreason = \"x\"\n", 2),
        ("[[allow]]\nrule = \"{base62:32}\"\nreason = \"x\"\n", 2),
        ("[severity]\n\"{base62:32}\" = \"off\"\n", 2),
        ("[severity]\njwt = \"{base62:32}\"\n", 2),
        ("packs = [\"{base62:32}\"]\n", 2),
        (
            "[toolkit]\nsupabase_hosts = [\"postgres://a:{base62:20}@db.acme-prod.io\"]\napp = 1\n",
            2,
        ),
        (
            "[[fly]]\napp = \"*\"\nenv_equals = { API_TOKEN = \"{base62:32}\" }\n",
            1,
        ),
        ("[[fly]]\napp = \"*\"\nmemory_min = \"{base62:32}\"\n", 2),
    ] {
        let mut cage = Cage::new();
        cage.plant("a.env", "API_TOKEN={base62:32}\n");
        cage.plant(
            "fly.toml",
            "app = \"acme\"\n[env]\nAPI_TOKEN = \"{base62:32}\"\n",
        );
        cage.plant("stackguard.toml", text);
        cage.keeps(&["check"], code);
        if code == 2 {
            cage.keeps(&["policy", "list"], 2);
            cage.keeps(&["baseline", "create"], 2);
        }
    }
}

#[test]
fn packs_of_ones_own() {
    let rule = |rest: &str| {
        format!(
            "[[secret]]\nid = \"our-token\"\nsummary = \"Ours\"\nseverity = \"high\"\nrotate = \"Ask.\"\nreferences = []\n{rest}\n"
        )
    };
    let good = "pattern = '''acme_([A-Za-z0-9]{32})'''\nleaks = [\"t=acme_{base62:32}\"]\nsafe = [\"acme_x\"]";
    let fails = "pattern = '''acme_([A-Za-z0-9]{32})'''\nleaks = [\"password = {base62:32}\"]\nsafe = [\"acme_{base62:32}\"]";
    let broken =
        "pattern = '''acme_([{base62:32}'''\nleaks = [\"API_TOKEN={base62:32}\"]\nsafe = 1";
    for (text, test, check) in [(good, 0, 1), (fails, 1, 1), (broken, 2, 2)] {
        let mut cage = Cage::new();
        cage.plant("acme.toml", &rule(text));
        cage.plant("a.env", "X=acme_{base62:32}\nAPI_TOKEN={base62:32}\n");
        cage.sandbox
            .write("stackguard.toml", "packs = [\"secrets\", \"acme.toml\"]\n");
        cage.keeps(&["policy", "test", "acme.toml"], test);
        cage.keeps(&["policy", "test"], test);
        cage.keeps(&["check"], check);
        cage.keeps(&["policy", "list"], if check == 2 { 2 } else { 0 });
        cage.keeps(
            &["policy", "explain", "our-token"],
            if check == 2 { 2 } else { 0 },
        );
    }
    // Packs that no configuration names, and files that are none: the configuration's own errors do not come first.
    let key = |line: &str| rule(&format!("{good}\n{line}"));
    for text in [
        rule(broken),
        key("leeks = [\"{base62:32}\"]"),
        key("near = \"{base62:32}\""),
        key("reach = \"{base62:32}\""),
        key("check = \"{base62:32}\""),
        rule(good).replace("our-token", "{base62:32}"),
        "export API_TOKEN={base62:32}\n".to_owned(),
        "API_TOKEN = \"{base62:32}\"\n".to_owned(),
    ] {
        let mut cage = Cage::new();
        cage.plant("acme.toml", &text);
        cage.keeps(&["policy", "test", "acme.toml"], 2);
        cage.sandbox
            .write("stackguard.toml", "packs = [\"secrets\", \"acme.toml\"]\n");
        cage.keeps(&["check"], 2);
    }
}

/// A secret where nobody expects one, in files of other scanners.
#[test]
fn files_of_other_scanners() {
    for (name, text) in [
        (
            ".gitleaksignore",
            "a.py:{base62:32}:3\na.py:{base62:20}@x:3\npostgres://app:{base62:20}@db.acme.dev:5432\n",
        ),
        (
            "report.json",
            "[{\"RuleID\": \"{base62:32}\", \"File\": \"a.py\", \"StartLine\": 0}]",
        ),
        (
            ".secrets.baseline",
            "{\"results\": {\"a.py\": [{\"type\": \"{base62:32}\", \"hashed_secret\": \"00\"}]}, \"{base62:32}\": {\"{base62:32}\": 1},\n\
             \"plugins_used\": [{\"name\": \"{base62:32}\", \"path\": \"x\", \"{base62:32}\": 1}],\n\
             \"filters_used\": [{\"path\": \"{base62:32}\", \"a\": 1}]}",
        ),
        (
            ".gitleaks.toml",
            "\"{base62:32}\" = 1\n[[rules]]\nid = \"{base62:32}\"\nregex = \"acme_[a-z]{8}\"\n[[rules]]\ndescription = \"{base62:32}\"\n\
             [allowlist]\nregexTarget = \"{base62:32}\"\nregexes = [\"x\"]\n\"{base62:32}\" = 1\n",
        ),
        (
            ".gitguardian.yaml",
            "\"{base62:32}\": 1\nsecret:\n  {base62:32}: 2\n",
        ),
        (".secretsignore", "[secrets]\n({base62:32}\n"),
    ] {
        let mut cage = Cage::new();
        cage.plant(name, text);
        cage.keeps(&["import", "--dry-run", name], 0);
    }
}

#[test]
fn baselines() {
    let cage = tree();
    cage.keeps(&["baseline", "create"], 0);
    assert!(cage.sandbox.path(".stackguard-baseline.json").is_file());
    cage.keeps(&["check"], 0);
    cage.keeps(&["baseline", "prune"], 0);
    for text in [
        "{\"version\":1,\"entries\":[{\"fingerprint\":\"{base62:24}\",\"rule\":\"a\",\"path\":\"b\"},null]}",
        "{\"version\":1,\"api_token\":\"{base62:32}\",\"entries\":[]}",
        "{\"version\":\"{base62:32}\"}",
        "<<<<<<< API_TOKEN={base62:32}\n",
        "API_TOKEN={base62:32}\n",
    ] {
        let mut cage = tree();
        cage.plant(".stackguard-baseline.json", text);
        cage.keeps(&["check"], 2);
        cage.keeps(&["baseline", "prune"], 2);
    }
}
