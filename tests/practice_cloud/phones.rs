//! Phones, passes, mails, sessions and attributes: what the service takes and what it refuses.

use crate::client::{AMINA, Answer, Client, ELIN, ROWAN, read};
use keydesk::phones::PhoneKind;
use keydesk::practice::cloud::{Effect, Fault, HeldNumber, Order, PolicyChange, Share};
use reqwest::Method;
use serde_json::{Value, json};

const MOBILE: &str = "3179e48a-750b-4051-897c-87b9720928f7";
const ALTERNATE: &str = "b6332ec1-7057-4abe-9331-3d72feddfe41";
const OFFICE: &str = "e37fc753-ff3b-4958-9484-eaa9425c82bc";
const NEW: &str = "+46 701740690";
const OTHER: &str = "+46 701740691";
/// Nobody has phones here at first.
const ZOFIA: &str = "zofia.krol@larkfield.example";

fn path(person: &str, below: &str) -> String {
    format!("/v1.0/users/{person}/authentication/phoneMethods{below}")
}

impl Client {
    async fn add(&self, person: &str, kind: &str, number: &str) -> Answer {
        let body = json!({"phoneNumber": number, "phoneType": kind});
        self.post(&path(person, ""), &body).await
    }

    async fn patch(&self, person: &str, id: &str, body: Value) -> Answer {
        let path = path(person, &format!("/{id}"));
        read(self.request(Method::PATCH, &path).json(&body)).await
    }

    async fn remove(&self, person: &str, id: &str) -> Answer {
        self.delete(&path(person, &format!("/{id}"))).await
    }

    async fn sms(&self, person: &str, action: &str) -> Answer {
        self.post(&path(person, &format!("/{MOBILE}/{action}")), &json!({})).await
    }

    async fn sms_state(&self, person: &str) -> String {
        let phone = self.get(&path(person, &format!("/{MOBILE}"))).await;
        phone.body["smsSignInState"].as_str().unwrap_or_default().to_owned()
    }
}

fn told(answer: &Answer) -> (u16, &str, &str) {
    (answer.status.as_u16(), answer.code(), answer.reason())
}

#[tokio::test]
async fn a_phone_is_added_changed_and_removed_by_the_services_rules() {
    let client = Client::start().await;
    let is = |kind, number| client.control().phone_is(ZOFIA, kind, number);
    let refused = async |answer: Answer, reason: &str| {
        assert_eq!(told(&answer), (400, "badRequest", reason));
    };
    refused(client.add(ZOFIA, "alternateMobile", NEW).await, "FAKE_NeedsMobile").await;
    for wrong in ["+46701740690", "0701740690", "XXXXXXXX90", "", "+46 70 174 06 90"] {
        refused(client.add(ZOFIA, "mobile", wrong).await, "FAKE_PhoneNumberFormat").await;
    }
    refused(client.add(ZOFIA, "mobile", "+1 2065550100x1").await, "FAKE_Extension").await;
    refused(client.add(ZOFIA, "pager", NEW).await, "FAKE_PhoneType").await;
    let added = client.add(ZOFIA, "mobile", NEW).await;
    assert_eq!((added.status.as_u16(), added.body["id"].as_str()), (201, Some(MOBILE)));
    refused(client.add(ZOFIA, "mobile", OTHER).await, "FAKE_PhoneTypeExists").await;
    refused(client.add(ZOFIA, "alternateMobile", NEW).await, "FAKE_NumberRegistered").await;
    assert_eq!(client.add(ZOFIA, "alternateMobile", OTHER).await.status, 201);
    assert_eq!(client.add(ZOFIA, "office", "+1 2065550100x123").await.status, 201);
    refused(client.remove(ZOFIA, MOBILE).await, "FAKE_HasAlternate").await;
    let typed = json!({"phoneNumber": NEW, "phoneType": "mobile"});
    refused(client.patch(ZOFIA, OFFICE, typed).await, "FAKE_PhoneTypeFixed").await;
    let changed = client.patch(ZOFIA, OFFICE, json!({"phoneNumber": "+46 184601299"})).await;
    assert_eq!((changed.status.as_u16(), changed.body), (204, Value::Null));
    assert!(is(PhoneKind::Office, Some("+46 184601299")));
    for id in [ALTERNATE, MOBILE, OFFICE] {
        assert_eq!(client.remove(ZOFIA, id).await.status, 204);
    }
    assert_eq!(client.remove(ZOFIA, MOBILE).await.code(), "Request_ResourceNotFound");
    assert_eq!(client.patch(ZOFIA, MOBILE, json!({"phoneNumber": NEW})).await.status, 404);
    assert_eq!(client.remove(ZOFIA, "nosuch").await.status, 404);
    assert_eq!(client.add("nobody", "mobile", NEW).await.status, 404);
    assert!(PhoneKind::ALL.into_iter().all(|kind| is(kind, None)));
    let seen = client.control().observed();
    assert_eq!((seen.phones.len(), seen.phones[0].writes), (1, 7));
}

