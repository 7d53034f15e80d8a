//! The server as its own administrator sees it, and our client of it.

use keydesk::directory::privacyidea::{Limits, PrivacyIdea, PrivacyIdeaConfig};
use keydesk::directory::{Directory, PersonId};
use keydesk::secrets::SecretText;
use reqwest::Method;
use serde_json::{Value, json};
use std::time::Duration;

pub const REALM: &str = "employees";
pub const RELYING_PARTY: &str = "keys.larkfield.example";

/// A call's status and body.
pub type Answer = (u16, Value);

pub fn url() -> String {
    promised("KEYDESK_PRIVACYIDEA_URL")
}

pub fn password() -> SecretText {
    SecretText::new(promised("KEYDESK_PRIVACYIDEA_PASSWORD"))
}

pub fn directory() -> PrivacyIdea {
    directory_at(&url(), "op", password())
}

/// Waits are cut short: a server that is asked in vain fails the test soon.
pub fn directory_at(url: &str, operator: &str, password: SecretText) -> PrivacyIdea {
    let limits = Limits {
        backoff_base: Duration::from_millis(20),
        patience: Duration::from_secs(2),
        ..Limits::default()
    };
    let config = PrivacyIdeaConfig::new(url, REALM, operator, password);
    PrivacyIdea::new(PrivacyIdeaConfig { limits, ..config }).unwrap()
}

/// The person of that user name, found as the desk finds people.
pub async fn person(directory: &PrivacyIdea, user: &str) -> PersonId {
    let found = directory.find(user, 25).await.unwrap();
    let person = found.into_iter().find(|person| person.id.0 == user);
    person.unwrap_or_else(|| panic!("{user} was not found")).id
}

/// The administrator with plain requests, none of them through our client.
pub struct Administrator {
    http: reqwest::Client,
    token: String,
}

impl Administrator {
    pub async fn sign_in() -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let secret = password();
        let body = json!({"username": "op", "password": secret.expose()});
        let (status, answer) =
            read(http.post(format!("{}/auth", url())).json(&body).send().await).await;
        assert_eq!(status, 200, "the administrator can't sign in");
        let token = answer["result"]["value"]["token"].as_str().unwrap().to_owned();
        Self { http, token }
    }

    pub async fn ask(&self, method: Method, path: &str, body: Value) -> Answer {
        let request = self.http.request(method.clone(), format!("{}{path}", url()));
        let request = request.header("Authorization", &self.token);
        let request = request.header("Origin", format!("https://{RELYING_PARTY}"));
        let request = if method == Method::GET { request } else { request.json(&body) };
        read(request.send().await).await
    }

    /// All tokens of the person as the server lists them, half ones too.
    pub async fn tokens(&self, user: &str) -> Vec<Value> {
        let user: String = url::form_urlencoded::byte_serialize(user.as_bytes()).collect();
        let path = format!("/token/?user={user}&realm={REALM}&pagesize=100");
        let (status, answer) = self.ask(Method::GET, &path, Value::Null).await;
        assert_eq!(status, 200, "{answer}");
        answer["result"]["value"]["tokens"].as_array().unwrap().clone()
    }

    /// Makes the person's tokens look two hours old; the server has no call for that.
    pub fn age(&self, tokens: &[Value]) {
        let database = rusqlite::Connection::open(promised("KEYDESK_PRIVACYIDEA_DATABASE"));
        let database = database.unwrap();
        database.busy_timeout(Duration::from_secs(10)).unwrap();
        let then = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(2);
        for token in tokens {
            let changed = database.execute(
                "update tokeninfo set \"Value\" = ?1 where \"Key\" = 'creation_date' and token_id = \
                 (select id from token where serial = ?2)",
                (then.to_string(), token["serial"].as_str().unwrap()),
            );
            assert_eq!(changed.unwrap(), 1);
        }
    }

    /// How long challenges live, in seconds; for all tests that run.
    pub async fn set_validity(&self, seconds: u32) {
        let body = json!({"WebauthnChallengeValidityTime": seconds.to_string()});
        let (status, answer) = self.ask(Method::POST, "/system/setConfig", body).await;
        assert_eq!(status, 200, "{answer}");
    }
}

/// Names a secret to the search that looks for leaked ones.
pub fn confess(secret: &str) {
    use std::io::Write;
    if let Ok(list) = std::env::var("KEYDESK_TEST_SECRETS") {
        let file = std::fs::OpenOptions::new().append(true).create(true).open(list);
        writeln!(file.unwrap(), "{secret}").unwrap();
    }
}

async fn read(sent: Result<reqwest::Response, reqwest::Error>) -> Answer {
    let response = sent.expect("the server answers");
    let status = response.status().as_u16();
    (status, response.json().await.expect("the server answers in JSON"))
}

fn promised(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: run these tests with tests/privacyidea/with-server")
    })
}
