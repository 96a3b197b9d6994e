use super::*;

const LIMITS: Limits = Limits {
    depth: 64,
    values: 10_000,
};

fn all(text: &str) -> Result<Vec<Node>, Flaw> {
    yaml(text, usize::MAX, &LIMITS).map(|yaml| yaml.documents)
}

fn one(text: &str) -> Node {
    all(text).expect("valid").remove(0)
}

#[test]
fn values_know_their_place() {
    for text in [
        "# ä\nservices:\n  db:\n    image: \"postgres:16\"\n",
        "services:\r\n  db:\r\n    image: 'postgres:16'\r\n",
        "\u{feff}services: {db: {image: postgres:16}}",
        "ü: ö\nservices: {db: {image: postgres:16}}",
    ] {
        let node = one(text);
        let image = node
            .get("services")
            .and_then(|all| all.get("db"))
            .and_then(|db| db.get("image"))
            .expect("image");
        assert_eq!(image.text(), Some("postgres:16"), "{text}");
        assert_eq!(
            text[image.span.clone()].trim_matches(['"', '\'']),
            "postgres:16",
            "{text}"
        );
    }
}

#[test]
fn scalars_have_their_types_and_their_text() {
    let node = one("[0x2, 1_0, 1.10, yes, '5', !!str 7, true, ~, +x, 0xzz, 9999999999999999999]");
    let found: Vec<String> = node
        .items()
        .iter()
        .map(|item| {
            let kind = match &item.value {
                Value::Null => "null".into(),
                Value::Bool(_) => "bool".into(),
                Value::Int(number, _) => format!("int {number}"),
                Value::Float(..) => "float".into(),
                Value::Text(_) => "text".into(),
                _ => "other".into(),
            };
            format!("{kind} {}", item.text().unwrap_or("none"))
        })
        .collect();
    assert_eq!(
        found,
        [
            "int 2 0x2",
            "int 10 1_0",
            "float 1.10",
            "text yes",
            "text 5",
            "text 7",
            "bool true",
            "null none",
            "text +x",
            "text 0xzz",
            "float 9999999999999999999"
        ]
    );
}

#[test]
fn anchors_and_merges_are_resolved() {
    let text = "x-base: &base\n  image: redis\n  tag: 1\nx-other: &other {image: mongo, more: yes}\nservices:\n  a:\n    <<: *base\n    tag: 2\n  b:\n    <<: [*base, *other]\n  c: *base\n";
    let node = one(text);
    let services = node.get("services").expect("services");
    let value = |service: &str, key: &str| {
        services
            .get(service)
            .and_then(|found| found.get(key))
            .and_then(Node::text)
    };
    assert_eq!(value("a", "image"), Some("redis"));
    assert_eq!(value("a", "tag"), Some("2"));
    assert_eq!(value("b", "image"), Some("redis"));
    assert_eq!(value("b", "more"), Some("yes"));
    assert_eq!(value("c", "tag"), Some("1"));
}

#[test]
fn as_many_documents_as_asked_for() {
    let text = "a: 1\n---\nb: 2\n---\n]\n";
    assert!(all(text).is_err());
    for most in [1, 2] {
        let found = yaml(text, most, &LIMITS).expect("what is behind is not read");
        assert_eq!(found.documents.len(), most);
    }
    assert!(
        yaml("a: 1\n]\n", 1, &LIMITS).is_err(),
        "within the document"
    );
    assert_eq!(all("").expect("valid").len(), 0);
}

#[test]
fn keys_that_name_nothing_are_told() {
    let found = yaml("? [a]\n: 1\n~: 2\n3: 4\n", 1, &LIMITS).expect("valid");
    assert_eq!(found.odd_keys.len(), 2);
    let three = found.documents[0].get("3");
    assert_eq!(three.and_then(Node::text), Some("4"));
}

#[test]
fn laughs_are_cut_short() {
    let mut lists = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n");
    let mut maps = String::from("a0: &a0 {x: {y: z}}\n");
    for level in 1..30 {
        let from = level - 1;
        lists.push_str(&format!(
            "a{level}: &a{level} [{}]\n",
            format!("*a{from},").repeat(10)
        ));
        maps.push_str(&format!(
            "a{level}: &a{level} {{<<: *a{from}, b{level}: *a{from}}}\n"
        ));
    }
    assert_eq!(all(&lists).expect_err("grows").fault, Fault::Large);
    assert!(all(&maps).is_err());
    assert!(all(&"[".repeat(10_000)).is_err());
    assert!(all("a: *nothing").is_err());
    let mut chain = String::from("a0: &a0 [x]\n");
    for level in 1..200 {
        chain.push_str(&format!("a{level}: &a{level} [*a{}]\n", level - 1));
    }
    assert_eq!(all(&chain).expect_err("deep").fault, Fault::Deep);
}

/// As libyaml and go-yaml, and so compose, GitHub Actions and flyctl, take it.
#[test]
fn brackets_and_quotes_may_end_further_left() {
    for (text, expected) in [
        (
            "ä: 1\nb:\n  test: [\n    x,\n    \"y\"\n  ]\n  last: end\n",
            "[x, y]",
        ),
        ("b:\n  test: [\n  x,\n  y]\n  last: end\n", "[x, y]"),
        ("b:\n  test: [\nx, [\n'y'],\n]\n  last: end\n", "[x, [y]]"),
        ("b:\n    test: [x, # it's\n  y]\n    last: end\n", "[x, y]"),
        (
            "b:\r\n  test: \"x\r\n  y\r\nz\"\r\n  last: end\r\n",
            "x y z",
        ),
        ("b:\n  test: 'x\n\ny'\n  last: end\n", "x\ny"),
    ] {
        let root = one(text);
        let inner = root.get("b").expect("there");
        let test = inner.get("test").expect("there");
        assert_eq!(flat(test), expected, "{text}");
        let last = inner.get("last").expect("there");
        assert_eq!(&text[last.span.clone()], "end", "{text}");
    }
    // Nor may what stands in no brackets.
    for text in ["a:\n    b: 1\n  c: 2\n", "a: [\nb: c\n", "a: \"x\n"] {
        assert!(all(text).is_err(), "{text}");
    }
    let broken = "a:\n  b: [\n    x\n  ]\n  c: ]\n";
    assert_eq!(all(broken).expect_err("broken").line(broken), 5);
    let tab = "a: 1\nb:\n\tc: 2\n";
    let flaw = all(tab).expect_err("a tab");
    let wrong = matches!(&flaw.fault, Fault::Syntax(what) if !what.contains("':'"));
    assert!(wrong && flaw.line(tab) == 3, "{flaw:?}");
    // A file of nothing else is read in time, or refused.
    let many = format!("a:\n  b: [\n{}  ]\n", "  x,\n".repeat(20_000));
    assert!(all(&many).is_err());
}

fn flat(node: &Node) -> String {
    match &node.value {
        Value::List(items) => {
            let items: Vec<String> = items.iter().map(flat).collect();
            format!("[{}]", items.join(", "))
        }
        _ => node.text().unwrap_or_default().to_owned(),
    }
}

#[test]
fn a_broken_line_is_named() {
    let text = "a: 1\nb: ]\n";
    assert_eq!(all(text).expect_err("broken").line(text), 2);
}

proptest::proptest! {
    #[test]
    fn nothing_panics(text in "[\\[\\]{}:,&*a\\-<|> \"'\n#é\t!%@]{0,80}") {
        if let Ok(documents) = all(&text) {
            for node in documents {
                proptest::prop_assert!(text.get(node.span).is_some());
            }
        }
    }
}
