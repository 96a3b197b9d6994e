use super::*;

fn at_word(text: &[u8], keyword: Range<usize>) -> Option<Assignment> {
    read(text, name(text, &keyword), &keyword)
}

fn parse(text: &str) -> Option<(String, String, bool)> {
    let at = text.to_lowercase().find("token").expect("names a token");
    let found = at_word(text.as_bytes(), at..at + 5)?;
    Some((
        text[found.name].to_owned(),
        text[found.value].to_owned(),
        found.quoted,
    ))
}

#[test]
fn reads_every_dialect() {
    for (text, name, value, quoted) in [
        ("API_TOKEN=abc.def\n", "API_TOKEN", "abc.def", false),
        ("export API_TOKEN='a b'\n", "API_TOKEN", "a b", true),
        ("  api_token: abc#1\n", "api_token", "abc#1", false),
        ("{\"apiToken\": \"abc\"}", "apiToken", "abc", true),
        ("\"{\\\"token\\\": \\\"abc\\\"}\"", "token", "abc", true),
        ("const token: string = \"abc\";", "token", "abc", true),
        ("let token: &str = \"abc\";", "token", "abc", true),
        ("token := []byte(\"abc\")", "token", "abc", true),
        ("token = SecretStr('abc')", "token", "abc", true),
        (
            "const t = process.env.TOKEN || 'abc'",
            "process.env.TOKEN",
            "abc",
            true,
        ),
        ("os.Setenv(\"TOKEN\", \"abc\")", "TOKEN", "abc", true),
        ("<token>abc</token>", "token", "abc", false),
        ("curl --token abc -x", "--token", "abc", false),
        ("curl --token=abc -x", "--token", "abc", false),
        ("url?token=abc&x=1 ", "token", "abc", false),
        ("Server=a;Token=abc;b", "Token", "abc", false),
        ("'token' => 'abc',", "token", "abc", true),
        ("X-Token: abc\r\n", "X-Token", "abc", false),
        ("| API_TOKEN | `abc` |\n", "API_TOKEN", "abc", true),
        ("token =\n    \"abc\"", "token", "abc", true),
        ("config[\"token\"] = \"abc\"", "token", "abc", true),
        ("if token == \"abc\"", "token", "abc", true),
        ("name=\"token\" value=\"abc\"", "token", "abc", true),
        ("Token: Bearer abc\n", "Token", "abc", false),
        ("\"token\": \"Bearer abc\"", "token", "abc", true),
        ("token = \"a\\\"b\"", "token", "a\\\"b", true),
    ] {
        assert_eq!(
            parse(text),
            Some((name.into(), value.into(), quoted)),
            "{text}"
        );
    }
}

/// Reads each text; the value of all of them is `abc`.
fn read_abc(cases: &[(&str, &str, bool)]) {
    for (text, name, quoted) in cases {
        let read = Some(((*name).into(), "abc".into(), *quoted));
        assert_eq!(parse(text), read, "{text}");
    }
}

#[test]
fn reads_defaults_and_pairs() {
    read_abc(&[
        ("ENV API_TOKEN abc\n", "API_TOKEN", false),
        ("setenv TOKEN abc\n", "TOKEN", false),
        ("TOKEN=abc cmd --flag\n", "TOKEN", false),
        ("a: ${TOKEN:-abc}\n", "TOKEN", false),
        ("a=\"${TOKEN-abc}\"\n", "TOKEN", false),
        ("{\"key\":\"token\",\"value\":\"abc\"}", "token", true),
        ("{name = \"TOKEN\", value = \"abc\"}", "TOKEN", true),
        ("  - name: TOKEN\n    value: abc\n", "TOKEN", false),
        ("  - name: TOKEN\n    value: \"abc\"\n", "TOKEN", true),
        ("<string name=\"token\">abc</string>\n", "token", false),
        ("<key>TOKEN</key>\n  <string>abc</string>\n", "TOKEN", false),
        ("token = (\n    \"abc\"\n)", "token", true),
        ("a\\nTOKEN=abc\\nb", "TOKEN", false),
        ("\x1b[36mTOKEN\x1b[0m=\x1b[32mabc\x1b[0m\n", "TOKEN", false),
        ("\x1b[1mTOKEN: \x1b[33mabc\x1b[39m\n", "TOKEN", false),
        ("  token: |\n    abc\n  x: 1\n", "token", false),
        ("token: >-\n  abc\n", "token", false),
        ("TOKEN: &tok \"abc\"\n", "TOKEN", true),
        ("TOKEN: !!str abc\n", "TOKEN", false),
        ("<token>\n  abc\n</token>", "token", false),
        ("<token><![CDATA[abc]]></token>", "token", false),
        ("<ns:token Type=\"t\">abc</ns:token>", "token", false),
        (
            "<string name=\"token\" translatable=\"false\">abc</string>",
            "token",
            false,
        ),
        (
            "<input type=\"hidden\" name=\"token\" value=\"abc\">",
            "token",
            true,
        ),
        ("<meta name=\"token\" content=\"abc\">", "token", true),
        ("<td>TOKEN</td><td>abc</td>", "TOKEN", false),
        ("{&quot;token&quot;: &quot;abc&quot;}", "token", true),
    ]);
}

