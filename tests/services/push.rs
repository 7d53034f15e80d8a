//! Questions on people's phones, by Authy, by Duo and by Twilio Verify: each answer is what it is, and only a tap
//! counts.

use crate::company::Company;
use jiff::{SignedDuration, Timestamp};
use keydesk::directory::CheckOutcome;
use keydesk::phones::{NumberText, PhoneNumber};
use keydesk::practice::cloud::{DuoOrder, Effect, Order};
use keydesk::practice::company::{authy_id, people};
use keydesk::secrets::SecretText;
use keydesk::services::messaging::{Asked, PushAnswer, PushService, PushTarget, PushWish};
use keydesk::services::{ServiceError, ServiceSecrets, push};
use keydesk::verify::PushKind;

const ELIN: &str = "elin.bergstrom@larkfield.example";
const KINDS: [PushKind; 3] = [PushKind::Authy, PushKind::Duo, PushKind::Verify];

fn service(company: &mut Company, kind: PushKind) -> Box<dyn PushService> {
    company.settings.push = Some(kind);
    push(&company.settings, &company.secrets()).unwrap().unwrap()
}

fn target(kind: PushKind, upn: &str) -> PushTarget {
    PushTarget(match kind {
        PushKind::Authy => authy_id(upn).to_string(),
        PushKind::Verify => {
            let found = people().into_iter().find(|person| person.upn == upn);
            found.map_or_else(|| upn.to_owned(), |person| person.id.to_string())
        }
        PushKind::Duo => upn.to_owned(),
    })
}

fn wish() -> PushWish {
    PushWish {
        company: "Larkfield & Söner".into(),
        agent: "Amina Haddad".into(),
        ticket: Some("2818".into()),
        word: "42".into(),
        ends: Timestamp::now() + SignedDuration::from_secs(120),
    }
}

async fn asked(service: &dyn PushService) -> Asked {
    service.ask(&target(service.kind(), ELIN), &wish()).await.unwrap()
}

fn answer(company: &Company, asked: &Asked, answer: PushAnswer) {
    company.control.order(Order::AnswerPush { id: asked.id.clone(), answer });
}

#[tokio::test]
async fn the_phone_shows_who_asks_about_which_ticket_and_the_number_to_compare() {
    let mut company = Company::start().await;
    for kind in KINDS {
        let service = service(&mut company, kind);
        let asked = asked(&*service).await;
        let waiting = company.control.pushes();
        let shown = waiting.iter().find(|push| push.id == asked.id).unwrap();
        let elin = people().into_iter().find(|person| person.upn == ELIN).unwrap();
        assert_eq!((shown.person, shown.kind), (elin.id, kind));
        for line in
            ["Company: Larkfield & Söner", "Agent: Amina Haddad", "Ticket: 2818", "Number: 42"]
        {
            assert!(shown.lines.iter().any(|told| told == line), "{line}: {:?}", shown.lines);
        }
        assert!(shown.lines[0].contains("42") || kind == PushKind::Duo, "{:?}", shown.lines);
    }
}

#[tokio::test]
async fn every_answer_is_told_as_what_it_is() {
    let mut company = Company::start().await;
    for kind in KINDS {
        let service = service(&mut company, kind);
        let not_me = match kind {
            PushKind::Duo | PushKind::Verify => PushAnswer::NotMe,
            // It knows no other no.
            _ => PushAnswer::Denied,
        };
        for (given, told) in [
            (PushAnswer::Approved, PushAnswer::Approved),
            (PushAnswer::Denied, PushAnswer::Denied),
            (PushAnswer::NotMe, not_me),
        ] {
            let asked = asked(&*service).await;
            assert_eq!(service.answer(&asked).await, Ok(PushAnswer::Waiting), "{kind:?}");
            answer(&company, &asked, given);
            assert_eq!(service.answer(&asked).await, Ok(told), "{kind:?}");
        }
        let asked = asked(&*service).await;
        company.control.order(Order::AdvanceClock { seconds: 121 });
        assert_eq!(service.answer(&asked).await, Ok(PushAnswer::Expired), "{kind:?}");
        answer(&company, &asked, PushAnswer::Approved);
        assert_eq!(service.answer(&asked).await, Ok(PushAnswer::Expired), "a late tap");
        company.control.order(Order::ClockSkew { seconds: -121 });
    }
}

#[tokio::test]
async fn whoever_is_let_in_unasked_is_not_verified() {
    let mut company = Company::start().await;
    let duo = service(&mut company, PushKind::Duo);
    company.control.order(Order::Duo(DuoOrder::Bypass { person: ELIN.into(), on: true }));
    let asked = asked(&*duo).await;
    let told = duo.answer(&asked).await;
    assert!(matches!(told, Err(ServiceError::Refused { .. })), "{told:?}");
}

