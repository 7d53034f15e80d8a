//! Ways to sign in without a loopback browser, consent, customers, and the simulated browser.

use crate::client::{Answer, Client, read};
use crate::operator::{
    HANNA, LOVISA, Members, OMAR, PETRA, REDIRECT, SCOPE, SERVICE, VIKTOR, changed, get, number,
    payload, text,
};
use keydesk::practice::browser::{Browser, BrowserError, Shown};
use keydesk::practice::cloud::{Asks, Order, SignInOrder};
use keydesk::practice::company;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use url::Url;

impl Client {
    async fn device(&self) -> Answer {
        let form = [("client_id", self.connection().client_id), ("scope", SCOPE.to_owned())];
        let url = self.url("/larkfield.example/oauth2/v2.0/devicecode");
        read(self.http.post(url).form(&form)).await
    }

    async fn poll(&self, device_code: &str) -> Answer {
        let form = vec![
            ("grant_type", "urn:ietf:params:oauth:grant-type:device_code".into()),
            ("client_id", self.connection().client_id),
            ("device_code", device_code.into()),
        ];
        self.token(&form).await
    }

    fn password_form(&self, user: &str) -> Members {
        vec![
            ("grant_type", "password".into()),
            ("client_id", self.connection().client_id),
            ("scope", SCOPE.into()),
            ("username", user.into()),
            ("password", self.connection().password.expose().to_owned()),
        ]
    }

    async fn application_token_in(&self, domain: &str) -> Answer {
        let url = self.url(&format!("/{domain}/oauth2/v2.0/token"));
        read(self.http.post(url).form(&self.secret_form())).await
    }
}

#[tokio::test]
async fn a_device_waits_until_the_operator_has_entered_its_code() {
    let client = Client::start().await;
    let begun = client.device().await;
    assert_eq!((begun.status.as_u16(), &begun.body["interval"]), (200, &5.into()));
    let (device, typed) = (text(&begun.body, "device_code"), text(&begun.body, "user_code"));
    let waiting = client.poll(&device).await;
    assert_eq!((waiting.status.as_u16(), number(&waiting)), (400, 70016));
    assert_eq!(waiting.body["error"], "authorization_pending");

    let mut browser = Browser::new().unwrap();
    let address = Url::parse(&text(&begun.body, "verification_uri")).unwrap();
    browser.open(&address).await.unwrap();
    browser.enter_code("WRONGCODE").await.unwrap();
    assert!(browser.page().unwrap().problem.is_some());
    browser.enter_code(&typed.to_lowercase()).await.unwrap();
    assert_eq!(browser.page().unwrap().asks, Asks::Account);
    browser.choose(PETRA).await.unwrap();
    let given = client.poll(&device).await;
    assert_eq!(given.status, 200, "{}", given.body);
    assert_eq!(payload(&text(&given.body, "id_token"))["preferred_username"], PETRA);
    assert_eq!(client.poll(&device).await.body["error"], "bad_verification_code");
}

#[tokio::test]
async fn a_declined_and_an_expired_device_code_are_told_apart() {
    let client = Client::start().await;
    let begun = client.device().await.body;
    let mut browser = Browser::new().unwrap();
    browser.open(&Url::parse(&text(&begun, "verification_uri")).unwrap()).await.unwrap();
    browser.enter_code(&text(&begun, "user_code")).await.unwrap();
    browser.deny().await.unwrap();
    let declined = client.poll(&text(&begun, "device_code")).await;
    assert_eq!(declined.body["error"], "authorization_declined");
    let begun = client.device().await.body;
    client.order(Order::AdvanceClock { seconds: 901 });
    let expired = client.poll(&text(&begun, "device_code")).await;
    assert_eq!(expired.body["error"], "expired_token");
}

#[tokio::test]
async fn a_password_alone_lets_only_the_service_account_in() {
    let client = Client::start().await;
    let given = client.token(&client.password_form(SERVICE)).await;
    assert_eq!(given.status, 200, "{}", given.body);
    assert!(given.body["refresh_token"].is_string() && given.body["id_token"].is_string());
    for (user, change, expected) in [
        (PETRA, None, 50076),
        (LOVISA, None, 50057),
        ("nobody@larkfield.example", None, 50034),
        (SERVICE, Some(("password", "wrong")), 50126),
        (SERVICE, Some(("username", "")), 900_144),
    ] {
        let changes: Vec<_> = change.into_iter().collect();
        let answer = client.token(&changed(client.password_form(user), &changes)).await;
        assert_eq!(number(&answer), expected, "{user} {change:?}: {}", answer.body);
    }
    let common = read(
        client
            .http
            .post(client.url("/common/oauth2/v2.0/token"))
            .form(&client.password_form(SERVICE)),
    )
    .await;
    assert_eq!(number(&common), 9_001_023);
}