#[test]
fn reads_code_and_commands() {
    read_abc(&[
        ("char token[64] = \"abc\";", "token", true),
        ("token <- \"abc\"", "token", true),
        ("Const Token As String = \"abc\"", "Token", true),
        ("string Token { get; set; } = @\"abc\";", "Token", true),
        ("<P token={'abc'}>", "token", true),
        ("(setq my-token \"abc\")", "my-token", true),
        ("{:token \"abc\"}", "token", true),
        ("{\"Acme:Token\":\"abc\"}", "Token", true),
        ("  acme:token: abc\n", "token", false),
        ("API_TOKEN abc\n", "API_TOKEN", false),
        ("API_TOKEN,abc,prod\n", "API_TOKEN", false),
        ("API_TOKEN\tabc\tprod\n", "API_TOKEN", false),
        ("x -token abc y", "-token", false),
        ("gh secret set TOKEN --body \"abc\"", "TOKEN", true),
        ("put --name /a/TOKEN --value abc", "TOKEN", false),
        (
            "  buildConfigField \"String\", \"TOKEN\", \"\\\"abc\\\"\"",
            "TOKEN",
            true,
        ),
        ("param token string = 'abc'\n", "token", true),
        (
            "field(\"String\", \"TOKEN\", \"\\\"abc\\\"\")",
            "TOKEN",
            true,
        ),
        ("  storeToken \"abc\"\n", "storeToken", true),
        (":token: abc\n", "token", false),
        ("proxy_set_header X-Token \"abc\";\n", "X-Token", true),
    ]);
}

#[test]
fn reads_lists_and_what_programs_wrote() {
    read_abc(&[
        // An HTTP header as recorders write it, several values to a name.
        ("  Token:\n  - abc\n", "Token", false),
        ("  Token:\n    - Bearer abc\n", "Token", false),
        ("  Token:\n    - \"Bearer abc\"\n", "Token", true),
        ("api_tokens:\n  - abc\n  - b\n", "api_token", false),
        ("TOKENS = [\"abc\", \"b\"]", "TOKEN", true),
        ("  token: [Bearer abc]\n", "token", false),
        ("\"tokens\": [\n  \"abc\"\n]", "token", true),
        ("a:1:{s:5:\"token\";s:3:\"abc\";}", "token", true),
        ("'a:1:{s:5:\\\"token\\\";s:3:\\\"abc\\\";}'", "token", true),
        (
            "ALTER DATABASE a SET \"b.token\" TO 'abc';",
            "b.token",
            true,
        ),
        ("alter role a set b.token to 'abc';", "b.token", true),
        ("\"auth[api_token]\": \"abc\"", "api_token", true),
        ("\"a[b][TOKEN]\": \"abc\"", "TOKEN", true),
        ("  checksum/token: abc\n", "checksum/token", false),
        ("OPTIONS (user 'a', host 'b', token 'abc');", "token", true),
    ]);
    for text in [
        "token:\n  - abc: 1\n",
        "token:\n  - name: abc\n",
        "token =\n  - abc\n",
        "s:5:\"token\";i:3;s:3:\"abc\";",
        "a token to 'abc'",
    ] {
        assert_eq!(parse(text).filter(|found| found.1 == "abc"), None, "{text}");
    }
}

#[test]
fn a_remark_may_follow_what_is_drawn() {
    let value = crate::policy::pack::expand("{base62:20}4");
    for (text, found) in [
        (format!("token: {value}  (change it)\n"), true),
        (format!("API_TOKEN   {value}  1m20s ago\n"), false),
        ("token: something (change it)\n".to_owned(), false),
    ] {
        let read = parse(&text).filter(|read| read.1 == value);
        assert_eq!(read.is_some(), found, "{text}");
    }
}

#[test]
fn reads_what_stands_for_want_of_another() {
    for (text, value) in [
        ("x = getenv('TOKEN') ?: 'abc';", "abc"),
        ("System.get_env(\"TOKEN\") || \"abc\"", "abc"),
        (
            "env::var(\"TOKEN\").unwrap_or_else(|_| \"abc\".into())",
            "abc",
        ),
        ("ENV.fetch(\"TOKEN\") { \"abc\" }", "abc"),
        ("TOKEN: z.string().default(\"abc\"),", "abc"),
        ("token: str = Field(default=\"abc\", env=\"X\")", "abc"),
        (
            "String.fromEnvironment('TOKEN', defaultValue: 'abc')",
            "abc",
        ),
        ("token = argv[1] if argv[1:] else \"abc\"", "abc"),
        (
            "\"Token\": {\"Type\": \"String\", \"Default\": \"abc\"}",
            "abc",
        ),
        (
            "variable \"token\" {\n  type = string\n  default = \"abc\"\n}",
            "abc",
        ),
        ("\"token\": {\n  \"value\": \"abc\"\n}", "abc"),
        ("  TOKEN:\n    value: abc\n", "abc"),
        ("token: import.meta.env.VITE_X || 'abc',", "abc"),
        ("const token = config.x ?? \"abc\";", "abc"),
        ("token = settings.X or 'abc'", "abc"),
        ("TOKEN=abc || exit 1", "abc"),
    ] {
        assert_eq!(
            parse(text).map(|found| found.1).as_deref(),
            Some(value),
            "{text}"
        );
    }
    for text in [
        "variable \"token\" {\n  type = string\n}\nlocals {\n  default = \"abc\"\n}",
        "  token:\n  value: abc\n",
        "token(a); b = c || \"abc\"",
        "tokens := []*T{{Name: \"abc\"}}",
        "f(token),g(\"default\"),h(\"abc\")",
    ] {
        assert_eq!(
            parse(text)
                .map(|found| found.1)
                .filter(|value| value == "abc"),
            None,
            "{text}"
        );
    }
}

