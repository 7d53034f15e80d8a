//! People, groups, photos, methods and the policy.

use crate::client::{AMINA, Client, ELIN, ROWAN, read};
use keydesk::practice::cloud::{Order, PolicyChange, PolicyForm};
use keydesk::practice::company;
use reqwest::Method;
use std::collections::HashSet;

#[tokio::test]
async fn an_advanced_query_needs_its_header() {
    let client = Client::start().await;
    let advanced = [
        "/v1.0/users?$search=\"displayName:elin\"",
        "/v1.0/users?$count=true",
        "/v1.0/users?$count=true&$filter=endsWith(mail,'example')",
        "/v1.0/users?$count=true&$filter=mail ne null",
    ];
    for path in advanced {
        let refused = client.get(path).await;
        assert_eq!(
            (refused.status.as_u16(), refused.code()),
            (400, "Request_UnsupportedQuery"),
            "{path}"
        );
        assert_eq!(client.get_advanced(path).await.status, 200, "{path}");
    }
    let uncounted = client.get_advanced("/v1.0/users?$filter=mail ne null").await;
    assert_eq!(uncounted.code(), "Request_UnsupportedQuery");
}

#[tokio::test]
async fn search_finds_names_in_every_script_and_mail_and_user_name() {
    let client = Client::start().await;
    for (words, expected) in [
        ("elin", "Elin Bergström"),
        ("BERGSTRÖM", "Elin Bergström"),
        ("o'brien", "Seán O'Brien"),
        ("田中", "田中 由紀"),
        ("иванов", "Дмитрий Иванов"),
        ("الزهراء", "فاطمة الزهراء"),
        ("papadopoulou", ""),
        ("eleni.pap", "Ελένη Παπαδοπούλου"),
    ] {
        let found = search(&client, words).await;
        match expected {
            "" => assert!(found.is_empty(), "{words}: {found:?}"),
            name => assert_eq!(found, [name], "{words}"),
        }
    }
    assert_eq!(search(&client, "dylan").await.len(), 2);
}