#[tokio::test]
async fn sign_in_by_text_is_one_persons_by_a_number_and_the_policys_to_allow() {
    let client = Client::start().await;
    assert_eq!(client.add(ZOFIA, "mobile", NEW).await.body["smsSignInState"], "ready");
    let number = json!({"phoneNumber": NEW});
    assert_eq!(client.patch(ROWAN, MOBILE, number).await.status, 204);
    assert_eq!(client.sms_state(ROWAN).await, "phoneNumberNotUnique");
    let refused = client.sms(ROWAN, "enableSmsSignIn").await;
    assert_eq!(told(&refused), (400, "badRequest", "FAKE_PhoneNumberNotUnique"));
    assert_eq!(client.sms(ZOFIA, "disableSmsSignIn").await.status, 204);
    assert_eq!(client.sms_state(ZOFIA).await, "notEnabled");
    assert_eq!(client.sms(ROWAN, "enableSmsSignIn").await.status, 204);
    assert_eq!(client.sms_state(ROWAN).await, "ready");
    assert_eq!(client.add(ZOFIA, "office", "+46 184601298").await.status, 201);
    let office = path(ZOFIA, &format!("/{OFFICE}/enableSmsSignIn"));
    assert_eq!(client.post(&office, &json!({})).await.reason(), "FAKE_NotMobile");
    client.order(Order::Policy(PolicyChange { sms_sign_in: Some(false), ..Default::default() }));
    assert_eq!(client.sms_state(ROWAN).await, "notAllowedByPolicy");
    assert_eq!(client.sms(ZOFIA, "enableSmsSignIn").await.reason(), "FAKE_SmsNotAllowed");
}

#[tokio::test]
async fn an_administrators_phones_are_not_the_helpdesks_to_change() {
    let mut client = Client::start().await;
    client.become_operator("saga.nyberg@larkfield.example").await;
    assert_eq!(client.get(&path(ROWAN, "")).await.code(), "accessDenied");
    assert_eq!(client.add(ROWAN, "office", NEW).await.code(), "accessDenied");
    assert_eq!(client.add(ELIN, "office", NEW).await.status, 201);
    let revoke = |person: &str| format!("/v1.0/users/{person}/revokeSignInSessions");
    assert_eq!(client.post(&revoke(ROWAN), &json!({})).await.status, 403);
    assert_eq!(client.post(&revoke(ELIN), &json!({})).await.body["value"], true);
    client.become_operator("viktor.ek@larkfield.example").await;
    assert_eq!(client.get(&path(ELIN, "")).await.status, 200);
    assert_eq!(client.remove(ELIN, OFFICE).await.status, 403);
}

#[tokio::test]
async fn each_thing_needs_its_permission() {
    let client = Client::start().await;
    let user = |below: &str| format!("/v1.0/users/{ELIN}/{below}");
    let pass = user("authentication/temporaryAccessPassMethods");
    for (permission, path) in [
        ("UserAuthMethod-Phone.ReadWrite.All", path(ELIN, "")),
        ("UserAuthMethod-TAP.ReadWrite.All", pass),
        ("User.RevokeSessions.All", user("revokeSignInSessions")),
        ("Mail.Send", user("sendMail")),
    ] {
        client.order(Order::RemovePermission { permission: permission.into() });
        assert_eq!(client.post(&path, &json!({})).await.status, 403, "{permission}");
        client.order(Order::GrantPermission { permission: permission.into() });
        assert_ne!(client.post(&path, &json!({})).await.status, 403, "{permission}");
    }
}

