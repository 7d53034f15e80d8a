//! The operator signs in with a browser: authorization code, PKCE, refresh tokens.

use crate::client::Client;
use crate::operator::{LOVISA, NILS, OMAR, PETRA, VERIFIER, changed, get, number, payload, text};
use keydesk::practice::cloud::{Order, SignInOrder};
use keydesk::practice::company;
use serde_json::{Value, json};

const LARKFIELD: &str = "larkfield.example";

#[tokio::test]
async fn an_operator_signs_in_and_is_himself_in_the_directory() {
    let mut client = Client::start().await;
    let page = client.authorize(LARKFIELD, &client.asked(), None).await;
    assert_eq!(page.status, 200);
    assert!(page.html.contains("Pick an account") && page.html.contains("Petra Lindqvist"));
    let back = client.press(&page, PETRA).await;
    assert_eq!(back.status, 303);
    assert!(back.to.as_ref().unwrap().as_str().starts_with("http://localhost:5173/?code="));
    assert_eq!(back.member("state").as_deref(), Some("st4te"));

    let answer = client.token(&client.code_form(&back.code())).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(
        (&answer.body["token_type"], &answer.body["expires_in"]),
        (&json!("Bearer"), &json!(3599))
    );
    client.token = text(&answer.body, "access_token");
    let me = client.get("/v1.0/me").await;
    assert_eq!(me.body["userPrincipalName"], PETRA);
}

#[tokio::test]
async fn the_id_token_says_who_for_whom_and_in_which_tenant() {
    let client = Client::start().await;
    let tokens = client.tokens(OMAR, &[]).await;
    let claims = payload(&text(&tokens, "id_token"));
    let there = client.connection();
    let omar = company::operators().into_iter().find(|one| one.account.upn == OMAR).unwrap();
    assert_eq!(claims["aud"], there.client_id.as_str());
    assert_eq!(claims["iss"], format!("{}/{}/v2.0", there.base_url, there.tenant_id));
    assert_eq!(claims["tid"], there.tenant_id.as_str());
    assert_eq!(claims["oid"], omar.account.id.to_string());
    assert_eq!(
        (&claims["preferred_username"], &claims["name"]),
        (&json!(OMAR), &json!("Omar Haddad"))
    );
    assert_eq!(claims["nonce"], "n0nce");
    assert_eq!(claims["roles"], json!(["Keydesk.Clerk"]));
    let clerks = company::operator_group(keydesk::access::Role::Clerk).to_string();
    assert!(claims["groups"].as_array().unwrap().contains(&json!(clerks)));
    let now = jiff::Timestamp::now().as_second();
    let seconds = |name: &str| claims[name].as_i64().unwrap();
    assert!(seconds("nbf") <= now && seconds("iat") <= now && seconds("exp") > now);
    assert!((now - seconds("auth_time")).abs() < 60);
    assert!(claims.get("acrs").is_none());
}

#[tokio::test]
async fn metadata_names_addresses_that_answer() {
    let client = Client::start().await;
    let found = get(&client, "/larkfield.example/v2.0/.well-known/openid-configuration").await.body;
    for name in
        ["jwks_uri", "authorization_endpoint", "token_endpoint", "device_authorization_endpoint"]
    {
        let url = text(&found, name);
        let status = client.http.get(&url).send().await.unwrap().status();
        let post = client.http.post(&url).send().await.unwrap().status();
        assert!(status != 404 || post != 404, "{name}: {url}");
    }
    assert_eq!(
        found["issuer"],
        format!("{}/{}/v2.0", client.connection().base_url, client.connection().tenant_id)
    );
}

