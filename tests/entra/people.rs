//! Finding people, a person's card, paging, and the policy.

use crate::entra;
use crate::service::{Reply, Seen, Service, error, ok, reply};
use keydesk::directory::{
    AccountState, Directory, DirectoryError, KeyRestriction, Method, OtherMethods, PersonId,
    PersonKind,
};
use keydesk::problem::Explain;
use serde_json::{Value, json};

fn user(id: &str, name: &str, upn: &str) -> Value {
    json!({"id": id, "displayName": name, "userPrincipalName": upn, "mail": null, "accountEnabled": true,
        "employeeId": null, "department": "Field service", "jobTitle": null, "userType": "Member",
        "@odata.type": "#microsoft.graph.user", "unknownMember": [1]})
}

#[tokio::test]
async fn a_search_asks_for_names_and_addresses_and_escapes_what_was_typed() {
    let service =
        Service::start(|_| ok(json!({"value": [user("1", "Ann O'Brien", "ann@l.example")]}))).await;
    let found = entra(&service.base).find("  O'Brien \"& Co\" #EXT# +å ", 20).await.unwrap();
    assert_eq!(found[0].display_name, "Ann O'Brien");
    assert_eq!(found[0].department.as_deref(), Some("Field service"));
    let [call] = &service.calls()[..] else { panic!("one call") };
    assert_eq!((call.method.as_str(), call.path.as_str()), ("GET", "/v1.0/users"));
    assert_eq!(call.header("consistencylevel"), Some("eventual"));
    let query = call.query.replace("%2B", "PLUS");
    assert!(!query.contains('+') && !query.contains(' '));
    let search = pairs(&call.query, "$search");
    let typed = r#"O'Brien \"& Co\" #EXT# +å"#;
    assert_eq!(
        search,
        format!(r#""displayName:{typed}" OR "mail:{typed}" OR "userPrincipalName:{typed}""#)
    );
    assert_eq!(call.option("$count").as_deref(), Some("true"));
    assert_eq!(call.option("$top").as_deref(), Some("20"));
    assert!(call.option("$select").unwrap().contains("accountEnabled"));
}

fn pairs(query: &str, name: &str) -> String {
    let mut found = url::form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
    found.next().unwrap().1.into_owned()
}

#[tokio::test]
async fn an_employee_id_is_looked_up_as_one_and_its_person_comes_first_and_once() {
    let service = Service::start(|seen| match seen.option("$filter") {
        Some(filter) => {
            assert_eq!(filter, "employeeId eq 'O''104882'");
            assert_eq!(seen.header("consistencylevel"), Some("eventual"));
            ok(json!({"value": [user("2", "Elin", "elin@l.example")]}))
        }
        None => ok(json!({"value": [user("1", "Ann", "ann@l.example"), user("2", "Elin", "elin@l.example")]})),
    })
    .await;
    let found = entra(&service.base).find("O'104882", 20).await.unwrap();
    let ids: Vec<&str> = found.iter().map(|person| person.id.0.as_str()).collect();
    assert_eq!(ids, ["2", "1"]);
}

#[tokio::test]
async fn nothing_typed_asks_nothing() {
    let service = Service::start(|_| error(500, "x")).await;
    assert_eq!(entra(&service.base).find("  ", 20).await.unwrap(), []);
    assert!(service.seen().is_empty());
}

#[tokio::test]
async fn pages_are_followed_as_given_until_there_is_enough() {
    let service = Service::start(paged).await;
    let entra = entra(&service.base);
    let all = entra.find("a", 100).await.unwrap();
    assert_eq!(all.len(), 3);
    let calls = service.calls();
    assert_eq!(calls.len(), 4);
    assert_eq!(calls[2].query, "$skiptoken=X(4453%20)&more=%27+1");
    assert!(calls.iter().all(|call| call.header("consistencylevel") == Some("eventual")));
    assert_eq!(entra.find("a", 1).await.unwrap().len(), 1);
    assert_eq!(service.calls().len(), 5);
}

/// Four pages, one of them empty.
fn paged(seen: &Seen) -> Reply {
    let host = seen.header("host").unwrap();
    let next = |token: &str| format!("http://{host}/v1.0/users?{token}");
    match seen.query.as_str() {
        "$skiptoken=1" => {
            ok(json!({"value": [], "@odata.nextLink": next("$skiptoken=X(4453%20)&more=%27+1")}))
        }
        "$skiptoken=X(4453%20)&more=%27+1" => ok(
            json!({"value": [user("2", "B", "b@l.example")], "@odata.nextLink": next("$skiptoken=3")}),
        ),
        "$skiptoken=3" => ok(json!({"value": [user("3", "C", "c@l.example")]})),
        _ => ok(
            json!({"value": [user("1", "A", "a@l.example")], "@odata.nextLink": next("$skiptoken=1")}),
        ),
    }
}

#[tokio::test]
async fn a_next_page_at_another_address_is_not_asked() {
    let elsewhere = Service::start(|_| ok(json!({"value": []}))).await;
    let link = format!("{}/v1.0/users?$skiptoken=1", elsewhere.base);
    let service = Service::start(move |_| {
        ok(json!({"value": [user("1", "A", "a@l.example")], "@odata.nextLink": link}))
    })
    .await;
    let refused = entra(&service.base).find("a", 100).await.unwrap_err();
    assert!(matches!(refused, DirectoryError::Garbled { .. }));
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Service::start(|_| ok(json!({"value": []}))).await;
    let link = elsewhere.base.clone();
    let service = Service::start(move |_| reply(302, "").with("location", &link)).await;
    let refused = entra(&service.base).find("a", 100).await.unwrap_err();
    assert!(matches!(refused, DirectoryError::Refused(facts) if facts.status == Some(302)));
    assert!(elsewhere.seen().is_empty());
}

#[tokio::test]
async fn people_without_names_mean_a_missing_permission() {
    let service = Service::start(|_| {
        ok(json!({"value": [{"@odata.type": "#microsoft.graph.user", "id": "1", "displayName": null,
            "userPrincipalName": null}]}))
    })
    .await;
    let refused = entra(&service.base).find("a", 100).await.unwrap_err();
    assert!(refused.what().contains("User.Read.All"), "{}", refused.what());
}

const GUEST: &str = "o'brien_x.example#EXT#@l.example";

fn card(seen: &Seen) -> Reply {
    let person = "/v1.0/users/o%27brien_x.example%23EXT%23%40l.example";
    let Some(rest) = seen.path.strip_prefix(person) else {
        return error(404, "Request_ResourceNotFound");
    };
    let odata = |name: &str| format!("#microsoft.graph.{name}");
    match rest {
        "" => {
            let mut user = user("1", "Pat O'Brien", GUEST);
            user["userType"] = json!("Guest");
            user["accountEnabled"] = json!(false);
            ok(user)
        }
        "/photo/$value" => reply(200, [0xff, 0xd8, 0xff, 0xe0]).with("content-type", "image/jpeg"),
        "/transitiveMemberOf" => ok(json!({"value": [
            {"@odata.type": odata("group"), "id": "g-1"},
            {"@odata.type": odata("directoryRole"), "id": "r-1"},
            {"@odata.type": odata("group"), "id": "g-2"}]})),
        "/authentication/fido2Methods" => ok(json!({"value": [{
            "id": "Oy0dkr_kI6lp0loPvgEWqA2", "displayName": "Old key", "model": "YubiKey 5 NFC",
            "aaGuid": "2fc0579f-8113-47ea-b116-bb5a8db9202a", "createdDateTime": "2025-01-02T03:04:05Z"}]})),
        "/authentication/methods" => ok(json!({"value": [
            {"@odata.type": odata("passwordAuthenticationMethod"), "id": "p"},
            {"@odata.type": odata("phoneAuthenticationMethod"), "phoneNumber": "+46 701234567", "phoneType": "mobile"},
            {"@odata.type": odata("fido2AuthenticationMethod"), "id": "f"},
            {"@odata.type": odata("hardwareOathAuthenticationMethod"), "id": "h"}]})),
        _ => error(404, "Request_ResourceNotFound"),
    }
}

#[tokio::test]
async fn a_card_holds_person_photo_methods_passkeys_and_groups() {
    let service = Service::start(card).await;
    let card = entra(&service.base).person(&PersonId(GUEST.into())).await.unwrap();
    assert_eq!(card.person.id, PersonId("1".into()));
    assert_eq!(
        (card.person.account, card.person.kind),
        (AccountState::Disabled, PersonKind::Guest)
    );
    assert_eq!(card.photo, Some(vec![0xff, 0xd8, 0xff, 0xe0]));
    assert_eq!(card.groups, ["g-1", "g-2"]);
    assert_eq!(card.other_methods, OtherMethods::Listed);
    assert_eq!(
        card.methods,
        [
            Method::Password,
            Method::Phone { masked: "+46 ••• ••• 67".into() },
            Method::Passkey,
            Method::Other("hardwareOathAuthenticationMethod".into()),
        ]
    );
    let [key] = &card.passkeys[..] else { panic!("one passkey") };
    assert_eq!(
        (key.display_name.as_str(), key.model.as_deref()),
        ("Old key", Some("YubiKey 5 NFC"))
    );
    assert!(key.credential_ids.iter().any(|id| id.0.len() == 16));
    assert!(key.aaguid.is_some() && key.created.is_some());
}

#[tokio::test]
async fn a_card_does_without_a_photo_and_without_the_other_methods() {
    let service = Service::start(|seen| match seen.path.rsplit('/').next().unwrap() {
        "$value" => error(404, "ImageNotFound"),
        "methods" => error(403, "accessDenied"),
        _ => card(seen),
    })
    .await;
    let card = entra(&service.base).person(&PersonId(GUEST.into())).await.unwrap();
    assert_eq!(card.photo, None);
    assert_eq!(card.methods, [Method::Passkey]);
    let permission = "UserAuthenticationMethod.Read.All";
    assert_eq!(card.other_methods, OtherMethods::Hidden { permission });
}

#[tokio::test]
async fn a_slow_or_broken_photo_costs_one_request_and_an_unknown_picture_is_none() {
    for photo in [|| error(503, "x"), || reply(200, "<html>")] {
        let service =
            Service::start(
                move |seen| {
                    if seen.path.ends_with("$value") { photo() } else { card(seen) }
                },
            )
            .await;
        let card = entra(&service.base).person(&PersonId(GUEST.into())).await.unwrap();
        assert_eq!(card.photo, None);
        assert_eq!(service.calls().iter().filter(|call| call.path.ends_with("$value")).count(), 1);
    }
}

#[tokio::test]
async fn each_refused_part_of_a_card_names_its_permission() {
    for (part, permission) in [
        ("transitiveMemberOf", "GroupMember.Read.All"),
        ("fido2Methods", "UserAuthMethod-Passkey.ReadWrite.All"),
        ("o%27brien_x.example%23EXT%23%40l.example", "User.Read.All"),
    ] {
        let service = Service::start(move |seen| {
            if seen.path.ends_with(part) {
                error(403, "Authorization_RequestDenied")
            } else {
                card(seen)
            }
        })
        .await;
        let refused = entra(&service.base).person(&PersonId(GUEST.into())).await.unwrap_err();
        assert_eq!(refused.what(), format!("The application lacks the permission {permission}"));
    }
}

#[tokio::test]
async fn an_unknown_person_is_not_found_and_the_facts_are_kept() {
    let service = Service::start(|_| error(404, "Request_ResourceNotFound")).await;
    let DirectoryError::NotFound(facts) =
        entra(&service.base).person(&PersonId("x".into())).await.unwrap_err()
    else {
        panic!("not found")
    };
    assert_eq!(facts.status, Some(404));
    assert_eq!(facts.code.as_deref(), Some("Request_ResourceNotFound"));
    assert_eq!(facts.request_id.as_deref(), Some("req-1"));
    assert!(facts.client_request_id.is_some());
}

#[tokio::test]
async fn the_policy_is_read_from_its_place() {
    let service = Service::start(|seen| {
        assert_eq!(
            seen.path,
            "/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/fido2"
        );
        ok(json!({"state": "enabled", "isSelfServiceRegistrationAllowed": true, "includeTargets":
            [{"id": "all_users", "targetType": "group"}], "keyRestrictions": {"isEnforced": true,
            "enforcementType": "allow", "aaGuids": ["2fc0579f-8113-47ea-b116-bb5a8db9202a"]}}))
    })
    .await;
    let policy = entra(&service.base).policy().await.unwrap();
    assert!(policy.enabled);
    assert!(
        matches!(&policy.profiles[0].restriction, KeyRestriction::AllowOnly(models) if models.len() == 1)
    );
}