#[tokio::test]
async fn a_pass_obeys_the_policy_is_read_once_and_replaces_the_one_before() {
    let client = Client::start().await;
    let passes = format!("/v1.0/users/{ELIN}/authentication/temporaryAccessPassMethods");
    let issue = async |body: Value| client.post(&passes, &body).await;
    let change = |change| client.order(Order::Policy(change));
    for wrong in [9, 481] {
        let refused = issue(json!({"lifetimeInMinutes": wrong})).await;
        assert_eq!(told(&refused), (400, "badRequest", "FAKE_PassLifetime"));
    }
    let first = issue(json!({})).await;
    assert_eq!((first.status.as_u16(), &first.body["lifetimeInMinutes"]), (201, &json!(60)));
    let pass = first.body["temporaryAccessPass"].as_str().unwrap();
    assert!(client.control().pass_is(ELIN, pass));
    let second = issue(json!({"lifetimeInMinutes": 30, "isUsableOnce": true})).await;
    assert!(!client.control().pass_is(ELIN, pass));
    let listed = client.get(&passes).await;
    let [only] = &listed.values()[..] else { panic!("one pass") };
    assert_eq!((&only["id"], &only["temporaryAccessPass"]), (&second.body["id"], &Value::Null));
    assert_eq!((&only["isUsableOnce"], &only["isUsable"]), (&json!(true), &json!(true)));
    let methods = client.get(&format!("/v1.0/users/{ELIN}/authentication/methods")).await;
    assert!(
        methods
            .texts("@odata.type")
            .contains(&"#microsoft.graph.temporaryAccessPassAuthenticationMethod")
    );
    change(PolicyChange { pass_once: Some(true), ..Default::default() });
    assert_eq!(issue(json!({"isUsableOnce": false})).await.reason(), "FAKE_PassOnce");
    client.order(Order::AdvanceClock { seconds: 1801 });
    client.order(Order::TokenLifetime { seconds: 36_000 });
    assert_eq!(client.get(&passes).await.values()[0]["methodUsabilityReason"], "Expired");
    change(PolicyChange { pass_enabled: Some(false), ..Default::default() });
    assert_eq!(issue(json!({})).await.reason(), "FAKE_PassDisabled");
    let id = second.body["id"].as_str().unwrap();
    let one = format!("{passes}/{id}");
    assert_eq!(client.delete(&one).await.status, 204);
    assert_eq!(client.delete(&one).await.status, 404);
}

#[tokio::test]
async fn a_mail_goes_out_of_the_mailbox_the_caller_may_use() {
    let mut client = Client::start().await;
    let mail = json!({"message": {
        "subject": "Your phone was changed", "body": {"contentType": "Text", "content": "Hello"},
        "toRecipients": [{"emailAddress": {"address": ELIN}}]}, "saveToSentItems": false});
    let send = |from: &str| format!("/v1.0/users/{from}/sendMail");
    assert_eq!(client.post(&send(ROWAN), &mail).await.status, 202);
    assert_eq!(client.post(&send(ROWAN), &json!({"message": {}})).await.status, 400);
    client.become_operator("saga.nyberg@larkfield.example").await;
    let refused = client.post(&send(ROWAN), &mail).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (403, "ErrorAccessDenied"));
    assert_eq!(client.post(&send("saga.nyberg@larkfield.example"), &mail).await.status, 202);
    let seen = client.control().observed();
    assert_eq!(seen.mails.len(), 2);
    assert_eq!((seen.mails[0].from.as_str(), &seen.mails[0].to[..]), (ROWAN, &[ELIN.into()][..]));
}

#[tokio::test]
async fn a_batch_writes_reads_and_writes_again_in_the_order_of_what_depends() {
    let client = Client::start().await;
    let request = |id: &str, method: &str, below: &str, body: Option<Value>, on: &[&str]| {
        let mut request = json!({"id": id, "method": method, "dependsOn": on,
            "url": format!("/users/{ZOFIA}/authentication/phoneMethods{below}")});
        if let Some(body) = body {
            request["headers"] = json!({"Content-Type": "application/json"});
            request["body"] = body;
        }
        request
    };
    let mobile = || Some(json!({"phoneNumber": NEW, "phoneType": "mobile"}));
    let alternate = || Some(json!({"phoneNumber": OTHER, "phoneType": "alternateMobile"}));
    let requests = json!({"requests": [
        request("4", "DELETE", &format!("/{ALTERNATE}"), None, &["3"]),
        request("3", "PATCH", &format!("/{MOBILE}"), Some(json!({"phoneNumber": "+46 701740692"})), &["2"]),
        request("2", "POST", "", alternate(), &["1"]),
        request("1", "POST", "", mobile(), &[]),
        request("5", "POST", "", mobile(), &["1"]),
        request("6", "GET", "", None, &["5"]),
    ]});
    let answer = client.post("/v1.0/$batch", &requests).await;
    let status = |id: &str| {
        let responses = answer.body["responses"].as_array().unwrap();
        responses.iter().find(|one| one["id"] == id).unwrap()["status"].as_u64().unwrap()
    };
    assert_eq!(["1", "2", "3", "4", "5", "6"].map(status), [201, 201, 204, 204, 400, 424]);
    assert!(client.control().phone_is(ZOFIA, PhoneKind::Mobile, Some("+46 701740692")));
    assert!(client.control().phone_is(ZOFIA, PhoneKind::AlternateMobile, None));
    let circle = json!({"requests": [
        request("1", "GET", "", None, &["2"]), request("2", "GET", "", None, &["1"])]});
    assert_eq!(client.post("/v1.0/$batch", &circle).await.status, 400);
}

