use super::*;
use crate::policy::pack::expand;

fn parts(text: &str) -> Option<(String, String, String, String)> {
    let start = text.find("pg://").expect("has a scheme");
    let dsn = read(text.as_bytes(), start)?;
    let take = |range: Range<usize>| text[range].to_owned();
    Some((
        take(dsn.span.clone()),
        take(dsn.user.clone()),
        take(dsn.password.clone()),
        take(dsn.host.clone()),
    ))
}

#[test]
fn parts_are_found() {
    for (text, span, user, password, host) in [
        (
            "X=pg://u:pw@h.io:5432/d # c",
            "pg://u:pw@h.io:5432/d",
            "u",
            "pw",
            "h.io:5432",
        ),
        (
            "\"pg://u:p@ss:w/o#rd@h.io/d\"",
            "pg://u:p@ss:w/o#rd@h.io/d",
            "u",
            "p@ss:w/o#rd",
            "h.io",
        ),
        ("(pg://u:pw@h.io)", "pg://u:pw@h.io", "u", "pw", "h.io"),
        ("pg://:pw@h.io/0.", "pg://:pw@h.io/0", "", "pw", "h.io"),
        (
            "pg://u:<password>@h.io/d",
            "pg://u:<password>@h.io/d",
            "u",
            "<password>",
            "h.io",
        ),
        (
            "pg://u:[YOUR-PASSWORD]@h.io/d",
            "pg://u:[YOUR-PASSWORD]@h.io/d",
            "u",
            "[YOUR-PASSWORD]",
            "h.io",
        ),
        (
            "{\\\"a\\\":\\\"pg://u:pw@h.io/d\\\"}",
            "pg://u:pw@h.io/d",
            "u",
            "pw",
            "h.io",
        ),
        (
            "pg://u:pw@h.io/d?mail=a@b.c",
            "pg://u:pw@h.io/d?mail=a@b.c",
            "u",
            "pw",
            "h.io",
        ),
        (
            "pg://h.io/d?user=u&password=pw&x=1",
            "pg://h.io/d?user=u&password=pw&x=1",
            "u",
            "pw",
            "h.io",
        ),
        (
            "`pg://u:pw@a.io:1,b.io:2/d`",
            "pg://u:pw@a.io:1,b.io:2/d",
            "u",
            "pw",
            "a.io:1",
        ),
    ] {
        assert_eq!(
            parts(text),
            Some((span.into(), user.into(), password.into(), host.into())),
            "{text}"
        );
    }
    assert_eq!(parts("pg://u@h.io/d"), None);
    assert_eq!(parts("pg://h.io:5432/d"), None);
}

#[test]
fn worth_follows_from_the_parts() {
    use Worth::{Doubtful, Leak, Nothing};
    let random = expand("{base62:16}");
    for (dsn, worth) in [
        (
            "pg://postgres:postgres@127.0.0.1:54322/postgres".to_owned(),
            Nothing,
        ),
        ("pg://postgres:postgres@localhost/x".to_owned(), Nothing),
        ("pg://postgres:password@db:5432/x".to_owned(), Nothing),
        ("pg://u:${PASSWORD}@h.io/x".to_owned(), Nothing),
        (
            "pg://postgres:[YOUR-PASSWORD]@db.abcdefghijklmnopqrst.supabase.co:5432/postgres"
                .to_owned(),
            Nothing,
        ),
        ("pg://user:pass@host/x".to_owned(), Nothing),
        (
            concat!("pg://test:zap", "hod@tcp(db:3306)/x").to_owned(),
            Nothing,
        ),
        ("pg://user:pass@example.com/x".to_owned(), Nothing),
        ("pg://u:***@h.io/x".to_owned(), Nothing),
        ("pg://app:OWNER_PASSWORD@<pg-host>/x".to_owned(), Nothing),
        (
            concat!("pg://postgres:Acme", "Shop2024!@postgres:5432/x").to_owned(),
            Doubtful,
        ),
        (
            "pg://postgres:P4ssw0rd!@postgres:5432/x".to_owned(),
            Nothing,
        ),
        ("pg://app:%s@h.io/x".to_owned(), Nothing),
        ("pg://auth:user:password@server:port".to_owned(), Nothing),
        (
            "pg://postgres[:percent_encoded_password]@127.0.0.1[:port]/x".to_owned(),
            Nothing,
        ),
        (format!("pg://app:{random}@db:PORT/x"), Doubtful),
        (
            "pg://#{c[:name]}.#{@x}:#{c[:pw]}@#{c[:host]}:#{y}/x".to_owned(),
            Nothing,
        ),
        (format!("pg://app:{random}@db:5432/x"), Doubtful),
        (
            "pg://user@gmail.com:password@smtp.gmail.com:465".to_owned(),
            Doubtful,
        ),
        ("pg://user:password@db.acmecorp.io/x".to_owned(), Doubtful),
        (
            "pg://postgres:postgres@db.wkqyfjzmxhvtrpbncsud.supabase.co/postgres".to_owned(),
            Leak,
        ),
        ("pg://app:summer@db.acmecorp.io/x".to_owned(), Leak),
        (format!("pg://app:{random}@${{HOST}}/x"), Leak),
        ("pg://app:p%40ss@10.1.2.3/x".to_owned(), Doubtful),
        ("pg://scott:tiger@192.168.0.134/x".to_owned(), Doubtful),
        ("pg://postgres:postgres@app.internal/x".to_owned(), Doubtful),
        (format!("pg://postgres:{random}@app.flycast/x"), Leak),
        ("pg://postgres:postgres@1.2.3.4/x".to_owned(), Nothing),
        ("pg://plane:plane@${HOST}:5432/plane".to_owned(), Nothing),
        (format!("pg://:{random}@...upstash.io:6379"), Doubtful),
    ] {
        let parsed = read(dsn.as_bytes(), 0).expect("has a password");
        assert_eq!(parsed.worth(dsn.as_bytes()), worth, "{dsn}");
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(text in "pg://[a-z:@/?#<>\\[\\]{}%&;,\"' ]{0,80}") {
        if let Some(dsn) = read(text.as_bytes(), 0) {
            proptest::prop_assert!(dsn.password.end <= dsn.span.end);
            let _ = dsn.worth(text.as_bytes());
        }
    }
}