async fn search(client: &Client, words: &str) -> Vec<String> {
    let search =
        format!("\"displayName:{words}\" OR \"mail:{words}\" OR \"userPrincipalName:{words}\"");
    let request = client.request(Method::GET, "/v1.0/users").header("ConsistencyLevel", "eventual");
    let answer = read(request.query(&[("$search", search.as_str()), ("$count", "true")])).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert_eq!(answer.body["@odata.count"], answer.values().len());
    answer.texts("displayName").into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn filter_finds_an_employee_id_and_an_apostrophe() {
    let client = Client::start().await;
    let by_number =
        client.get("/v1.0/users?$filter=employeeId eq '104882'&$select=id,displayName").await;
    assert_eq!(by_number.texts("displayName"), ["Elin Bergström"]);
    assert_eq!(by_number.values()[0].as_object().unwrap().len(), 2, "only what was selected");
    let quoted = client.get("/v1.0/users?$filter=displayName eq 'Seán O''Brien'").await;
    assert_eq!(quoted.values().len(), 1);
    let broken = client.get("/v1.0/users?$filter=displayName eq 'Seán O'Brien'").await;
    assert_eq!((broken.status.as_u16(), broken.code()), (400, "Request_BadRequest"));
}

#[tokio::test]
async fn unknown_properties_options_and_page_sizes_are_refused() {
    let client = Client::start().await;
    for path in
        ["?$select=shoeSize", "?$skip=3", "?$top=0", "?$top=1000", "?$orderby=shoeSize", "?limit=3"]
    {
        let answer = client.get(&format!("/v1.0/users{path}")).await;
        assert_eq!(answer.status, 400, "{path}");
    }
    assert_eq!(client.get("/v1.0/users?$top=999").await.status, 200);
}

#[tokio::test]
async fn pages_are_followed_to_the_end_by_their_opaque_links() {
    let client = Client::start().await;
    let mut names = HashSet::new();
    let mut pages = 0;
    let mut next = Some(client.url("/v1.0/users?$top=7&$count=true&$select=userPrincipalName"));
    while let Some(url) = next {
        let request = client.http.get(&url).bearer_auth(&client.token);
        let bare = read(request.try_clone().unwrap()).await;
        assert_eq!(bare.code(), "Request_UnsupportedQuery", "each page repeats the header");
        let answer = read(request.header("ConsistencyLevel", "eventual")).await;
        names.extend(answer.texts("userPrincipalName").into_iter().map(str::to_owned));
        next = answer.body["@odata.nextLink"].as_str().map(str::to_owned);
        pages += 1;
    }
    assert_eq!((names.len(), pages), (60, 9));
    let forged = client.get("/v1.0/users?$skiptoken=AAAA").await;
    assert_eq!(forged.status, 400);
}

#[tokio::test]
async fn a_person_is_found_by_id_and_by_encoded_user_name() {
    let client = Client::start().await;
    let by_name =
        client.get(&format!("/v1.0/users/{ELIN}?$select=id,accountEnabled,userType")).await;
    let id = by_name.body["id"].as_str().unwrap();
    let by_id = client.get(&format!("/v1.0/users/{id}?$select=city")).await;
    assert_eq!(by_id.body["city"], "Uppsala");
    let guest = "hanna.vester_partner.example%23EXT%23@larkfield.example";
    let guest = client.get(&format!("/v1.0/users/{guest}?$select=userType")).await;
    assert_eq!(guest.body["userType"], "Guest");
    let unknown = client.get("/v1.0/users/nobody@larkfield.example").await;
    assert_eq!((unknown.status.as_u16(), unknown.code()), (404, "Request_ResourceNotFound"));
}

#[tokio::test]
async fn a_photo_is_a_jpeg_of_the_asked_size_or_not_there() {
    let client = Client::start().await;
    for (path, side) in [("photo", 96), ("photos/48x48", 48), ("photos/240x240", 240)] {
        let url = client.url(&format!("/v1.0/users/{ELIN}/{path}/$value"));
        let response = client.http.get(url).bearer_auth(&client.token).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], "image/jpeg");
        let picture = image::load_from_memory(&response.bytes().await.unwrap()).unwrap();
        assert_eq!((picture.width(), picture.height()), (side, side));
    }
    let none = client.get("/v1.0/users/aino.virtanen@larkfield.example/photo/$value").await;
    assert_eq!((none.status.as_u16(), none.code()), (404, "ImageNotFound"));
}

#[tokio::test]
async fn groups_hold_groups_and_two_have_one_name() {
    let client = Client::start().await;
    let herons = client.get("/v1.0/groups?$filter=displayName eq 'Project Heron'").await;
    assert_eq!(herons.values().len(), 2);
    let mine =
        client.get(&format!("/v1.0/users/{ELIN}/transitiveMemberOf?$select=id,displayName")).await;
    let mine = mine.texts("displayName");
    for group in ["Field service", "Key users", "Works", "All staff", "O'Brien's crew"] {
        assert!(mine.contains(&group), "{group} in {mine:?}");
    }
    let direct = client.get(&format!("/v1.0/users/{ELIN}/memberOf?$select=displayName")).await;
    assert_eq!(direct.values().len(), 2);

    let staff = client.get("/v1.0/groups?$filter=displayName eq 'All staff'").await;
    let staff = staff.texts("id")[0].to_owned();
    let held = client.get(&format!("/v1.0/groups/{staff}/members")).await;
    assert_eq!(held.texts("@odata.type"), ["#microsoft.graph.group"; 2]);
    let people =
        format!("/v1.0/groups/{staff}/transitiveMembers/microsoft.graph.user?$count=true&$top=999");
    assert_eq!(client.get(&people).await.code(), "Request_UnsupportedQuery");
    assert!(client.get_advanced(&people).await.values().len() > 50);
}

