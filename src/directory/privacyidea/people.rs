//! People of the realm: the search box, and everything the desk shows of one person.

use super::super::{
    AccountState, CallFacts, DirectoryError, Group, GroupKind, MembersPage, OtherMethods, Person,
    PersonCard, PersonId, PersonKind, Service,
};
use super::api::Api;
use super::{right, tokens};
use futures_util::future::try_join_all;
use serde::Deserialize;

/// The attributes a search looks in. Resolvers that don't know one are left out by the server.
const SEARCHED: [&str; 4] = ["username", "givenname", "surname", "email"];

#[derive(Deserialize)]
struct WireUser {
    username: String,
    #[serde(default)]
    givenname: Option<String>,
    #[serde(default)]
    surname: Option<String>,
    #[serde(default)]
    email: Option<String>,
}

/// People in whose names and mail every word of the text stands.
pub(super) async fn find(
    api: &Api,
    query: &str,
    limit: usize,
) -> Result<Vec<Person>, DirectoryError> {
    // The server's wildcard; nobody has it in a name.
    let query = query.replace('*', " ").to_lowercase();
    let words: Vec<&str> = query.split_whitespace().collect();
    let Some(longest) = words.iter().max_by_key(|word| word.chars().count()) else {
        return Ok(Vec::new());
    };
    let pattern = format!("*{longest}*");
    let searches = SEARCHED.map(|attribute| users(api, attribute, &pattern));
    let mut found: Vec<Person> = Vec::new();
    for user in try_join_all(searches).await?.into_iter().flatten() {
        let known = found.iter().any(|person| person.id.0 == user.username);
        if !known && user.holds(&words) {
            found.push(to_person(user, &api.realm));
        }
    }
    found.truncate(limit);
    Ok(found)
}

/// One person with all tokens.
pub(super) async fn person(api: &Api, id: &PersonId) -> Result<PersonCard, DirectoryError> {
    let (person, tokens) = tokio::try_join!(one(api, id), tokens::list(api, id))?;
    Ok(PersonCard {
        person,
        photo: None,
        methods: tokens::methods(&tokens),
        other_methods: OtherMethods::Listed,
        passkeys: tokens::passkeys_of(tokens),
        groups: Vec::new(),
    })
}

/// The realm as a group.
pub(super) fn realm(api: &Api) -> Group {
    Group {
        id: api.realm.clone(),
        name: api.realm.clone(),
        description: None,
        mail: None,
        kind: GroupKind::Realm,
        synced: false,
    }
}

/// Everybody in the realm, on one page: the server knows no others.
pub(super) async fn of_realm(api: &Api, group_id: &str) -> Result<MembersPage, DirectoryError> {
    if group_id != api.realm {
        return Err(DirectoryError::NotFound(CallFacts {
            message: Some("this privacyIDEA is asked for one realm only".into()),
            service: Service::PrivacyIdea,
            ..CallFacts::default()
        }));
    }
    let found = users(api, "username", "*").await?;
    let people: Vec<Person> = found.into_iter().map(|user| to_person(user, &api.realm)).collect();
    Ok(MembersPage { total: Some(people.len()), people, unreadable: 0, next: None })
}

/// Whether there are people in the realm, for the connection test.
pub(super) async fn some(api: &Api) -> Result<usize, DirectoryError> {
    Ok(users(api, "username", "*").await?.len())
}

async fn one(api: &Api, id: &PersonId) -> Result<Person, DirectoryError> {
    let users = users(api, "username", &id.0).await?;
    let user = users.into_iter().find(|user| user.username == id.0);
    user.map(|user| to_person(user, &api.realm)).ok_or_else(|| {
        DirectoryError::NotFound(CallFacts {
            message: Some("the realm has no such person".into()),
            service: Service::PrivacyIdea,
            ..CallFacts::default()
        })
    })
}

async fn users(api: &Api, attribute: &str, value: &str) -> Result<Vec<WireUser>, DirectoryError> {
    let url = api.url(&["user"], &[("realm", &api.realm), (attribute, value)])?;
    api.read("people", url, right::FIND_PEOPLE).await
}

impl WireUser {
    fn holds(&self, words: &[&str]) -> bool {
        let texts = [&self.givenname, &self.surname, &self.email].into_iter().flatten();
        let all: Vec<String> = texts.chain([&self.username]).map(|t| t.to_lowercase()).collect();
        words.iter().all(|word| all.iter().any(|text| text.contains(word)))
    }
}

fn to_person(user: WireUser, realm: &str) -> Person {
    let names = [&user.givenname, &user.surname].into_iter().flatten();
    let names: Vec<&str> = names.map(|name| name.trim()).filter(|name| !name.is_empty()).collect();
    let upn = match user.username.contains('@') {
        true => user.username.clone(),
        false => format!("{}@{realm}", user.username),
    };
    Person {
        display_name: match names.is_empty() {
            true => user.username.clone(),
            false => names.join(" "),
        },
        id: PersonId(user.username),
        upn,
        mail: user.email.filter(|mail| !mail.is_empty()),
        employee_id: None,
        department: None,
        job_title: None,
        // privacyIDEA reads people from elsewhere and does not tell whether they may sign in.
        account: AccountState::NotKept,
        kind: PersonKind::Member,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(json: &str) -> WireUser {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_person_without_names_is_shown_by_the_user_name() {
        let bare = to_person(user(r#"{"username":"elin","givenname":"","email":""}"#), "emp");
        assert_eq!((bare.display_name.as_str(), bare.upn.as_str()), ("elin", "elin@emp"));
        assert_eq!(bare.mail, None);
        let whole = user(
            r#"{"username":"e@larkfield.example","givenname":"Elin","surname":"Bergström","userid":7}"#,
        );
        let whole = to_person(whole, "emp");
        assert_eq!(whole.display_name, "Elin Bergström");
        assert_eq!(whole.upn, "e@larkfield.example");
    }

    #[test]
    fn every_word_must_stand_somewhere() {
        let elin = user(r#"{"username":"eb1","givenname":"Elin","surname":"BERGSTRÖM"}"#);
        assert!(elin.holds(&["elin", "bergström"]) && elin.holds(&["eb1"]));
        assert!(!elin.holds(&["elin", "berglund"]));
    }
}
