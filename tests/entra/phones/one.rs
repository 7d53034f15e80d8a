//! What is done to one person: methods, sign-in by text, passes, sessions, mails.

use super::{AMINA, ELIN, Place, ZOFIA, fresh, mobile};
use keydesk::directory::{DirectoryError, Mail, MethodKind, PassWish, PersonId, PhoneDirectory};
use keydesk::phones::{PhoneKind, SmsSignIn};
use keydesk::practice::cloud::{Effect, Order, PolicyChange};

fn id(person: &str) -> PersonId {
    PersonId(person.into())
}

fn count(place: &Place, method: &str, path: &str) -> u64 {
    let counts = place.control().observed().counts;
    let is_meant = |name: &&String| name.starts_with(method) && name.contains(path);
    counts.iter().filter(|(name, _)| is_meant(name)).map(|(_, count)| count).sum()
}

const WISH: PassWish = PassWish { minutes: 45, once: true };

#[tokio::test]
async fn every_method_is_told_with_its_kind() {
    let place = Place::start().await;
    assert!(keydesk::directory::Directory::phones(&place.entra).is_some());
    place.entra.issue_pass(&id(AMINA), WISH).await.unwrap();
    let mut kinds: Vec<MethodKind> =
        place.entra.methods(&id(AMINA)).await.unwrap().into_iter().map(|one| one.kind).collect();
    kinds.sort_by_key(|kind| format!("{kind:?}"));
    assert_eq!(
        kinds,
        [
            MethodKind::Authenticator,
            MethodKind::Passkey,
            MethodKind::Password,
            MethodKind::Phone(PhoneKind::Mobile),
            MethodKind::Phone(PhoneKind::Office),
            MethodKind::TemporaryAccessPass,
            MethodKind::WindowsHello,
        ]
    );
    let permission = "UserAuthenticationMethod.Read.All".to_owned();
    place.order(Order::RemovePermission { permission });
    let refused = place.entra.methods(&id(AMINA)).await.unwrap_err();
    let DirectoryError::Forbidden(facts) = refused else { panic!("{refused:?}") };
    assert_eq!(facts.permission, Some("UserAuthenticationMethod.Read.All"));
}

#[tokio::test]
async fn sign_in_by_text_is_set_and_refused_where_it_does_not_come_about() {
    let place = Place::start().await;
    let state = async |person: &str| {
        let phones = place.entra.phones(&id(person)).await.unwrap();
        phones.into_iter().find(|phone| phone.kind == PhoneKind::Mobile).map(|phone| phone.sms)
    };
    assert_eq!(state(ELIN).await, Some(SmsSignIn::Ready));
    place.entra.set_sms_sign_in(&id(ELIN), false).await.unwrap();
    assert_eq!(state(ELIN).await, Some(SmsSignIn::NotEnabled));
    place.fail("POST", "enableSmsSignIn", 1, Effect::CutAfter);
    place.entra.set_sms_sign_in(&id(ELIN), true).await.unwrap();
    assert_eq!(state(ELIN).await, Some(SmsSignIn::Ready));

    let missing = place.entra.set_sms_sign_in(&id(ZOFIA), true).await;
    assert!(matches!(missing, Err(DirectoryError::NotFound(_))));
    place.change(vec![mobile(ZOFIA, None, fresh(1))]).await;
    let amina = place.entra.phones(&id(AMINA)).await.unwrap().remove(0).number;
    let before = keydesk::phones::PhoneNumber::from_international(&amina).ok();
    place.change(vec![mobile(AMINA, before, fresh(1))]).await;
    let taken = place.entra.set_sms_sign_in(&id(AMINA), true).await;
    assert!(matches!(taken, Err(DirectoryError::Refused(_))), "{taken:?}");
    assert_eq!(state(AMINA).await, Some(SmsSignIn::NumberNotUnique));
    place.order(Order::Policy(PolicyChange { sms_sign_in: Some(false), ..Default::default() }));
    let refused = place.entra.set_sms_sign_in(&id(ELIN), true).await;
    assert!(matches!(refused, Err(DirectoryError::Refused(_))));
}

