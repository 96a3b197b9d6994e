//! A small GitHub on loopback, for one repository and one token.

use crate::publish::{Access, Outcome, Places, Posted, publish};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

/// What it knows and was asked.
#[derive(Default)]
pub(super) struct World {
    pub(super) token: String,
    /// Author, kind of author, text; the place in the list is the id, and one without an author is deleted.
    pub(super) comments: Vec<(String, String, String)>,
    /// Bodies sent for check runs, the first by POST.
    pub(super) runs: Vec<Value>,
    pub(super) asked: Vec<String>,
    /// Whose the token is; a workflow's is nobody's.
    pub(super) me: Option<String>,
    /// Said by another job when ours makes its comment: before it, and after it.
    pub(super) rival: [Option<String>; 2],
    /// For a method: this status and these headers instead of an answer, so many times.
    pub(super) refuse: HashMap<&'static str, Refusal>,
}

impl World {
    fn answer(&mut self, request: &Request) -> ResponseTemplate {
        let method = request.method.to_string();
        let path = request.url.path().to_owned();
        self.asked.push(format!("{method} {path}"));
        assert_eq!(
            request.headers["authorization"],
            format!("Bearer {}", self.token).as_str()
        );
        if let Some((status, header, times)) = self
            .refuse
            .get_mut(method.as_str())
            .filter(|(.., times)| *times > 0)
        {
            *times -= 1;
            let mut answer = ResponseTemplate::new(*status)
                .set_body_json(json!({"message": "@everyone \u{1b}[2J"}));
            if let Some((name, value)) = header {
                answer = answer.insert_header(*name, value.as_str());
            }
            return answer;
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let text = |body: &Value| body["body"].as_str().expect("a text").to_owned();
        let parts: Vec<&str> = path.trim_start_matches("/api/v3/").split('/').collect();
        match (method.as_str(), parts.as_slice()) {
            ("GET", ["user"]) => match &self.me {
                Some(me) => {
                    ResponseTemplate::new(200).set_body_json(json!({"login": me, "type": "User"}))
                }
                None => ResponseTemplate::new(403),
            },
            ("GET", ["repos", "acme", "shop", "issues", "7", "comments"]) => {
                ResponseTemplate::new(200).set_body_json(self.page(request))
            }
            ("POST", ["repos", "acme", "shop", "issues", "7", "comments"]) => {
                let [before, after] = std::mem::take(&mut self.rival);
                for said in [before, Some(text(&body)), after].into_iter().flatten() {
                    let bot = ("github-actions[bot]".into(), "Bot".into(), said);
                    self.comments.push(bot);
                }
                ResponseTemplate::new(201).set_body_json(json!({"id": self.comments.len() - 1}))
            }
            ("DELETE", ["repos", "acme", "shop", "issues", "comments", id]) => {
                let id: usize = id.parse().expect("a number");
                self.comments[id] = Default::default();
                ResponseTemplate::new(204)
            }
            ("PATCH", ["repos", "acme", "shop", "issues", "comments", id]) => {
                let id: usize = id.parse().expect("a number");
                self.comments[id].2 = text(&body);
                ResponseTemplate::new(200).set_body_json(json!({"id": id}))
            }
            ("POST", ["repos", "acme", "shop", "check-runs"])
            | ("PATCH", ["repos", "acme", "shop", "check-runs", "9"]) => {
                self.runs.push(body);
                ResponseTemplate::new(201).set_body_json(json!({"id": 9}))
            }
            _ => ResponseTemplate::new(404),
        }
    }

    fn page(&self, request: &Request) -> Value {
        let query: HashMap<_, _> = request.url.query_pairs().into_owned().collect();
        let number = |name: &str| query[name].parse::<usize>().expect("a number");
        let skipped = (number("page") - 1) * number("per_page");
        let all = self
            .comments
            .iter()
            .enumerate()
            .filter(|(_, (login, ..))| !login.is_empty())
            .skip(skipped)
            .take(number("per_page"));
        all.map(|(id, (login, kind, body))| json!({"id": id, "body": body, "user": {"login": login, "type": kind}}))
            .collect()
    }
}

/// A status, a header, and how often.
type Refusal = (u16, Option<(&'static str, String)>, usize);

/// It, listening.
pub(super) struct Github {
    pub(super) server: MockServer,
    pub(super) world: Arc<Mutex<World>>,
}

impl Github {
    pub(super) async fn start() -> Self {
        let server = MockServer::start().await;
        let token = crate::policy::pack::expand("{base62:40}");
        let world = Arc::new(Mutex::new(World {
            token,
            ..World::default()
        }));
        let shared = Arc::clone(&world);
        Mock::given(any())
            .respond_with(move |request: &Request| shared.lock().expect("no panic").answer(request))
            .mount(&server)
            .await;
        Self { server, world }
    }

    pub(super) fn world<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        change(&mut self.world.lock().expect("no panic"))
    }

    pub(super) async fn publish(&self, posted: &Posted, comment: bool, check_run: bool) -> Outcome {
        let (address, token) = (
            format!("{}/api/v3", self.server.uri()),
            self.world(|world| world.token.clone()),
        );
        let access = Access::of(&|name| match name {
            "GITHUB_API_URL" => Some(address.clone()),
            "GITHUB_TOKEN" => Some(token.clone()),
            _ => None,
        })
        .expect("loopback");
        let places = Places {
            repository: "acme/shop".into(),
            name: "stackguard".into(),
            comment: comment.then_some(7),
            check_run: check_run.then(|| "1".repeat(40)),
        };
        publish(posted, &places, &access).await.expect("a client")
    }
}
