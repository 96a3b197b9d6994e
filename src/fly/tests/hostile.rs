//! Any bytes get an answer.

use super::*;

#[test]
fn what_cannot_be_read_is_said() {
    let guard = FlyGuard::new(Vec::new());
    let path = RepoPath::new("fly.toml");
    let big = vec![b'#'; (1 << 20) + 1];
    for (bytes, findings, gaps) in [(b"app = '\xff'".as_slice(), 1, 0), (big.as_slice(), 0, 1)] {
        let notes = guard
            .inspect(&FileView::new(&path, bytes, &Veil::default()))
            .expect("looked at");
        let conclusion = guard.conclude(vec![(path.clone(), notes)]);
        assert_eq!(
            (conclusion.drafts.len(), conclusion.gaps.len()),
            (findings, gaps)
        );
    }
}

/// Files made to take long: every rule is at most quadratic in few values.
#[test]
fn hostile_files_are_answered_in_time() {
    let many =
        |count: usize, line: &dyn Fn(usize) -> String| (0..count).map(line).collect::<String>();
    let env = format!(
        "[env]\n{}",
        many(3500, &|n| format!("A{n}_SECRET = 'abcdefgh{n}XY'\n"))
    );
    let groups = format!("[processes]\n{}", many(900, &|n| format!("g{n} = 'x'\n")));
    let services = many(900, &|_| {
        "[[services]]\nprotocol = 'tcp'\nmin_machines_running = 2\n[[services.ports]]\nport = 1\n"
            .into()
    });
    let vms = many(900, &|n| format!("[[vm]]\nprocesses = ['g{n}']\n"));
    let keys = many(3500, &|n| format!("min_machines_runnin{n} = 1\n"));
    let dots = format!("[{}]\n", vec!["a"; 5000].join("."));
    let texts = [
        env,
        format!("{groups}{services}"),
        format!("{groups}{vms}"),
        keys.clone(),
        format!("[http_service]\n{keys}"),
        dots,
        "[[vm]]\n".repeat(50_000),
    ];
    for text in texts {
        let start = std::time::Instant::now();
        let conclusion = one(
            "[[fly]]\napp = '*'\nmemory_min = '1gb'\nmachines_min = 3\nhealth_path = '/up'\n",
            &text,
        );
        // Not how fast it is: whether it ends, on a machine however busy.
        assert!(start.elapsed().as_secs() < 600, "{}", &text[..40]);
        assert!(
            !conclusion.drafts.is_empty() && conclusion.drafts.len() <= 501,
            "{}",
            &text[..40]
        );
    }
}

/// Pieces of real files, in an order nobody wrote.
fn lines() -> impl Strategy<Value = String> {
    let pieces = [
        "app = 'a'",
        "app: a",
        "{\"app\": 1}",
        "[env]",
        "[[env]]",
        "env = 1",
        "[vm]",
        "[[vm]]",
        "memory = '1gb'",
        "memory_mb = -5",
        "cpus = 99999999999",
        "[http_service]",
        "[[http_service]]",
        "[[http_service.checks]]",
        "interval = 10",
        "timeout = '1h1x'",
        "path = 'é'",
        "[[services]]",
        "[[services.ports]]",
        "port = '99'",
        "start_port = 70000",
        "[checks]",
        "[checks.a]",
        "[[checks]]",
        "[processes]",
        "[[processes]]",
        "name = 3",
        "web = 'x'",
        "processes = ['', 'x']",
        "[mounts]",
        "initial_size = '15Mb'",
        "auto_stop_machines = 'x'",
        "min_machines_running = 9",
        "A_SECRET = 'x'",
        "[deploy]",
        "strategy = 'canary'",
        "- <<: *a",
        "x: &a",
        "{",
        "]",
        "=",
        "\u{feff}",
        "'''",
        "size = 'performance-16x'",
        "  headers = [{name = 1}]",
    ];
    prop::collection::vec(prop::sample::select(pieces.to_vec()), 0..24)
        .prop_map(|lines| lines.join("\n"))
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        look_at(&bytes);
    }

    #[test]
    fn no_lines_make_it_panic(text in lines()) {
        look_at(text.as_bytes());
    }
}

fn look_at(bytes: &[u8]) {
    let guard = FlyGuard::new(entries(
        "[[fly]]\napp = '*'\nmemory_min = '1gb'\nmemory_max = '2gb'\nmachines_min = 2\nauto_stop = ['off']\nhealth_path = '/up'\nregions = ['iad']\n\
         env_required = ['A']\nenv_equals = { B = 1 }\nenv_forbidden = ['C*']\nsecrets_required = ['A_SECRET']\n",
    ));
    let index = LineIndex::new(bytes);
    let end = index.position(bytes.len());
    for name in ["fly.toml", "fly.json", "fly.yaml", "fly.yml"] {
        let path = RepoPath::new(name);
        if let Some(notes) = guard.inspect(&FileView::new(&path, bytes, &Veil::default())) {
            for draft in guard.conclude(vec![(path, notes)]).drafts {
                assert!(
                    draft
                        .mark
                        .is_none_or(|mark| mark.start <= mark.end && mark.end <= end)
                );
            }
        }
        if let Ok(text) = std::str::from_utf8(bytes) {
            for flaw in read(Format::of(name), text).1 {
                assert!(flaw.span.start <= flaw.span.end);
            }
        }
    }
}
