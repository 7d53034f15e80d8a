//! A plain HTTP client of the practice cloud, as raw as possible.

use keydesk::practice::cloud::{Cloud, CloudOptions, Connection, Control, Order};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::Value;

pub const ELIN: &str = "elin.bergstrom@larkfield.example";
pub const AMINA: &str = "amina.haddad@larkfield.example";
pub const ROWAN: &str = "rowan.ashdown@larkfield.example";

/// A running cloud and a signed-in client.
pub struct Client {
    pub cloud: Cloud,
    pub http: reqwest::Client,
    pub token: String,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    /// `error.code` of a refusal.
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    /// First word of `error.message`, such as `FAKE_Origin`.
    pub fn reason(&self) -> &str {
        self.body["error"]["message"]
            .as_str()
            .unwrap_or_default()
            .split(':')
            .next()
            .unwrap_or_default()
    }

    pub fn values(&self) -> &Vec<Value> {
        self.body["value"].as_array().unwrap()
    }

    /// The named text of every value.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        self.values().iter().map(|value| value[name].as_str().unwrap_or_default()).collect()
    }
}

impl Client {
    pub async fn start() -> Self {
        Self::with(CloudOptions::default()).await
    }

    pub async fn with(options: CloudOptions) -> Self {
        let cloud = Cloud::start(options).await.unwrap();
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let mut client = Self { cloud, http, token: String::new() };
        client.sign_in().await;
        client.confess();
        client
    }

    /// Names this run's secrets to the search that looks for leaked ones.
    fn confess(&self) {
        let there = self.connection();
        self.tell(&[there.secret.expose(), there.password.expose(), &self.token]);
    }

    /// Names an operator's tokens to it.
    pub fn confess_these(&self, tokens: &Value) {
        let token = |name: &str| tokens[name].as_str().unwrap_or_default().to_owned();
        let told = ["access_token", "refresh_token", "id_token"].map(token);
        self.tell(&told.each_ref().map(String::as_str));
    }

    fn tell(&self, secrets: &[&str]) {
        use std::io::Write;
        let Ok(file) = std::env::var("KEYDESK_TEST_SECRETS") else {
            return;
        };
        let mut file = std::fs::OpenOptions::new().append(true).create(true).open(file).unwrap();
        for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
            file.write_all(format!("{secret}\n").as_bytes()).unwrap();
        }
    }

    pub async fn sign_in(&mut self) {
        let answer = self.token(&self.secret_form()).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.token = answer.body["access_token"].as_str().unwrap().to_owned();
    }

    pub fn connection(&self) -> Connection {
        self.cloud.connection()
    }

    pub fn control(&self) -> Control {
        self.cloud.control()
    }

    pub fn order(&self, order: Order) {
        self.control().order(order);
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.connection().base_url)
    }

    pub fn secret_form(&self) -> Vec<(&'static str, String)> {
        let connection = self.connection();
        vec![
            ("grant_type", "client_credentials".into()),
            ("client_id", connection.client_id),
            ("client_secret", connection.secret.expose().to_owned()),
            ("scope", "https://graph.microsoft.com/.default".into()),
        ]
    }

    pub async fn token(&self, form: &[(&'static str, String)]) -> Answer {
        let path = format!("/{}/oauth2/v2.0/token", self.connection().domain);
        read(self.http.post(self.url(&path)).form(form)).await
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http.request(method, self.url(path)).bearer_auth(&self.token)
    }

    pub async fn get(&self, path: &str) -> Answer {
        read(self.request(Method::GET, path)).await
    }

    /// With `ConsistencyLevel: eventual`.
    pub async fn get_advanced(&self, path: &str) -> Answer {
        read(self.request(Method::GET, path).header("ConsistencyLevel", "eventual")).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        read(self.request(Method::DELETE, path)).await
    }

    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        read(self.request(Method::POST, path).json(body)).await
    }

    pub async fn creation_options(&self, person: &str) -> Value {
        let path = format!("/v1.0/users/{person}/authentication/fido2Methods/creationOptions");
        let answer = self.get(&path).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body
    }

    pub async fn passkeys(&self, person: &str) -> Answer {
        self.get(&format!("/v1.0/users/{person}/authentication/fido2Methods")).await
    }

    pub async fn register(&self, person: &str, body: &Value) -> Answer {
        self.post(&format!("/v1.0/users/{person}/authentication/fido2Methods"), body).await
    }
}

pub async fn read(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let bytes = response.bytes().await.unwrap();
    Answer { status, headers, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) }
}
