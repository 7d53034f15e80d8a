//! The simulated browser: it opens the practice cloud's pages over real HTTP, shows them as data,
//! answers them, keeps the single sign-on cookie and goes back to the program that waits.
//!
//! It goes nowhere but to this computer.

use super::cloud::{AS_DATA, Asks, Page};
use crate::problem::{Detail, Explain};
use reqwest::header::{ACCEPT, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Method, StatusCode};
use std::collections::BTreeMap;
use std::time::Duration;
use url::{Host, Url};

/// A page of the sign-in service.
pub type BrowserPage = Page;

/// More redirects than any sign-in has.
const REDIRECTS: usize = 8;
const PATIENCE: Duration = Duration::from_secs(60);

/// One browser with its cookies, and the page that is open.
pub struct Browser {
    http: reqwest::Client,
    /// By host and port.
    cookies: BTreeMap<(String, String), String>,
    open: Option<(Url, BrowserPage)>,
}

/// Where the browser came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A page of the sign-in service.
    Page(Box<BrowserPage>),
    /// The page of the program that waited for the answer.
    Arrived(Arrival),
}

/// The waiting program's own page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arrival {
    pub status: u16,
    /// HTML.
    pub text: String,
}

impl Browser {
    /// # Errors
    /// [`BrowserError::Start`] when there is no HTTP client.
    pub fn new() -> Result<Self, BrowserError> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(PATIENCE)
            .build()
            .map_err(|error| BrowserError::Start(error.to_string()))?;
        Ok(Self { http, cookies: BTreeMap::new(), open: None })
    }

    /// Goes to an address, such as that of an authorization request.
    ///
    /// # Errors
    /// [`BrowserError`]: not this computer, no answer, no page.
    pub async fn open(&mut self, url: &Url) -> Result<Shown, BrowserError> {
        self.open = None;
        let request = Step { method: Method::GET, url: url.clone(), form: Vec::new() };
        self.follow(request).await
    }

    /// The page that waits for an answer.
    pub fn page(&self) -> Option<&BrowserPage> {
        self.open.as_ref().map(|(_, page)| page)
    }

    /// Chooses an account of the open page, by object id or user principal name.
    ///
    /// # Errors
    /// [`BrowserError`]: no such page or account, or as [`Browser::open`].
    pub async fn choose(&mut self, account: &str) -> Result<Shown, BrowserError> {
        let page = self.page().ok_or(BrowserError::NoPage)?;
        let id = page
            .accounts
            .iter()
            .find(|one| one.id == account || one.upn.eq_ignore_ascii_case(account))
            .map(|one| one.id.clone())
            .ok_or_else(|| BrowserError::NoAccount(account.into()))?;
        self.answer("account", id).await
    }

    /// Says no on the open page.
    ///
    /// # Errors
    /// As [`Browser::choose`].
    pub async fn deny(&mut self) -> Result<Shown, BrowserError> {
        self.answer("deny", "yes".into()).await
    }

    /// Types the code that a device shows.
    ///
    /// # Errors
    /// As [`Browser::choose`].
    pub async fn enter_code(&mut self, code: &str) -> Result<Shown, BrowserError> {
        if self.page().is_none_or(|page| page.asks != Asks::UserCode) {
            return Err(BrowserError::NoPage);
        }
        self.answer("otc", code.into()).await
    }

    /// Forgets who is signed in.
    pub fn forget(&mut self) {
        self.cookies.clear();
        self.open = None;
    }

    async fn answer(&mut self, field: &str, value: String) -> Result<Shown, BrowserError> {
        let (url, page) = self.open.take().ok_or(BrowserError::NoPage)?;
        let form = page.form.ok_or(BrowserError::NoPage)?;
        let url = url.join(&form.action).map_err(|_| BrowserError::Unreadable)?;
        let members = vec![("flow".to_owned(), form.flow), (field.to_owned(), value)];
        self.follow(Step { method: Method::POST, url, form: members }).await
    }

    async fn follow(&mut self, first: Step) -> Result<Shown, BrowserError> {
        let mut step = first;
        for _ in 0..REDIRECTS {
            let url = step.url.clone();
            let response = self.send(step).await?;
            self.keep_cookies(&url, &response);
            let Some(next) = redirect(&url, &response)? else {
                return self.show(url, response).await;
            };
            step = Step { method: Method::GET, url: next, form: Vec::new() };
        }
        Err(BrowserError::Redirects)
    }

    async fn send(&self, step: Step) -> Result<reqwest::Response, BrowserError> {
        if !is_here(&step.url) {
            return Err(BrowserError::NotHere(step.url.origin().ascii_serialization()));
        }
        let site = site(&step.url);
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .filter(|((of, _), _)| *of == site)
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        let mut request = self
            .http
            .request(step.method.clone(), step.url)
            .header(ACCEPT, format!("{AS_DATA}, text/html;q=0.9"));
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies.join("; "));
        }
        if step.method == Method::POST {
            request = request.form(&step.form);
        }
        // An address may hold a code.
        request
            .send()
            .await
            .map_err(|error| BrowserError::NoAnswer(error.without_url().to_string()))
    }

    fn keep_cookies(&mut self, url: &Url, response: &reqwest::Response) {
        for line in response.headers().get_all(SET_COOKIE) {
            let pair = line.to_str().ok().and_then(|line| line.split(';').next()?.split_once('='));
            if let Some((name, value)) = pair {
                self.cookies.insert((site(url), name.trim().to_owned()), value.to_owned());
            }
        }
    }

    async fn show(&mut self, url: Url, response: reqwest::Response) -> Result<Shown, BrowserError> {
        let status = response.status().as_u16();
        let kind = response.headers().get(reqwest::header::CONTENT_TYPE);
        let is_page = kind.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
        let text = response
            .text()
            .await
            .map_err(|error| BrowserError::NoAnswer(error.without_url().to_string()))?;
        if !is_page {
            return Ok(Shown::Arrived(Arrival { status, text }));
        }
        let page: BrowserPage =
            serde_json::from_str(&text).map_err(|_| BrowserError::Unreadable)?;
        self.open = page.form.is_some().then(|| (url, page.clone()));
        Ok(Shown::Page(Box::new(page)))
    }
}