#[tokio::test]
async fn each_wrong_member_of_the_request_is_told_in_the_browser_or_to_the_program() {
    let client = Client::start().await;
    let in_browser = [
        ("client_id", "11111111-1111-4111-8111-111111111111", 700_016),
        ("client_id", "", 900_144),
        ("redirect_uri", "", 900_144),
        ("redirect_uri", "http://localhost:5173/elsewhere", 50011),
        ("redirect_uri", "https://localhost:5173", 50011),
        ("redirect_uri", "http://localhost.evil.example:5173", 50011),
        ("redirect_uri", "http://evil@localhost:5173", 50011),
    ];
    for (name, value, number) in in_browser {
        let page =
            client.authorize(LARKFIELD, &changed(client.asked(), &[(name, value)]), None).await;
        assert_eq!(
            (page.status.as_u16(), page.to.is_none(), page.number()),
            (400, true, number),
            "{name}={value}"
        );
    }
    let to_program = [
        ("response_type", "token", "unsupported_response_type", 700_054),
        ("response_type", "", "invalid_request", 900_144),
        ("response_mode", "form_post", "invalid_request", 70007),
        ("scope", "", "invalid_request", 900_144),
        ("scope", "openid https://other.example/.default", "invalid_scope", 70011),
        ("prompt", "please", "invalid_request", 90023),
        ("prompt", "none", "login_required", 50058),
        ("code_challenge", "", "invalid_request", 9_002_325),
        ("code_challenge", "short", "invalid_request", 50147),
        ("code_challenge_method", "plain", "invalid_request", 501_491),
        ("code_challenge_method", "", "invalid_request", 501_491),
        ("claims", "{", "invalid_request", 9_002_313),
        ("claims", r#"{"id_token":{"acrs":{"value":"c100"}}}"#, "invalid_request", 9_002_313),
    ];
    for (name, value, error, number) in to_program {
        let back =
            client.authorize(LARKFIELD, &changed(client.asked(), &[(name, value)]), None).await;
        assert_eq!(back.member("error").as_deref(), Some(error), "{name}={value}");
        assert_eq!(
            (back.number(), back.member("state").as_deref()),
            (number, Some("st4te")),
            "{name}={value}"
        );
    }
    let unknown = client.authorize("nosuch.example", &client.asked(), None).await;
    assert_eq!((unknown.status.as_u16(), unknown.number()), (400, 90002));
}

#[tokio::test]
async fn every_loopback_address_with_any_port_is_registered() {
    let client = Client::start().await;
    for address in ["http://127.0.0.1:1", "http://[::1]:65535/", "http://localhost"] {
        let asked = changed(client.asked(), &[("redirect_uri", address)]);
        let page = client.authorize(LARKFIELD, &asked, None).await;
        let back = client.press(&page, PETRA).await;
        assert!(back.to.unwrap().as_str().starts_with(address.trim_end_matches('/')));
    }
}

#[tokio::test]
async fn a_code_is_good_once_and_its_second_use_ends_what_the_first_gave() {
    let client = Client::start().await;
    let code = client.code(PETRA, &[]).await;
    let first = client.token(&client.code_form(&code)).await;
    assert_eq!(first.status, 200);
    assert_eq!(number(&client.token(&client.code_form(&code)).await), 54005);
    let refused = client.refresh(&text(&first.body, "refresh_token")).await;
    assert_eq!((number(&refused), &refused.body["error"]), (50173, &json!("invalid_grant")));
}

#[tokio::test]
async fn a_code_lives_ten_minutes() {
    let client = Client::start().await;
    let code = client.code(PETRA, &[]).await;
    client.order(Order::AdvanceClock { seconds: 601 });
    assert_eq!(number(&client.token(&client.code_form(&code)).await), 70008);
}

#[tokio::test]
async fn each_wrong_member_of_the_token_request_is_refused() {
    let client = Client::start().await;
    let other = "another-verifier-of-forty-three-characters-or-more";
    let secret = client.connection().secret.expose().to_owned();
    for (name, value, expected) in [
        ("code_verifier", other, 501_481),
        ("code_verifier", "short", 501_491),
        ("code_verifier", "", 900_144),
        ("redirect_uri", "http://localhost:5174", 500_112),
        ("client_id", "11111111-1111-4111-8111-111111111111", 700_016),
        ("client_secret", secret.as_str(), 700_025),
        ("code", "practice-code.unknown", 9_002_313),
    ] {
        let code = client.code(PETRA, &[]).await;
        let answer = client.token(&changed(client.code_form(&code), &[(name, value)])).await;
        assert_eq!(number(&answer), expected, "{name}: {}", answer.body);
    }
}

#[tokio::test]
async fn a_code_of_one_tenant_is_worth_nothing_in_another() {
    let client = Client::start().await;
    let code = client.code(PETRA, &[]).await;
    let url = client.url("/harbourfoods.example/oauth2/v2.0/token");
    let answer = crate::client::read(client.http.post(url).form(&client.code_form(&code))).await;
    assert_eq!(number(&answer), 70000);
}

#[tokio::test]
async fn no_refresh_token_and_no_id_token_without_their_scopes() {
    let client = Client::start().await;
    let tokens = client.tokens(PETRA, &[("scope", "https://graph.microsoft.com/.default")]).await;
    assert!(tokens.get("refresh_token").is_none() && tokens.get("id_token").is_none());
}

#[tokio::test]
async fn each_use_of_a_refresh_token_gives_the_next_and_an_old_one_ends_them_all() {
    let client = Client::start().await;
    let first = text(&client.tokens(PETRA, &[]).await, "refresh_token");
    let lost = client.refresh(&first).await;
    let again = client.refresh(&first).await;
    assert_eq!(
        (lost.status.as_u16(), again.status.as_u16()),
        (200, 200),
        "the answer may get lost"
    );
    let second = text(&again.body, "refresh_token");
    assert!(payload(&text(&again.body, "id_token")).get("nonce").is_none());
    let third = text(&client.refresh(&second).await.body, "refresh_token");
    assert_eq!(number(&client.refresh(&first).await), 50173, "the first was replaced for good");
    assert_eq!(number(&client.refresh(&third).await), 50173, "somebody has a copy");
}

#[tokio::test]
async fn revoked_and_unused_refresh_tokens_end() {
    let client = Client::start().await;
    let unused = text(&client.tokens(PETRA, &[]).await, "refresh_token");
    client.order(Order::AdvanceClock { seconds: 90 * 86_400 + 1 });
    assert_eq!(number(&client.refresh(&unused).await), 700_082);
    let revoked = text(&client.tokens(PETRA, &[]).await, "refresh_token");
    client.order(Order::SignIn(SignInOrder::RevokeRefreshTokens));
    assert_eq!(number(&client.refresh(&revoked).await), 50173);
    assert_eq!(number(&client.refresh("practice-refresh.unknown").await), 9_002_313);
}

#[tokio::test]
async fn a_signed_in_browser_passes_without_a_page_unless_a_proof_is_asked_for() {
    let client = Client::start().await;
    let page = client.authorize(LARKFIELD, &client.asked(), None).await;
    let cookie = client.press(&page, PETRA).await.cookie.unwrap();
    let with = async |more: &[(&'static str, &str)]| {
        client.authorize(LARKFIELD, &changed(client.asked(), more), Some(&cookie)).await
    };
    assert!(with(&[]).await.member("code").is_some());
    assert!(with(&[("prompt", "none")]).await.member("code").is_some());
    assert!(with(&[("login_hint", PETRA)]).await.member("code").is_some());
    let context = r#"{"id_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    for more in [("prompt", "login"), ("prompt", "select_account"), ("login_hint", OMAR)] {
        let page = with(&[more]).await;
        assert!(page.to.is_none() && page.html.contains("<form"), "{more:?}");
    }
    // A context that the sign-in satisfied already asks for nothing more by itself.
    let claims = ("claims", context);
    assert!(with(&[claims]).await.member("code").is_some());
    assert!(with(&[("prompt", "none"), claims]).await.member("code").is_some());
    let page = with(&[("prompt", "login"), claims]).await;
    assert!(page.to.is_none() && page.html.contains("<form"), "a fresh proof shows the page");
}

#[tokio::test]
async fn signing_in_again_moves_the_time_of_the_proof_and_single_sign_on_does_not() {
    let client = Client::start().await;
    let page = client.authorize(LARKFIELD, &client.asked(), None).await;
    let cookie = client.press(&page, PETRA).await.cookie.unwrap();
    client.order(Order::AdvanceClock { seconds: 1000 });
    let when = async |code: &str| {
        let answer = client.token(&client.code_form(code)).await;
        payload(&text(&answer.body, "id_token"))["auth_time"].as_i64().unwrap()
    };
    let silent = client.authorize(LARKFIELD, &client.asked(), Some(&cookie)).await;
    let old = when(&silent.code()).await;
    let fresh = when(&client.code(PETRA, &[("prompt", "login")]).await).await;
    assert!(fresh - old >= 1000, "{fresh} - {old}");
}

#[tokio::test]
async fn the_authentication_context_that_was_asked_for_is_in_the_id_token() {
    let client = Client::start().await;
    let claims = r#"{"id_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    let tokens = client.tokens(PETRA, &[("claims", claims)]).await;
    assert_eq!(payload(&text(&tokens, "id_token"))["acrs"], json!(["c1"]));
}

#[tokio::test]
async fn denying_disabled_and_unconsented_accounts_end_as_entra_ends_them() {
    let client = Client::start().await;
    let page = client.authorize(LARKFIELD, &client.asked(), None).await;
    let denied = client.send(&page, &[("flow", page.flow()), ("deny", "yes".into())]).await;
    assert_eq!(
        (denied.member("error").as_deref(), denied.number()),
        (Some("access_denied"), 65004)
    );

    let page = client.authorize(LARKFIELD, &client.asked(), None).await;
    let again = client.press(&page, LOVISA).await;
    assert_eq!((again.to.is_none(), again.number()), (true, 50057));
    let back = client.press(&again, NILS).await;
    assert_eq!((back.member("error").as_deref(), back.number()), (Some("consent_required"), 65001));
}

#[tokio::test]
async fn a_form_is_taken_once_and_only_with_the_token_of_its_page() {
    let client = Client::start().await;
    let page = client.authorize(LARKFIELD, &client.asked(), None).await;
    let forged = [("flow", "guessed".to_owned()), ("account", page.button(PETRA))];
    assert_eq!(client.send(&page, &forged).await.number(), 90014);
    assert_eq!(client.press(&page, PETRA).await.status, 303);
    assert_eq!(client.press(&page, PETRA).await.number(), 90014);
}

#[tokio::test]
async fn no_page_holds_what_was_sent_as_markup_and_none_may_be_kept() {
    let client = Client::start().await;
    let asked = changed(client.asked(), &[("client_id", "<script>alert(1)</script>")]);
    let page = client.authorize(LARKFIELD, &asked, None).await;
    assert!(page.html.contains("&lt;script&gt;") && !page.html.contains("<script"));
    let url = client.url("/larkfield.example/oauth2/v2.0/authorize");
    let response = client.http.get(url).query(&client.asked()).send().await.unwrap();
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["x-frame-options"], "DENY");
}

#[tokio::test]
async fn nothing_that_is_secret_is_told_behind_the_scenes() {
    let client = Client::start().await;
    let tokens = client.tokens(PETRA, &[]).await;
    let told = serde_json::to_string(&client.control().observed()).unwrap();
    for name in ["access_token", "refresh_token", "id_token"] {
        assert!(!told.contains(&text(&tokens, name)), "{name}");
    }
    assert!(!told.contains(VERIFIER) && !told.contains("practice-code."), "{told}");
    assert_ne!(tokens, Value::Null);
}
