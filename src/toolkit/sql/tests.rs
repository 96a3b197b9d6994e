use super::*;
use crate::finding::Veil;

/// Rule, path, line and column of every finding, and the number of gaps.
fn run(files: &[(&str, &str)]) -> (Vec<String>, usize) {
    let veil = Veil::default();
    let mut gaps = 0;
    let scripts = files.iter().map(|(path, text)| {
        let path = RepoPath::new(path);
        let (script, found) = read(&FileView::new(&path, text.as_bytes(), &veil));
        gaps += found.len();
        (path.clone(), script)
    });
    let scripts = scripts.collect();
    let mut found: Vec<String> = conclude(scripts, &["public".to_owned()], &[])
        .into_iter()
        .map(|draft| {
            let start = draft.mark.expect("a place").start;
            let name = draft.path.file_name().trim_end_matches(".sql").to_owned();
            format!(
                "{} {name}:{}:{} {}",
                draft.rule.trim_start_matches("row-level-security-"),
                start.line,
                start.column,
                draft.content
            )
        })
        .collect();
    found.sort();
    (found, gaps)
}

fn one(text: &str) -> Vec<String> {
    let (found, gaps) = run(&[("supabase/migrations/1_a.sql", text)]);
    assert_eq!(gaps, 0, "{text}");
    found
}

const OPEN: &[(&str, &str)] = &[
    (
        "\n\ncreate table orders (id int);",
        "off 1_a:3:1 public.orders",
    ),
    (
        "/* x */ CREATE TABLE IF NOT EXISTS \"public\".\"Or\"\"ders\" (id int)",
        "off 1_a:1:9 public.Or\"ders",
    ),
    (
        "create unlogged table public . t ();",
        "off 1_a:1:1 public.t",
    ),
    ("create table t as select 1;", "off 1_a:1:1 public.t"),
    (
        "select 1 as a into backup from x;",
        "off 1_a:1:1 public.backup",
    ),
    (
        "create table p partition of q for values in (1);",
        "off 1_a:1:1 public.p",
    ),
    (
        "create table t (); alter table t enable row level security;\nalter table t disable row level security;",
        "off 1_a:2:1 public.t",
    ),
    (
        "create table t (); alter table t force row level security;",
        "off 1_a:1:1 public.t",
    ),
    (
        "create table t (); alter table a.t enable row level security;",
        "off 1_a:1:1 public.t",
    ),
    (
        "create table t (); -- alter table t enable row level security;",
        "off 1_a:1:1 public.t",
    ),
    (
        "create table t (); comment on table t is 'alter table t enable row level security;';",
        "off 1_a:1:1 public.t",
    ),
    (
        "create table a.t (); alter table a.t set schema public;",
        "off 1_a:1:1 public.t",
    ),
    (
        "create table t (); alter table t enable row level security; drop table t; create table t ();",
        "off 1_a:1:75 public.t",
    ),
    (
        "do $$\nbegin\n  if true then\n    create table t (id int);\n  end if;\nend $$;",
        "off 1_a:4:5 public.t",
    ),
    (
        "do $$ begin execute 'create table t ()'; end $$",
        "off 1_a:1:21 public.t",
    ),
    (
        "set search_path = ''; create table public.t ();",
        "off 1_a:1:23 public.t",
    ),
    (
        "COPY x (a) FROM stdin;\nalter table t enable row level security;\n\\.\ncreate table t ();",
        "off 1_a:4:1 public.t",
    ),
    (
        "create function f() returns void as $$ alter table t enable row level security $$ language sql; create table t ();",
        "off 1_a:1:97 public.t",
    ),
    (
        "with a as (select 1) select * into t from a",
        "off 1_a:1:1 public.t",
    ),
];

#[test]
fn a_declared_table_is_told_once() {
    let create = "create table t (id int);";
    let (found, _) = run(&[
        ("supabase/migrations/1_t.sql", create),
        (
            "supabase/schemas/t.sql",
            "create table t (id int);\ncreate table u (id int);",
        ),
    ]);
    assert_eq!(found, ["off 1_t:1:1 public.t", "off t:2:1 public.u"]);
}

#[test]
fn tables_left_open_are_found_where_they_are_created() {
    for (text, expected) in OPEN {
        assert_eq!(one(text), [*expected], "{text}");
    }
}