#[tokio::test]
async fn another_program_can_change_a_number_and_what_is_told_hides_it() {
    let client = Client::start().await;
    let number = Some(HeldNumber::new(NEW));
    let kind = PhoneKind::Mobile;
    client.order(Order::SetPhone { person: AMINA.into(), kind, number });
    assert!(client.control().phone_is(AMINA, kind, Some(NEW)));
    let seen = client.get("/_control").await.body;
    let [one] = &seen["phones"].as_array().unwrap()[..] else { panic!("one person") };
    assert_eq!((&one["upn"], &one["writes"]), (&json!(AMINA), &json!(0)));
    assert!(!seen["phones"].to_string().contains("70174"), "a number is told");
    let of_one = client.get(&format!("/_control/phones/{AMINA}")).await.body;
    assert_eq!(of_one[0]["masked"], "+46 ••• ••• 90");
    let order = json!({"order": "set_phone", "person": AMINA, "kind": "mobile", "number": null});
    assert_eq!(client.post("/_control", &order).await.status, 204);
    assert!(client.control().phone_is(AMINA, kind, None));
}

#[tokio::test]
async fn attributes_hold_what_personnel_systems_hold_or_what_was_ordered() {
    let client = Client::start().await;
    let of = async |person: &str| {
        let select = "?$select=onPremisesExtensionAttributes";
        let answer = client.get(&format!("/v1.0/users/{person}{select}")).await;
        answer.body["onPremisesExtensionAttributes"].clone()
    };
    let elin = of(ELIN).await;
    assert_eq!(elin.as_object().unwrap().len(), 15);
    assert!(elin["extensionAttribute1"].as_str().unwrap().starts_with("K-"));
    assert!(elin["extensionAttribute7"].as_str().unwrap().starts_with("070-"));
    assert!(elin["extensionAttribute2"].is_null());
    let value = Some(HeldNumber::new("7".repeat(300)));
    client.order(Order::SetAttribute { person: ELIN.into(), number: 7, value });
    client.order(Order::SetAttribute { person: ELIN.into(), number: 15, value: None });
    let elin = of(ELIN).await;
    assert_eq!(elin["extensionAttribute7"].as_str().unwrap().len(), 300);
    assert!(elin["extensionAttribute15"].is_null());
}

#[tokio::test]
async fn more_writes_than_the_quota_wait_and_reads_do_not() {
    let client = Client::start().await;
    client.order(Order::WriteQuota { writes: 2, per_s: 60 });
    assert_eq!(client.add(ZOFIA, "mobile", NEW).await.status, 201);
    assert_eq!(client.remove(ZOFIA, MOBILE).await.status, 204);
    let throttled = client.add(ZOFIA, "mobile", NEW).await;
    assert_eq!((throttled.status.as_u16(), throttled.code()), (429, "TooManyRequests"));
    assert_eq!(throttled.headers["retry-after"], "30");
    assert_eq!(client.get(&path(ZOFIA, "")).await.status, 200);
    client.order(Order::WriteQuota { writes: 0, per_s: 0 });
    assert_eq!(client.add(ZOFIA, "mobile", NEW).await.status, 201);
}

#[tokio::test]
async fn a_lost_share_is_carried_out_and_not_answered() {
    let client = Client::start().await;
    client.order(Order::LoseShare(Share {
        path: "phoneMethods".into(),
        throttled_percent: 0,
        failed_percent: 100,
        retry_after_s: None,
        seed: 1,
    }));
    let inside = json!({"requests": [{"id": "1", "method": "POST",
        "url": format!("/users/{ZOFIA}/authentication/phoneMethods"),
        "headers": {"Content-Type": "application/json"},
        "body": {"phoneNumber": NEW, "phoneType": "mobile"}}]});
    let answer = client.post("/v1.0/$batch", &inside).await;
    assert_eq!(answer.body["responses"][0]["status"], 504);
    assert!(client.control().phone_is(ZOFIA, PhoneKind::Mobile, Some(NEW)));
    client.order(Order::EndFaults);
    client.order(Order::FailNext(Fault {
        method: Some("DELETE".into()),
        path: MOBILE.into(),
        times: 1,
        effect: Effect::CutAfter,
    }));
    let cut = client.request(Method::DELETE, &path(ZOFIA, &format!("/{MOBILE}"))).send().await;
    assert!(cut.is_err());
    assert!(client.control().phone_is(ZOFIA, PhoneKind::Mobile, None));
}
