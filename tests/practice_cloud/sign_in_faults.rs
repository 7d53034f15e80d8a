//! Faults of sign-in on demand, and what an operator may not do in the directory.

use crate::client::{Client, ELIN, ROWAN, read};
use crate::operator::{HANNA, OMAR, PETRA, VIKTOR, get, number, payload, text};
use base64::Engine;
use keydesk::practice::cloud::{GroupClaims, Order, SignInOrder, SignInStage, Spoilt};
use keydesk::practice::company;
use reqwest::Method;
use serde_json::{Value, json};

const LARKFIELD: &str = "larkfield.example";

fn order(client: &Client, order: SignInOrder) {
    client.order(Order::SignIn(order));
}

fn fail(client: &Client, at: SignInStage, number: u32) {
    order(client, SignInOrder::Fail { at, number, times: 1 });
}

#[tokio::test]
async fn an_ordered_number_ends_the_next_request_for_tokens() {
    let client = Client::start().await;
    for (wanted, error) in [
        (50076, "interaction_required"),
        (65001, "consent_required"),
        (53003, "access_denied"),
        (7_000_218, "invalid_client"),
        (700_016, "unauthorized_client"),
        (70008, "invalid_grant"),
        (50173, "invalid_grant"),
        (90002, "invalid_request"),
    ] {
        let code = client.code(PETRA, &[]).await;
        fail(&client, SignInStage::Token, wanted);
        let refused = client.token(&client.code_form(&code)).await;
        assert_eq!((number(&refused), &refused.body["error"]), (wanted.into(), &json!(error)));
        assert_eq!(refused.body["claims"].is_string(), wanted == 50076, "{}", refused.body);
        assert_eq!(client.token(&client.code_form(&code)).await.status, 200, "only once");
    }
}

#[tokio::test]
async fn an_ordered_number_ends_the_next_sign_in_in_the_browser() {
    let client = Client::start().await;
    for wanted in [50076, 65001, 53003] {
        fail(&client, SignInStage::Authorize, wanted);
        let page = client.authorize(LARKFIELD, &client.asked(), None).await;
        let back = client.press(&page, PETRA).await;
        assert_eq!((back.number(), back.to.is_some()), (wanted, true));
    }
    for wanted in [700_016, 90002] {
        fail(&client, SignInStage::Authorize, wanted);
        let page = client.authorize(LARKFIELD, &client.asked(), None).await;
        assert_eq!((page.number(), page.to.is_none()), (wanted, true), "the program hears nothing");
    }
}

#[tokio::test]
async fn each_spoilt_id_token_is_wrong_in_one_way_and_the_next_is_right() {
    let client = Client::start().await;
    let claims = r#"{"id_token":{"acrs":{"essential":true,"value":"c1"}}}"#;
    let good = payload(&text(&client.tokens(PETRA, &[("claims", claims)]).await, "id_token"));
    for (how, claim) in [
        (Spoilt::Nonce, "nonce"),
        (Spoilt::NoNonce, "nonce"),
        (Spoilt::Issuer, "iss"),
        (Spoilt::Audience, "aud"),
        (Spoilt::Tenant, "tid"),
        (Spoilt::Context, "acrs"),
    ] {
        order(&client, SignInOrder::SpoilIdToken { how });
        let token = text(&client.tokens(PETRA, &[("claims", claims)]).await, "id_token");
        let mut spoilt = payload(&token);
        assert_ne!(spoilt[claim], good[claim], "{how:?}");
        for name in [claim, "iat", "nbf", "exp", "auth_time", "uti"] {
            spoilt[name] = good[name].clone();
        }
        assert_eq!(spoilt, good, "{how:?}");
    }
    let now = jiff::Timestamp::now().as_second();
    order(&client, SignInOrder::SpoilIdToken { how: Spoilt::Expired });
    let expired = payload(&text(&client.tokens(PETRA, &[]).await, "id_token"));
    assert!(expired["exp"].as_i64().unwrap() < now - 3000);
    order(&client, SignInOrder::SpoilIdToken { how: Spoilt::Absent });
    assert!(client.tokens(PETRA, &[]).await.get("id_token").is_none());
}