#[test]
fn closed_tables_are_not() {
    for text in [
        "create table t (); alter table t enable row level security;",
        "create table public.t (); alter table if exists only \"public\".\"t\" owner to x, enable row level security;",
        "create temp table t (); create temporary table u as select 1; create table pg_temp.v ();",
        "create table private.t ();",
        "create foreign table t () server s;",
        "set search_path to private, public; create table t ();",
        "select pg_catalog.set_config('search_path', 'private', false); create table t ();",
        "create table t (); drop table if exists u, public.t cascade;",
        "create schema public; create table t (); drop schema if exists public cascade;",
        "create table t (); alter table t rename to u; alter table u enable row level security;",
        "create table t (); alter table t enable row level security; alter table t rename to u;",
        "create table t (); alter table t set schema private;",
        "create table t (a int); alter table t rename column a to b; alter table t rename a to b; alter table t enable row level security;",
        "create table t (); alter table t enable row level security; create table if not exists t ();",
        "create table t (); do $$ begin alter table t enable row level security; end $$;",
        "create table t (); do $x$ declare r record; begin for r in select tablename from pg_tables loop execute format('alter table %I enable row level security', r.tablename); end loop; end $x$;",
        "create table a (); create table b (); do $$ declare t text; begin foreach t in array array['a','public.b'] loop execute 'ALTER TABLE ' || t || ' ENABLE ROW LEVEL\nSECURITY'; end loop; end $$",
        "create function on_new() returns event_trigger as $$ begin for c in select * from pg_event_trigger_ddl_commands() loop execute format('alter table %s enable row level security', c.x); end loop; end $$ language plpgsql; create event trigger e on ddl_command_end execute function on_new(); create table t ();",
        "create function secure(t text) returns void as $$ begin execute format('alter table %I enable row level security', t); end $$ language plpgsql; create table t (); select public.secure('t');",
        "insert into t select 1; select 'create table t ()'; select 1 -- into x",
        "do $$ declare n int; begin select count(*) into n from x; end $$;",
    ] {
        assert_eq!(one(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn scripts_are_played_in_the_order_of_their_names() {
    let (create, enable) = (
        "create table t ();",
        "alter table t enable row level security;",
    );
    let found = run(&[
        ("supabase/migrations/2_b.sql", enable),
        ("supabase/migrations/1_a.sql", create),
    ])
    .0;
    assert_eq!(found, Vec::<String>::new());
    let found = run(&[
        ("supabase/migrations/2_b.sql", create),
        ("supabase/migrations/1_a.sql", enable),
    ])
    .0;
    assert_eq!(found, ["off 2_b:1:1 public.t"]);
    // Each project has its own database; what a session sets ends with its script.
    let found = run(&[
        ("a/supabase/migrations/1_a.sql", create),
        ("b/supabase/migrations/2_b.sql", enable),
    ])
    .0;
    assert_eq!(found, ["off 1_a:1:1 public.t"]);
    let found = run(&[
        ("supabase/migrations/1_a.sql", "set search_path = x;"),
        ("supabase/migrations/2_b.sql", create),
    ])
    .0;
    assert_eq!(found, ["off 2_b:1:1 public.t"]);
    // The CLI skips what has no number.
    let found = run(&[
        ("supabase/migrations/1_a.sql", create),
        ("supabase/migrations/fix.sql", enable),
    ])
    .0;
    assert_eq!(found, ["off 1_a:1:1 public.t"]);
    // Declared schemas have no order.
    let found = run(&[
        ("supabase/schemas/b/t.sql", create),
        ("supabase/schemas/a.sql", enable),
    ])
    .0;
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn open_policies() {
    for (text, expected) in [
        (
            "create policy \"all of it\" on t for all using (true);",
            vec!["open-policy 1_a:1:1 public.t all of it"],
        ),
        (
            "create policy p on public.t as permissive for insert to authenticated, anon with check ((true));",
            vec!["open-policy 1_a:1:1 public.t p"],
        ),
        (
            "create policy p on t for select to public using (1=1);",
            vec!["open-policy 1_a:1:1 public.t p"],
        ),
        (
            "create policy p on storage.objects for update using (true);",
            vec!["open-policy 1_a:1:1 storage.objects p"],
        ),
        (
            "create policy p on t using (a);\nalter policy p on t using (true);",
            vec!["open-policy 1_a:2:1 public.t p"],
        ),
        ("create policy p on t as restrictive using (true);", vec![]),
        (
            "create policy p on t to authenticated using (true);",
            vec![],
        ),
        (
            "create policy p on t using (true); drop policy if exists p on t;",
            vec![],
        ),
        ("create policy p on t using (true); drop table t;", vec![]),
        (
            "create policy p on t for update using (true) with check (owner = auth.uid());",
            vec![],
        ),
        (
            "create policy p on t using (owner = auth.uid()) with check (owner = auth.uid());",
            vec![],
        ),
        ("create policy p on private.t using (true);", vec![]),
    ] {
        assert_eq!(one(text), expected, "{text}");
    }
}

#[test]
fn what_is_not_understood_is_told() {
    for text in [
        "create table :name (id int);",
        "alter table %I enable row level security;",
        "create table t (a text default 'x);",
        "do $$ begin execute format('create table %I (id int)', n); end $$;",
        "create policy on t;",
    ] {
        assert_eq!(run(&[("supabase/migrations/1_a.sql", text)]).1, 1, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn nothing_panics(words in proptest::collection::vec(proptest::sample::select(vec![
        "create", "table", "alter", "drop", "policy", "on", "using", "(", ")", "true", "t", "a.b", "\"", "'", "$$", ";", ",", "do", "begin", "execute", "into", "select", "set", "search_path", "=", "rename", "to", "function", "event", "trigger", "\u{e9}", ".", "enable row level security", "schema", "E'\\", "/*", "as", "for",
    ]), 0..40)) {
        let text = words.join(" ");
        let path = RepoPath::new("supabase/migrations/1.sql");
        let (script, _) = read(&FileView::new(&path, text.as_bytes(), &Veil::default()));
        conclude(vec![(path, script)], &["public".to_owned()], &[]);
    }
}