struct Step {
    method: Method,
    url: Url,
    form: Vec<(String, String)>,
}

/// Where an answer sends the browser.
fn redirect(from: &Url, response: &reqwest::Response) -> Result<Option<Url>, BrowserError> {
    if !matches!(response.status(), StatusCode::SEE_OTHER | StatusCode::FOUND) {
        return Ok(None);
    }
    let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
    let next = location.and_then(|location| from.join(location).ok());
    next.map(Some).ok_or(BrowserError::Unreadable)
}

fn is_here(url: &Url) -> bool {
    let is_loopback = match url.host() {
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "http" && is_loopback
}

fn site(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Why the simulated browser shows nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BrowserError {
    #[error("the browser can't start: {0}")]
    Start(String),
    /// The address's origin.
    #[error("{0} is not on this computer")]
    NotHere(String),
    #[error("no answer: {0}")]
    NoAnswer(String),
    #[error("the page can't be read")]
    Unreadable,
    #[error("the addresses lead in a circle")]
    Redirects,
    #[error("no page waits for an answer")]
    NoPage,
    #[error("the page has no account {0}")]
    NoAccount(String),
}

impl Explain for BrowserError {
    fn what(&self) -> String {
        match self {
            Self::Start(_) => "The simulated browser can't start".into(),
            Self::NotHere(origin) => {
                format!("The simulated browser does not go to {origin}: it is not on this computer")
            }
            Self::NoAnswer(_) => "The page can't be reached".into(),
            Self::Unreadable | Self::Redirects => "The page can't be read".into(),
            Self::NoPage => "No sign-in page waits for an answer".into(),
            Self::NoAccount(account) => format!("The sign-in page has no account {account}"),
        }
    }

    fn next(&self) -> String {
        match self {
            Self::NotHere(_) => "Sign in with the system's browser".into(),
            Self::NoAccount(_) => "Choose one of the accounts on the page".into(),
            _ => "Start the sign-in again".into(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::Start(reason) | Self::NoAnswer(reason) => {
                vec![Detail::new("reason", reason.clone())]
            }
            _ => Vec::new(),
        }
    }
}