#[tokio::test]
async fn the_pass_policy_is_read_and_what_is_outside_is_refused() {
    let place = Place::start().await;
    let change = PolicyChange {
        pass_least: Some(15),
        pass_most: Some(120),
        pass_default: Some(30),
        pass_once: Some(true),
        ..Default::default()
    };
    place.order(Order::Policy(change));
    let policy = place.entra.pass_policy().await.unwrap();
    assert!(policy.enabled && policy.once_only);
    let minutes = (policy.least_minutes, policy.default_minutes, policy.most_minutes);
    assert_eq!(minutes, (15, 30, 120));
    let within = PassWish { minutes: 120, once: true };
    for wish in [
        PassWish { minutes: 14, ..within },
        PassWish { minutes: 121, ..within },
        PassWish { once: false, ..within },
    ] {
        let refused = place.entra.issue_pass(&id(ELIN), wish).await.err();
        assert!(matches!(refused, Some(DirectoryError::Refused(_))), "{wish:?}");
    }
    let issued = place.entra.issue_pass(&id(ELIN), within).await.ok().unwrap();
    assert_eq!((issued.minutes, issued.once), (120, true));
    assert!(place.control().pass_is(ELIN, issued.pass.expose()));
    place.order(Order::Policy(PolicyChange { pass_enabled: Some(false), ..Default::default() }));
    assert!(!place.entra.pass_policy().await.unwrap().enabled);
}

#[tokio::test]
async fn a_pass_whose_answer_is_lost_is_not_asked_for_again() {
    let place = Place::start().await;
    for effect in
        [Effect::CutAfter, Effect::Garbage, Effect::Status { status: 502, retry_after_s: None }]
    {
        place.fail("POST", "temporaryAccessPassMethods", 1, effect);
        let before = count(&place, "POST", "temporaryAccessPassMethods");
        let lost = place.entra.issue_pass(&id(ELIN), WISH).await.err();
        assert!(matches!(lost, Some(DirectoryError::AnswerLost(_))), "{effect:?}: {lost:?}");
        assert_eq!(count(&place, "POST", "temporaryAccessPassMethods"), before + 1);
    }
    assert_eq!(place.control().observed().passes.len(), 1);
    let throttled = Effect::Status { status: 429, retry_after_s: Some(0) };
    place.fail("POST", "temporaryAccessPassMethods", 1, throttled);
    let issued = place.entra.issue_pass(&id(ELIN), WISH).await.ok().unwrap();
    for _ in 0..2 {
        place.entra.remove_pass(&id(ELIN), &issued.id).await.unwrap();
    }
    assert!(place.control().observed().passes.is_empty());
}

#[tokio::test]
async fn sessions_end_and_a_mail_goes_out_once() {
    let place = Place::start().await;
    place.entra.revoke_sessions(&id(ELIN)).await.unwrap();
    assert_eq!(place.control().observed().sessions_revoked, [ELIN]);
    let mail = Mail { subject: "Your phone".into(), body: "It ends with 12.\n'\"<é".into() };
    place.entra.send_mail(AMINA, ELIN, &mail).await.unwrap();
    place.fail("POST", "sendMail", 1, Effect::CutAfter);
    let lost = place.entra.send_mail(AMINA, ELIN, &mail).await;
    assert!(matches!(lost, Err(DirectoryError::AnswerLost(_))));
    let mails = place.control().observed().mails;
    assert_eq!(mails.len(), 2);
    assert_eq!((&mails[0].subject, &mails[0].body), (&mail.subject, &mail.body));
    assert_eq!((mails[0].from.as_str(), mails[0].to.join(",").as_str()), (AMINA, ELIN));
    assert_eq!(mails[0].content_type, "Text");
    for permission in ["User.RevokeSessions.All", "Mail.Send"] {
        place.order(Order::RemovePermission { permission: permission.into() });
    }
    let named = |error: Result<(), DirectoryError>| match error {
        Err(DirectoryError::Forbidden(facts)) => facts.permission,
        _ => None,
    };
    let revoked = place.entra.revoke_sessions(&id(ELIN)).await;
    assert_eq!(named(revoked), Some("User.RevokeSessions.All"));
    assert_eq!(named(place.entra.send_mail(AMINA, ELIN, &mail).await), Some("Mail.Send"));
}