#[tokio::test]
async fn a_look_that_the_service_holds_holds_nobody_and_loses_nothing() {
    let mut company = Company::start().await;
    let duo = service(&mut company, PushKind::Duo);
    let asked = asked(&*duo).await;
    answer(&company, &asked, PushAnswer::Approved);
    company.fail("GET", "/duo/auth/v2/auth_status", 20, Effect::Delay { ms: 1_500 });
    assert_eq!(duo.answer(&asked).await, Ok(PushAnswer::Waiting));
    let mut told = Ok(PushAnswer::Waiting);
    for _ in 0..5 {
        if told == Ok(PushAnswer::Waiting) {
            told = duo.answer(&asked).await;
        }
    }
    assert_eq!(told, Ok(PushAnswer::Approved), "the look was begun anew each time");
}

#[tokio::test]
async fn a_question_whose_answer_is_lost_is_not_asked_again() {
    let mut company = Company::start().await;
    for (kind, path) in
        KINDS.into_iter().zip(["/approval_requests", "/duo/auth/v2/auth", "/Challenges"])
    {
        let service = service(&mut company, kind);
        // Words that can't be read say as little as none.
        for effect in [Effect::CutAfter, Effect::Garbage] {
            let before = company.control.pushes().len();
            company.fail("POST", path, 1, effect);
            let lost = service.ask(&target(kind, ELIN), &wish()).await;
            assert!(matches!(lost, Err(ServiceError::AnswerLost { .. })), "{kind:?} {lost:?}");
            assert_eq!(company.control.pushes().len(), before + 1, "{kind:?}");
        }
    }
}

#[tokio::test]
async fn a_wrong_key_an_unknown_person_and_a_wrong_clock_are_told() {
    let mut company = Company::start().await;
    for kind in KINDS {
        company.settings.push = Some(kind);
        let wrong = || Some(SecretText::new("not-the-secret"));
        let secrets = ServiceSecrets {
            authy: wrong(),
            duo: wrong(),
            twilio: wrong(),
            ..ServiceSecrets::default()
        };
        let service = push(&company.settings, &secrets).unwrap().unwrap();
        let refused = service.ask(&target(kind, ELIN), &wish()).await.unwrap_err();
        assert!(matches!(refused, ServiceError::SignIn { .. }), "{kind:?} {refused:?}");
        let check = &service.test().await[0];
        assert!(matches!(check.outcome, CheckOutcome::Failed(_)), "{check:?}");
        let missing = push(&company.settings, &ServiceSecrets::default()).err();
        assert!(matches!(missing, Some(ServiceError::NoSecret { .. })));
    }
    let authy = service(&mut company, PushKind::Authy);
    let nobody = authy.ask(&PushTarget("1".into()), &wish()).await.unwrap_err();
    assert!(matches!(nobody, ServiceError::NotFound { .. }), "{nobody:?}");
    let no_id = authy.ask(&PushTarget(ELIN.into()), &wish()).await.unwrap_err();
    assert!(matches!(no_id, ServiceError::Settings { .. }), "{no_id:?}");
    let duo = service(&mut company, PushKind::Duo);
    let without_phone = PushTarget("freja.holm@larkfield.example".into());
    for whom in [PushTarget("nobody@larkfield.example".into()), without_phone] {
        let refused = duo.ask(&whom, &wish()).await.unwrap_err();
        assert!(matches!(refused, ServiceError::Refused { .. }), "{refused:?}");
    }
    let verify = service(&mut company, PushKind::Verify);
    for upn in ["freja.holm@larkfield.example", "nobody@larkfield.example"] {
        let refused = verify.ask(&target(PushKind::Verify, upn), &wish()).await.unwrap_err();
        assert!(matches!(refused, ServiceError::NotFound { .. }), "{refused:?}");
    }
    company.control.order(Order::ClockSkew { seconds: 3600 });
    let refused = duo.ask(&target(PushKind::Duo, ELIN), &wish()).await;
    assert!(matches!(refused, Err(ServiceError::Clock { .. })), "{refused:?}");
    let checks = duo.test().await;
    let clock = checks.iter().find(|check| check.name == "Clock").unwrap();
    assert!(matches!(clock.outcome, CheckOutcome::Failed(_)), "{clock:?}");
}