#[test]
fn leaves_what_is_none() {
    for text in [
        "the token is here",
        "token: see the manual\n",
        "let token = get_token();",
        "Token::new()",
        "token = os.getenv(\"X\")",
        "a token.",
        "token",
        "token =",
        "token: \"abc\n",
        "func(token, other)",
        "[\n  \"token\",\n  \"abc\",\n]",
        "if (!token || abc) {",
        "token.format(\"abc\")",
        "verifyToken(\"abc\")",
        "\"arn:aws:x:token:abc!y\"",
        "TOKEN=abc...",
        "  token = (ULONG)abc;\n",
        "# can be \"md5\", \"token\", \"abc\"",
        "[a-z]{2}:token:abc",
        "\"AWS::Iam::Token\": \"abc\"",
        "${TOKEN:?abc}",
        "psql --no-token --abc -U x\n",
        "  ServiceToken: !GetAtt abc.Arn\n",
        "  onToken: (abc) -> Unit,\n",
        "  onToken: (abc) => void,\n",
    ] {
        let found = parse(text);
        assert!(
            found.is_none() || !found.as_ref().is_some_and(|found| found.1.contains("abc")),
            "{text} {found:?}"
        );
    }
}

proptest::proptest! {
    #[test]
    fn never_panics(text in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..120), at in 0usize..120, len in 0usize..8) {
        let start = at.min(text.len());
        let end = (start + len).min(text.len());
        let _ = at_word(&text, start..end);
    }

    #[test]
    fn never_panics_on_likely_text(text in "[a\\\\\"'=:,|<>() \n`{]{0,60}", at in 0usize..60) {
        let start = at.min(text.len());
        if let Some(found) = at_word(text.as_bytes(), start..start) {
            proptest::prop_assert!(found.value.start <= found.value.end && found.value.end <= text.len());
        }
    }
}

#[test]
fn reads_every_value_of_a_list() {
    for (text, values) in [
        ("tokens = ['a', 'b',\n  'c']", &["a", "'b'", "'c'"][..]),
        ("\"token\": [\"a\", \"b\", 3]", &["a", "\"b\"", "3"]),
        ("tokens:\n  - a\n  - b\nx: 1\n", &["a", "b"]),
        ("tokens:\n  - \"a\"\n  # why\n  - b\n", &["a", "b"]),
        ("tokens: ['Bearer a', 'b']", &["a", "'b'"]),
        ("setToken('a', 'b')", &["a"]),
        ("token = 'a', 'b'", &["a"]),
        ("token = ('a')", &["a"]),
        ("tokens = ['a' + x, 'b']", &["a"]),
        ("tokens = ['a', ", &["a"]),
        ("tokens = ['a', 'b", &["a"]),
    ] {
        let at = text.to_lowercase().find("token").expect("names a token");
        let first = at_word(text.as_bytes(), at..at + 5).expect("an assignment");
        let mut found = vec![&text[first.value.clone()]];
        let others = others(text.as_bytes(), &first);
        found.extend(others.iter().map(|one| &text[one.clone()]));
        assert_eq!(found, values, "{text}");
    }
    assert_eq!(parse("tokens = {'a': 'b'}"), None);
    assert_eq!(parse("case\"token\":return f.name||\"abc\""), None);
    assert_eq!(
        parse("{suitcase: 1, \"token\": \"abc\"}").map(|found| found.1),
        Some("abc".into())
    );
}

#[test]
fn reads_what_a_function_returns_and_what_headers_are_set_to() {
    for text in [
        "static var token: String { \"abc\" }",
        "private val token by lazy { \"abc\" }",
        "export const authToken = () => \"abc\";",
        "const token = useMemo(() => 'abc', []);",
        "function getToken() { return \"abc\"; }",
        "if (url.searchParams.get(\"token\") !== 'abc') {",
        "add_header X-Token \"abc\" always;",
        "header_up X-Token \"abc\"",
        "(setenv \"ACME_TOKEN\" \"abc\")",
        "{\"apiToken\":{\"value\":\"abc\"}}",
    ] {
        let value = parse(text).map(|(_, value, _)| value);
        assert_eq!(value.as_deref(), Some("abc"), "{text}");
    }
    for text in [
        "const token = () => read(\"abc\")",
        "if (params.get(\"token\")) { show('abc') }",
        "{ token: { value: state.abc } }",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}