#[tokio::test]
async fn another_person_can_come_back_than_the_one_who_was_chosen() {
    let client = Client::start().await;
    order(&client, SignInOrder::WrongPerson { upn: OMAR.into() });
    let other = client.tokens(PETRA, &[]).await;
    assert_eq!(payload(&text(&other, "id_token"))["preferred_username"], OMAR);
    let right = client.tokens(PETRA, &[]).await;
    assert_eq!(payload(&text(&right, "id_token"))["preferred_username"], PETRA);
}

#[tokio::test]
async fn a_wrong_clock_is_in_tokens_and_in_the_date_of_answers_until_faults_end() {
    let client = Client::start().await;
    let path = "/larkfield.example/v2.0/.well-known/openid-configuration";
    client.order(Order::ClockSkew { seconds: -7200 });
    let now = jiff::Timestamp::now().as_second();
    let claims = payload(&text(&client.tokens(PETRA, &[]).await, "id_token"));
    assert!(claims["exp"].as_i64().unwrap() < now - 3000);
    let date = |answer: &crate::client::Answer| {
        let dates: Vec<_> = answer.headers.get_all("date").iter().collect();
        assert_eq!(dates.len(), 1);
        jiff::fmt::rfc2822::parse(dates[0].to_str().unwrap()).unwrap().timestamp().as_second()
    };
    assert!((date(&get(&client, path).await) - now + 7200).abs() < 60);
    client.order(Order::EndFaults);
    assert!((date(&get(&client, path).await) - now).abs() < 60);
}

#[tokio::test]
async fn after_a_new_signing_key_the_old_one_is_published_still() {
    let client = Client::start().await;
    let keys = async || {
        let answer = get(&client, "/larkfield.example/discovery/v2.0/keys").await;
        let keys = answer.body["keys"].as_array().unwrap().clone();
        keys.iter().map(|key| text(key, "kid")).collect::<Vec<_>>()
    };
    let before = keys().await;
    order(&client, SignInOrder::RotateSigningKey);
    let after = keys().await;
    assert!(after.contains(&before[0]) && after.len() == 2, "{before:?} {after:?}");
}

#[tokio::test]
async fn groups_stand_in_the_token_or_behind_a_pointer_or_not_at_all() {
    let client = Client::start().await;
    for (form, in_token, behind) in [
        (GroupClaims::Ids, true, false),
        (GroupClaims::Overage, false, true),
        (GroupClaims::Absent, false, false),
    ] {
        order(&client, SignInOrder::GroupClaims { form });
        let claims = payload(&text(&client.tokens(OMAR, &[]).await, "id_token"));
        assert_eq!(claims.get("groups").is_some(), in_token, "{form:?}");
        assert_eq!(claims.get("_claim_names").is_some(), behind, "{form:?}");
    }
}

#[tokio::test]
async fn a_claims_challenge_holds_until_a_token_with_the_context_comes() {
    let mut client = Client::start().await;
    let capable = r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#;
    client.token = text(&client.tokens(PETRA, &[("claims", capable)]).await, "access_token");
    order(&client, SignInOrder::ClaimsChallenge { context: "c1".into() });
    let refused = client.get("/v1.0/users?$top=1").await;
    assert_eq!(refused.status, 401);
    let header = refused.headers["www-authenticate"].to_str().unwrap().to_owned();
    assert!(header.contains("error=\"insufficient_claims\""), "{header}");
    let claims = header.split("claims=\"").last().unwrap().split('"').next().unwrap();
    let claims = base64::engine::general_purpose::STANDARD.decode(claims).unwrap();
    let mut claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!(claims["access_token"]["acrs"]["value"], "c1");
    claims["access_token"]["xms_cc"] = json!({"values": ["cp1"]});
    let claims = claims.to_string();
    let tokens = client.tokens(PETRA, &[("claims", &claims)]).await;
    client.token = text(&tokens, "access_token");
    assert_eq!(client.get("/v1.0/users?$top=1").await.status, 200);
    let renewed = client.refresh(&text(&tokens, "refresh_token")).await;
    client.token = text(&renewed.body, "access_token");
    assert_eq!(client.get("/v1.0/users?$top=1").await.status, 200, "the context goes along");

    client.become_operator(PETRA).await;
    assert_eq!(client.get("/v1.0/users?$top=1").await.status, 403, "not said to understand it");
}

