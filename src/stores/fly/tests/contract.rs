//! The OpenAPI description of the Machines API, to hold requests and the fake's answers against.

use crate::stores::fixture::Seen;
use serde_json::{Value, json};

/// The description, made strict: an answer that holds what the description does not know is an error.
pub(super) struct Contract(Value);

impl Contract {
    pub(super) fn new() -> Self {
        let text = include_str!("../../../../tests/fixtures/fly-openapi.json");
        let mut description = serde_json::from_str(text).expect("JSON");
        close(&mut description);
        Self(description)
    }

    /// That the description knows the request: its path, its method, its query.
    pub(super) fn knows(&self, seen: &Seen) {
        let (path, query) = seen.target.split_once('?').unwrap_or((&seen.target, ""));
        let (_, operation) = self.operation(&seen.method, path);
        let declared = operation["parameters"].as_array().expect("a list");
        for (name, _) in url::form_urlencoded::parse(query.as_bytes()) {
            let known = declared
                .iter()
                .any(|one| one["in"] == "query" && one["name"] == *name);
            assert!(known, "{seen:?}: {name}");
        }
        for one in declared
            .iter()
            .filter(|one| one["in"] == "query" && one["required"] == true)
        {
            let name = one["name"].as_str().expect("a name");
            assert!(query.contains(name), "{seen:?}: no {name}");
        }
    }

    /// That this is an answer to that request.
    pub(super) fn answers(&self, path: &str, body: &Value) {
        let (template, operation) = self.operation("GET", path);
        let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        self.valid(&template, schema, body);
    }

    /// That this is the form of an error.
    pub(super) fn is_error(&self, body: &Value) {
        let schema = json!({"$ref": "#/components/schemas/ErrorResponse"});
        self.valid("an error", &schema, body);
    }

    fn valid(&self, what: &str, schema: &Value, body: &Value) {
        let mut whole = schema.clone();
        whole["components"] = self.0["components"].clone();
        let validator = jsonschema::draft4::new(&whole).expect("a schema");
        let errors: Vec<_> = validator
            .iter_errors(body)
            .map(|error| error.to_string())
            .collect();
        assert!(errors.is_empty(), "{what}: {errors:#?}");
    }

    fn operation(&self, method: &str, path: &str) -> (String, &Value) {
        let path = path
            .strip_prefix("/v1")
            .unwrap_or_else(|| panic!("{path} is not below /v1"));
        let fits = |template: &str| {
            let (wanted, given) = (template.split('/'), path.split('/'));
            wanted.clone().count() == given.clone().count()
                && wanted
                    .zip(given)
                    .all(|(wanted, given)| wanted == given || wanted.starts_with('{'))
        };
        let paths = self.0["paths"].as_object().expect("an object");
        let found = paths.iter().find(|(template, _)| fits(template));
        let (template, operations) = found.unwrap_or_else(|| panic!("{path} is not described"));
        let operation = &operations[method.to_ascii_lowercase()];
        assert!(
            operation.is_object(),
            "{method} {template} is not described"
        );
        (template.clone(), operation)
    }
}

/// Lets no object have keys that are not described.
fn close(value: &mut Value) {
    match value {
        Value::Object(map) => {
            if map.get("type") == Some(&"object".into()) && map.contains_key("properties") {
                map.insert("additionalProperties".to_owned(), false.into());
            }
            map.values_mut().for_each(close);
        }
        Value::Array(list) => list.iter_mut().for_each(close),
        _ => {}
    }
}