#[tokio::test]
async fn ten_wrong_passwords_lock_an_account() {
    let client = Client::start().await;
    let wrong = changed(client.password_form(SERVICE), &[("password", "wrong")]);
    for _ in 0..10 {
        assert_eq!(number(&client.token(&wrong).await), 50126);
    }
    assert_eq!(number(&client.token(&client.password_form(SERVICE)).await), 50053);
}

#[tokio::test]
async fn without_public_client_flows_an_operator_needs_more_than_himself() {
    let client = Client::start().await;
    client.order(Order::SignIn(SignInOrder::PublicClient { allowed: false }));
    let code = client.code(PETRA, &[]).await;
    assert_eq!(number(&client.token(&client.code_form(&code)).await), 7_000_218);
    assert_eq!(number(&client.token(&client.password_form(SERVICE)).await), 7_000_218);
    assert_eq!(number(&client.device().await), 7_000_218);
    assert_eq!(client.token(&client.secret_form()).await.status, 200);
}

#[tokio::test]
async fn an_ended_secret_is_refused_and_the_directory_says_when_it_ends() {
    let client = Client::start().await;
    let path = format!("/v1.0/applications?$filter=appId eq '{}'", client.connection().client_id);
    client.order(Order::SignIn(SignInOrder::SecretEnds { days: 20 }));
    let found = client.get(&path).await;
    assert_eq!(found.status, 200, "{}", found.body);
    let ends = text(&found.values()[0]["passwordCredentials"][0], "endDateTime");
    let ends: jiff::Timestamp = ends.parse().unwrap();
    let days = ends.duration_since(jiff::Timestamp::now()).as_hours() / 24;
    assert!((19..=20).contains(&days), "{days}");
    client.order(Order::SignIn(SignInOrder::SecretEnds { days: -1 }));
    assert_eq!(number(&client.token(&client.secret_form()).await), 7_000_222);
    client.order(Order::RemovePermission { permission: "Application.Read.All".into() });
    assert_eq!(client.get(&path).await.code(), "Authorization_RequestDenied");
}

#[tokio::test]
async fn each_customer_is_a_tenant_of_its_own() {
    let mut client = Client::start().await;
    let ids = ["larkfield.example", company::HARBOUR_DOMAIN, company::PINEWOOD_DOMAIN];
    let mut issuers = Vec::new();
    for domain in ids {
        let found = get(&client, &format!("/{domain}/v2.0/.well-known/openid-configuration")).await;
        let issuer = text(&found.body, "issuer");
        assert!(issuer.contains(&company::tenant_id_of(domain).to_string()), "{issuer}");
        issuers.push(issuer);
    }
    issuers.dedup();
    assert_eq!(issuers.len(), 3);
    let harbour = client.application_token_in(company::HARBOUR_DOMAIN).await;
    client.token = text(&harbour.body, "access_token");
    let there = client.get("/v1.0/organization").await;
    assert_eq!(there.texts("displayName"), ["Harbour Foods"]);
    let people = client.get("/v1.0/users").await;
    assert!(people.texts("displayName").contains(&"Astrid Holm"));
    assert_eq!(client.get("/v1.0/users/elin.bergstrom@larkfield.example").await.status, 404);
}

