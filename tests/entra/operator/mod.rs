//! Operators who sign in as themselves: over the practice cloud's real login pages, with its
//! faults, and real loopback redirects.

mod browser;
mod device;
mod legacy;
mod refusals;
mod renewal;

use crate::limits;
use keydesk::directory::entra::{Credential, Entra, EntraConfig, operator_sign_in};
use keydesk::directory::openid::{
    OpenId, OpenIdConfig, OperatorTokens, Proof, SignInAgain, SignInError, SignedIn, Wish,
};
use keydesk::practice::browser::{Browser, Shown};
use keydesk::practice::cloud::{Cloud, CloudOptions, Effect, Fault, Order, SignInOrder};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use url::Url;

const PETRA: &str = "petra.lindqvist@larkfield.example";
const OMAR: &str = "omar.haddad@larkfield.example";

/// A tenant with its login service, and what signs in there.
struct Desk {
    cloud: Cloud,
    open_id: OpenId,
}

impl Desk {
    async fn start() -> Self {
        Self::with(Duration::from_secs(30)).await
    }

    async fn with(patience: Duration) -> Self {
        let cloud = Cloud::start(CloudOptions::default()).await.unwrap();
        let config = OpenIdConfig { patience, ..config(&cloud) };
        Self { open_id: OpenId::new(config).unwrap(), cloud }
    }

    fn order(&self, order: SignInOrder) {
        self.cloud.control().order(Order::SignIn(order));
    }

    /// The next so many calls to the token endpoint go wrong.
    fn spoil_tokens(&self, times: u32, effect: Effect) {
        let path = "oauth2/v2.0/token".to_owned();
        let fault = Fault { method: Some("POST".into()), path, times, effect };
        self.cloud.control().order(Order::FailNext(fault));
    }

    /// Begins a sign-in and does the person's part in a browser of their own.
    async fn sign_in(&self, proof: Proof, who: &str) -> Result<SignedIn, SignInError> {
        sign_in(&self.open_id, &Wish::new(proof), who).await
    }

    /// Petra is signed in and Entra asks with her tokens.
    async fn petra(&self) -> Session {
        let signed_in = self.sign_in(Proof::AnyAccount, PETRA).await.unwrap();
        let (ask, asked) = mpsc::channel(4);
        let tokens = Arc::new(OperatorTokens::new(self.open_id.clone(), signed_in, ask));
        let entra = entra(&self.cloud, Credential::Operator(Arc::clone(&tokens)));
        Session { tokens, entra, asked }
    }
}

/// One operator's session.
struct Session {
    tokens: Arc<OperatorTokens>,
    entra: Entra,
    asked: mpsc::Receiver<SignInAgain>,
}

impl Session {
    fn refresh_token(&self) -> String {
        let token = self.tokens.refresh_token().borrow().clone().unwrap();
        token.text().expose().to_owned()
    }
}

fn config(cloud: &Cloud) -> OpenIdConfig {
    let there = cloud.connection();
    let base = there.base_url.as_str();
    let config = operator_sign_in(base, base, there.domain, there.client_id).unwrap();
    OpenIdConfig { limits: limits(), ..config }
}

fn entra(cloud: &Cloud, credential: Credential) -> Entra {
    let there = cloud.connection();
    let base = there.base_url.as_str();
    let config = EntraConfig::new(base, base, there.domain, there.client_id, credential);
    Entra::new(EntraConfig { limits: limits(), ..config }).unwrap()
}

async fn sign_in(open_id: &OpenId, wish: &Wish, who: &str) -> Result<SignedIn, SignInError> {
    let waiting = open_id.begin(wish).await?;
    let url = waiting.url().clone();
    let (outcome, _) = tokio::join!(waiting.finish(), choose(&url, who));
    outcome
}

/// What the browser shows in the end.
async fn choose(url: &Url, who: &str) -> Shown {
    let mut browser = Browser::new().unwrap();
    match browser.open(url).await.unwrap() {
        Shown::Page(page) if page.form.is_some() => browser.choose(who).await.unwrap(),
        shown => shown,
    }
}

/// A parameter of the address that the browser opens.
fn parameter(url: &Url, name: &str) -> String {
    url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned()
}
