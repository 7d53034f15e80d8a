//! A program that an operator signs in to, as raw as possible.

use crate::client::{Answer, Client, read};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::StatusCode;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use url::Url;

pub const PETRA: &str = "petra.lindqvist@larkfield.example";
pub const OMAR: &str = "omar.haddad@larkfield.example";
pub const VIKTOR: &str = "viktor.ek@larkfield.example";
pub const HANNA: &str = "hanna.brandt@larkfield.example";
pub const LOVISA: &str = "lovisa.berg@larkfield.example";
pub const NILS: &str = "nils.dahl@larkfield.example";
pub const SERVICE: &str = "svc.enrolment@larkfield.example";

pub const VERIFIER: &str = "a-verifier-of-forty-three-characters-or-more";
pub const REDIRECT: &str = "http://localhost:5173";
pub const SCOPE: &str = "openid profile offline_access https://graph.microsoft.com/.default";

pub type Members = Vec<(&'static str, String)>;

/// What a browser got: a page, or the address it was sent to.
pub struct Seen {
    pub status: StatusCode,
    pub to: Option<Url>,
    pub cookie: Option<String>,
    pub html: String,
}

impl Seen {
    /// A member of the query of the address the browser was sent to.
    pub fn member(&self, name: &str) -> Option<String> {
        let pairs: HashMap<_, _> = self.to.as_ref()?.query_pairs().into_owned().collect();
        pairs.get(name).cloned()
    }

    pub fn code(&self) -> String {
        self.member("code").unwrap_or_else(|| panic!("no code in {:?}: {}", self.to, self.html))
    }

    /// The AADSTS number on the page or in the address.
    pub fn number(&self) -> u32 {
        let text = self.member("error_description").unwrap_or_else(|| self.html.clone());
        let digits = text.split("AADSTS").nth(1).unwrap_or_default();
        digits.split(':').next().unwrap_or_default().parse().unwrap_or_default()
    }

    /// The hidden member of the page's form.
    pub fn flow(&self) -> String {
        let rest = self.html.split("name=\"flow\" value=\"").nth(1).expect("a form");
        rest.split('"').next().unwrap().to_owned()
    }

    /// The value of the button that shows this name.
    pub fn button(&self, upn: &str) -> String {
        let before = self.html.split(upn).next().filter(|before| before.len() < self.html.len());
        let before = before.unwrap_or_else(|| panic!("{upn} is not on the page"));
        let value = before.rsplit("name=\"account\" value=\"").next().unwrap();
        value.split('"').next().unwrap().to_owned()
    }

    pub fn action(&self) -> String {
        let rest = self.html.split("action=\"").nth(1).expect("a form");
        rest.split('"').next().unwrap().to_owned()
    }
}

impl Client {
    pub fn asked(&self) -> Members {
        vec![
            ("client_id", self.connection().client_id),
            ("response_type", "code".into()),
            ("redirect_uri", REDIRECT.into()),
            ("scope", SCOPE.into()),
            ("state", "st4te".into()),
            ("nonce", "n0nce".into()),
            ("code_challenge", URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))),
            ("code_challenge_method", "S256".into()),
        ]
    }

    pub async fn authorize(&self, tenant: &str, asked: &Members, cookie: Option<&str>) -> Seen {
        let path = format!("/{tenant}/oauth2/v2.0/authorize");
        let mut request = browser().get(self.url(&path)).query(asked);
        if let Some(cookie) = cookie {
            request = request.header("cookie", cookie);
        }
        seen(request).await
    }

    /// A page of the sign-in service.
    pub async fn page(&self, path: &str, asked: &[(&str, String)]) -> Seen {
        seen(browser().get(self.url(path)).query(asked)).await
    }

    /// Presses the account's button.
    pub async fn press(&self, page: &Seen, upn: &str) -> Seen {
        self.send(page, &[("flow", page.flow()), ("account", page.button(upn))]).await
    }

    pub async fn send(&self, page: &Seen, form: &[(&str, String)]) -> Seen {
        seen(browser().post(self.url(&page.action())).form(form)).await
    }

    /// The whole way of the browser, to a code.
    pub async fn code(&self, upn: &str, more: &[(&'static str, &str)]) -> String {
        let asked = changed(self.asked(), more);
        let page = self.authorize("larkfield.example", &asked, None).await;
        self.press(&page, upn).await.code()
    }

    pub fn code_form(&self, code: &str) -> Members {
        vec![
            ("grant_type", "authorization_code".into()),
            ("client_id", self.connection().client_id),
            ("code", code.into()),
            ("redirect_uri", REDIRECT.into()),
            ("code_verifier", VERIFIER.into()),
            ("scope", SCOPE.into()),
        ]
    }

    /// All tokens of an operator.
    pub async fn tokens(&self, upn: &str, more: &[(&'static str, &str)]) -> Value {
        let code = self.code(upn, more).await;
        let answer = self.token(&self.code_form(&code)).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        self.confess_these(&answer.body);
        answer.body
    }

    pub async fn refresh(&self, token: &str) -> Answer {
        let form = vec![
            ("grant_type", "refresh_token".into()),
            ("client_id", self.connection().client_id),
            ("refresh_token", token.into()),
            ("scope", SCOPE.into()),
        ];
        self.token(&form).await
    }

    /// Goes on with an operator's token in place of the application's.
    pub async fn become_operator(&mut self, upn: &str) {
        self.token = text(&self.tokens(upn, &[]).await, "access_token");
    }
}

/// The members with some changed; an empty value takes one away.
pub fn changed(mut members: Members, changes: &[(&'static str, &str)]) -> Members {
    for (name, value) in changes {
        members.retain(|(known, _)| known != name);
        if !value.is_empty() {
            members.push((name, (*value).to_owned()));
        }
    }
    members
}

pub fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("no {name} in {body}")).to_owned()
}

/// What a JSON web token says, unchecked.
pub fn payload(token: &str) -> Value {
    let part = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

pub fn number(answer: &Answer) -> u64 {
    answer.body["error_codes"][0].as_u64().unwrap_or_default()
}

pub async fn get(client: &Client, path: &str) -> Answer {
    read(client.http.get(client.url(path))).await
}

fn browser() -> reqwest::Client {
    let redirects = reqwest::redirect::Policy::none();
    reqwest::Client::builder().no_proxy().redirect(redirects).build().unwrap()
}

async fn seen(request: reqwest::RequestBuilder) -> Seen {
    let response = request.send().await.unwrap();
    let header =
        |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    Seen {
        status: response.status(),
        to: header("location").map(|to| Url::parse(&to).unwrap()),
        cookie: header("set-cookie").map(|line| line.split(';').next().unwrap().to_owned()),
        html: response.text().await.unwrap(),
    }
}