#[tokio::test]
async fn an_administrator_of_the_customer_lets_the_application_in_and_nobody_else() {
    let client = Client::start().await;
    let domain = company::PINEWOOD_DOMAIN;
    assert_eq!(number(&client.application_token_in(domain).await), 700_016);
    let path = format!("/{domain}/adminconsent");
    let asked = [
        ("client_id", client.connection().client_id),
        ("redirect_uri", REDIRECT.into()),
        ("state", "st4te".into()),
    ];
    let page = client.page(&path, &asked).await;
    let denied = client.send(&page, &[("flow", page.flow()), ("deny", "1".into())]).await;
    assert_eq!(denied.member("error").as_deref(), Some("access_denied"));
    let page = client.page(&path, &asked).await;
    let given = client.press(&page, "ines.torp@pinewood.example").await;
    assert_eq!(given.member("admin_consent").as_deref(), Some("True"));
    assert_eq!(given.member("tenant"), Some(company::tenant_id_of(domain).to_string()));
    assert_eq!(given.member("state").as_deref(), Some("st4te"));
    assert_eq!(client.application_token_in(domain).await.status, 200);

    let page = client.page("/larkfield.example/adminconsent", &asked).await;
    assert_eq!(client.press(&page, OMAR).await.number(), 90094);
}

#[tokio::test]
async fn a_partners_operator_signs_in_at_a_customer_only_where_he_may() {
    let client = Client::start().await;
    let page = client.authorize(company::HARBOUR_DOMAIN, &client.asked(), None).await;
    assert!(page.html.contains(PETRA) && !page.html.contains(VIKTOR), "{}", page.html);
    let code = client.press(&page, PETRA).await.code();
    let url = client.url(&format!("/{}/oauth2/v2.0/token", company::HARBOUR_DOMAIN));
    let tokens = read(client.http.post(url).form(&client.code_form(&code))).await.body;
    let claims = payload(&text(&tokens, "id_token"));
    assert_eq!(claims["tid"], company::tenant_id_of(company::HARBOUR_DOMAIN).to_string());
    assert!(claims.get("roles").is_none());
    let elsewhere = client.refresh(&text(&tokens, "refresh_token")).await;
    assert_eq!(number(&elsewhere), 50020);
}

#[tokio::test]
async fn the_simulated_browser_goes_back_to_the_program_that_waits() {
    let client = Client::start().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let program = tokio::spawn(async move {
        let mut lines = Vec::new();
        for _ in 0..3 {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 8192];
            let length = stream.read(&mut bytes).await.unwrap();
            let head = String::from_utf8_lossy(&bytes[..length]).into_owned();
            lines.push(head.lines().next().unwrap().to_owned());
            let answer = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 4\r\nconnection: close\r\n\r\ndone";
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
        lines
    });
    let redirect = format!("http://127.0.0.1:{port}");
    let url = |more: &[(&'static str, &str)]| {
        let mut url = Url::parse(&client.url("/larkfield.example/oauth2/v2.0/authorize")).unwrap();
        let asked = changed(changed(client.asked(), &[("redirect_uri", &redirect)]), more);
        url.query_pairs_mut().extend_pairs(asked);
        url
    };
    let mut browser = Browser::new().unwrap();
    let Shown::Page(page) = browser.open(&url(&[])).await.unwrap() else { panic!("no page") };
    assert_eq!((page.asks.clone(), page.tenant.as_str()), (Asks::Account, "Larkfield Ltd"));
    assert!(page.accounts.iter().any(|account| account.upn == HANNA));
    assert_eq!(browser.choose("nobody@x").await, Err(BrowserError::NoAccount("nobody@x".into())));
    let Shown::Arrived(arrival) = browser.choose(PETRA).await.unwrap() else {
        panic!("no arrival")
    };
    assert_eq!((arrival.status, arrival.text.as_str()), (200, "done"));
    let single_sign_on = browser.open(&url(&[])).await.unwrap();
    assert!(matches!(single_sign_on, Shown::Arrived(_)));
    browser.open(&url(&[("prompt", "login")])).await.unwrap();
    assert_eq!(browser.page().unwrap().asks, Asks::FreshSignIn);
    browser.deny().await.unwrap();
    let lines = program.await.unwrap();
    assert!(lines[0].starts_with("GET /?code=practice-code."), "{lines:?}");
    assert!(lines[1].contains("?code=") && lines[2].contains("?error=access_denied"), "{lines:?}");
}

#[tokio::test]
async fn the_simulated_browser_stays_on_this_computer() {
    let mut browser = Browser::new().unwrap();
    for address in
        ["https://login.microsoftonline.com/x", "http://login.example/", "https://127.0.0.1/"]
    {
        let refused = browser.open(&Url::parse(address).unwrap()).await;
        assert!(matches!(refused, Err(BrowserError::NotHere(_))), "{address}: {refused:?}");
    }
}