#[tokio::test]
async fn an_operators_role_in_the_directory_limits_what_he_may_do() {
    let mut client = Client::start().await;
    let options =
        |who: &str| format!("/v1.0/users/{who}/authentication/fido2Methods/creationOptions");
    let list = |who: &str| format!("/v1.0/users/{who}/authentication/fido2Methods");
    for (operator, of_elin, of_rowan, reads_rowan) in [
        (PETRA, 200, 200, 200),
        (OMAR, 200, 403, 403),
        (VIKTOR, 403, 403, 200),
        (HANNA, 200, 200, 200),
    ] {
        client.become_operator(operator).await;
        assert_eq!(client.get(&options(ELIN)).await.status, of_elin, "{operator}");
        assert_eq!(client.get(&options(ROWAN)).await.status, of_rowan, "{operator}");
        assert_eq!(client.get(&list(ROWAN)).await.status, reads_rowan, "{operator}");
    }
    client.sign_in().await;
    assert_eq!(client.get(&options(ROWAN)).await.status, 200, "an application has no such limit");
    assert_eq!(client.get("/v1.0/me").await.status, 400, "and no self");
}

#[tokio::test]
async fn an_operator_reads_his_own_groups() {
    let mut client = Client::start().await;
    client.become_operator(OMAR).await;
    let clerks = company::operator_group(keydesk::access::Role::Clerk).to_string();
    let helpdesk = company::operator_group(keydesk::access::Role::Helpdesk).to_string();
    let body = json!({"groupIds": [clerks, helpdesk]});
    let checked = client.post("/v1.0/me/checkMemberGroups", &body).await;
    assert_eq!(checked.body["value"], json!([clerks]));
    let path =
        "/v1.0/me/transitiveMemberOf/microsoft.graph.group?$select=id,displayName&$count=true";
    let request = client.request(Method::GET, path).header("ConsistencyLevel", "eventual");
    let groups = read(request).await;
    assert_eq!(groups.texts("displayName"), ["Keydesk clerks", "Keydesk operators"]);
    let members = client.get(&format!("/v1.0/groups/{clerks}/members")).await;
    assert!(members.texts("displayName").contains(&"Omar Haddad"));
}

#[tokio::test]
async fn policies_of_the_pass_and_the_text_message_are_read_with_the_passkeys_or_alone() {
    let client = Client::start().await;
    let base = "/v1.0/policies/authenticationMethodsPolicy";
    let one = |name: &str| format!("{base}/authenticationMethodConfigurations/{name}");
    let pass = client.get(&one("TemporaryAccessPass")).await.body;
    assert_eq!((&pass["state"], &pass["isUsableOnce"]), (&json!("enabled"), &json!(false)));
    client.order(Order::Policy(keydesk::practice::cloud::PolicyChange {
        sms_enabled: Some(false),
        ..Default::default()
    }));
    assert_eq!(client.get(&one("Sms")).await.body["state"], "disabled");
    let all = client.get(base).await.body;
    let ids: Vec<_> = all["authenticationMethodConfigurations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| text(one, "id"))
        .collect();
    assert_eq!(ids, ["Fido2", "TemporaryAccessPass", "Sms"]);
}

#[tokio::test]
async fn another_process_can_order_it_too() {
    let client = Client::start().await;
    let orders = json!([
        {"order": "sign_in", "what": "fail", "at": "token", "number": 53003, "times": 1},
        {"order": "sign_in", "what": "spoil_id_token", "how": "signature"},
        {"order": "sign_in", "what": "revoke_refresh_tokens"},
        {"order": "clock_skew", "seconds": 3600},
        {"order": "consent", "domain": "harbourfoods.example", "given": false},
    ]);
    let answer = read(client.http.post(client.url("/_control")).json(&orders)).await;
    assert_eq!(answer.status, 204, "{}", answer.body);
    assert_eq!(number(&client.token(&client.secret_form()).await), 53003);
}