#[tokio::test]
async fn a_phone_is_made_known_to_authy_and_can_be_asked() {
    let mut company = Company::start().await;
    let oskar = people().into_iter().find(|one| one.upn.starts_with("oskar.")).unwrap();
    let authy = service(&mut company, PushKind::Authy);
    assert!(authy.can_register());
    let whom = target(PushKind::Authy, &oskar.upn);
    let unknown = authy.ask(&whom, &wish()).await;
    assert!(matches!(unknown, Err(ServiceError::NotFound { .. })));
    let number = NumberText::new(oskar.mobile.unwrap());
    let number = PhoneNumber::from_international(&number).unwrap();
    assert_eq!(authy.register(&number, &oskar.upn).await, Ok(whom.clone()));
    assert_eq!(authy.register(&number, &oskar.upn).await, Ok(whom.clone()), "the same again");
    let asked = authy.ask(&whom, &wish()).await.unwrap();
    assert_eq!(company.control.pushes()[0].person, oskar.id);
    assert!(authy.cancel(&asked).await.is_err() && !authy.can_cancel());
    let refused = authy.register(&number, "no mail").await.unwrap_err();
    let digits: String = number.e164().chars().filter(char::is_ascii_digit).collect();
    assert!(!format!("{refused:?}").contains(&digits), "a number is in an error");
    let duo = service(&mut company, PushKind::Duo);
    assert!(!duo.can_register() && duo.register(&number, &oskar.upn).await.is_err());
}

#[tokio::test]
async fn a_busy_or_broken_service_is_told_soon_and_may_be_asked_again() {
    let mut company = Company::start().await;
    for (kind, path) in
        KINDS.into_iter().zip(["/approval_requests/", "/auth_status", "/Challenges/"])
    {
        let service = service(&mut company, kind);
        let asked = asked(&*service).await;
        company.fail("GET", path, 1, Effect::Status { status: 429, retry_after_s: Some(30) });
        let busy = service.answer(&asked).await.unwrap_err();
        assert!(matches!(busy, ServiceError::Throttled { .. }) && busy.passes(), "{busy:?}");
    }
}

#[tokio::test]
async fn the_test_accepts_what_is_right() {
    let mut company = Company::start().await;
    for kind in KINDS {
        let checks = service(&mut company, kind).test().await;
        assert_eq!(checks.len(), 2);
        for check in checks {
            assert!(matches!(check.outcome, CheckOutcome::Works(_)), "{check:?}");
        }
    }
}

#[tokio::test]
async fn another_stations_question_is_seen_while_it_waits() {
    let mut company = Company::start().await;
    let ours = service(&mut company, PushKind::Verify);
    let whom = target(PushKind::Verify, ELIN);
    assert_eq!(ours.is_busy(&whom, &[]).await, Ok(false));
    let waiting = asked(&*ours).await;
    assert_eq!(ours.is_busy(&whom, &[]).await, Ok(true));
    assert_eq!(ours.is_busy(&whom, std::slice::from_ref(&waiting.id)).await, Ok(false), "its own");
    answer(&company, &waiting, PushAnswer::Denied);
    assert_eq!(ours.is_busy(&whom, &[]).await, Ok(false));
    asked(&*ours).await;
    company.control.order(Order::AdvanceClock { seconds: 121 });
    assert_eq!(ours.is_busy(&whom, &[]).await, Ok(false), "it has ended");
    // Nobody of this name has a phone there.
    let nobody = PushTarget("00000000-0000-0000-0000-000000000000".into());
    assert_eq!(ours.is_busy(&nobody, &[]).await, Ok(false));
    // The others list no questions.
    for kind in [PushKind::Authy, PushKind::Duo] {
        let service = service(&mut company, kind);
        asked(&*service).await;
        assert_eq!(service.is_busy(&target(kind, ELIN), &[]).await, Ok(false));
    }
}

#[tokio::test]
async fn a_registration_whose_answer_was_lost_is_asked_for_by_its_number() {
    let mut company = Company::start().await;
    let authy = service(&mut company, PushKind::Authy);
    let oskar = people().into_iter().find(|person| person.upn.starts_with("oskar")).unwrap();
    let number = NumberText::new(oskar.mobile.clone().unwrap());
    let number = PhoneNumber::from_international(&number).unwrap();
    company.fail("POST", "/users/new", 1, Effect::CutAfter);
    let whom = target(PushKind::Authy, &oskar.upn);
    assert_eq!(authy.register(&number, &oskar.upn).await, Ok(whom));
    assert_eq!(company.calls("POST", "/users/new"), 2);
    company.fail("POST", "/users/new", 2, Effect::CutAfter);
    let lost = authy.register(&number, &oskar.upn).await.unwrap_err();
    assert!(matches!(lost, ServiceError::AnswerLost { .. }), "{lost:?}");
}