#[tokio::test]
async fn a_missing_permission_is_a_403_of_its_kind_or_hides_properties() {
    let client = Client::start().await;
    let remove =
        |permission: &str| client.order(Order::RemovePermission { permission: permission.into() });
    let policy =
        "/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/fido2";
    remove("Policy.Read.All");
    assert_eq!(client.get(policy).await.code(), "accessDenied");
    remove("UserAuthMethod-Passkey.ReadWrite.All");
    assert_eq!(client.passkeys(ELIN).await.status, 200, "the other permission still reads");
    let options = format!("/v1.0/users/{ELIN}/authentication/fido2Methods/creationOptions");
    assert_eq!(client.get(&options).await.code(), "accessDenied");
    remove("UserAuthenticationMethod.Read.All");
    assert_eq!(client.passkeys(ELIN).await.code(), "accessDenied");
    assert_eq!(
        client.get(&format!("/v1.0/users/{ELIN}/authentication/methods")).await.code(),
        "accessDenied"
    );

    remove("User.Read.All");
    assert_eq!(client.get("/v1.0/users").await.code(), "Authorization_RequestDenied");
    let crew = client.get("/v1.0/groups?$filter=displayName eq 'Field service'").await;
    let members = client.get(&format!("/v1.0/groups/{}/members", crew.texts("id")[0])).await;
    assert!(members.values().iter().all(|member| member["userPrincipalName"].is_null()));
    assert!(members.values().iter().all(|member| member["id"].is_string()));
    remove("GroupMember.Read.All");
    assert_eq!(client.get("/v1.0/groups").await.code(), "Authorization_RequestDenied");

    client.order(Order::GrantPermission { permission: "User.ReadBasic.All".into() });
    let basic = client.get(&format!("/v1.0/users/{ELIN}?$select=displayName,accountEnabled")).await;
    assert_eq!(basic.body["displayName"], "Elin Bergström");
    assert!(basic.body["accountEnabled"].is_null());
}

#[tokio::test]
async fn all_methods_of_a_person_are_listed_by_type() {
    let client = Client::start().await;
    let methods = client.get(&format!("/v1.0/users/{AMINA}/authentication/methods")).await;
    let mut kinds = methods.texts("@odata.type");
    kinds.sort_unstable();
    assert_eq!(
        kinds,
        [
            "#microsoft.graph.fido2AuthenticationMethod",
            "#microsoft.graph.microsoftAuthenticatorAuthenticationMethod",
            "#microsoft.graph.passwordAuthenticationMethod",
            "#microsoft.graph.phoneAuthenticationMethod",
            "#microsoft.graph.phoneAuthenticationMethod",
            "#microsoft.graph.windowsHelloForBusinessAuthenticationMethod",
        ]
    );
    let phones = client.get(&format!("/v1.0/users/{ELIN}/authentication/phoneMethods")).await;
    assert_eq!(phones.texts("phoneNumber"), ["+46 701740612"]);
}

#[tokio::test]
async fn the_policy_is_shown_in_both_forms() {
    let client = Client::start().await;
    let configurations =
        "/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations";
    let policy = client.get(&format!("{configurations}/fido2")).await.body;
    assert_eq!(policy["state"], "enabled");
    let profiles = policy["passkeyProfiles"].as_array().unwrap();
    assert_eq!(profiles[0]["keyRestrictions"]["aaGuids"][0], company::FORBIDDEN_AAGUID);
    assert_eq!(policy["defaultPasskeyProfile"], profiles[0]["id"]);
    client.order(Order::Policy(PolicyChange {
        form: Some(PolicyForm::TopLevel),
        ..Default::default()
    }));
    let older = client.get(&format!("{configurations}('Fido2')")).await.body;
    assert!(older.get("passkeyProfiles").is_none());
    assert_eq!(older["keyRestrictions"]["enforcementType"], "block");
    assert_eq!(client.get(&format!("{configurations}/Voice")).await.status, 404);
}

#[tokio::test]
async fn the_wrong_method_or_path_is_refused() {
    let client = Client::start().await;
    assert_eq!(client.delete(&format!("/v1.0/users/{ROWAN}")).await.status, 405);
    assert_eq!(client.get("/v1.0/nosuch").await.status, 400);
    assert_eq!(client.get("/nosuch").await.status, 404);
}
