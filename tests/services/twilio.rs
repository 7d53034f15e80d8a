//! Codes by text message: each outcome is what it is, and no text is sent twice.

use crate::company::Company;
use keydesk::directory::CheckOutcome;
use keydesk::phones::PhoneNumber;
use keydesk::practice::cloud::{Effect, Order, TextFate, TwilioOrder};
use keydesk::practice::company::twilio_sid;
use keydesk::secrets::SecretText;
use keydesk::services::messaging::{Checked, CodeService, SentCode, SmsText};
use keydesk::services::{ServiceError, ServiceSecrets, codes};
use keydesk::settings::SmsWay;
use keydesk::verify::{Delivery, Digits, NotDelivered};
use std::time::Duration;

const ELIN: &str = "elin.bergstrom@larkfield.example";
/// Each way, and the end of the path that sends.
const WAYS: [(SmsWay, &str); 2] =
    [(SmsWay::Verify, "/Verifications"), (SmsWay::Messages, "/Messages.json")];

fn service(company: &mut Company, way: SmsWay) -> Box<dyn CodeService> {
    company.settings.sms = Some(way);
    codes(&company.settings, &company.secrets()).unwrap().unwrap()
}

fn text() -> SmsText {
    SmsText {
        template: "Larkfield: your code is {code}. Read it to Amina.".into(),
        language: "en-GB".into(),
        company: "Larkfield Ltd".into(),
    }
}

fn mobile(company: &Company) -> PhoneNumber {
    company.control.mobile_of(ELIN).unwrap()
}

async fn sent(company: &Company, service: &dyn CodeService) -> SentCode {
    service.send(&mobile(company), &text()).await.unwrap()
}

fn order(company: &Company, order: TwilioOrder) {
    company.control.order(Order::Twilio(order));
}

fn next_text(company: &Company, fate: TextFate) {
    order(company, TwilioOrder::NextTexts { fate, times: 1 });
}

fn later(company: &Company, seconds: u64) {
    company.control.order(Order::AdvanceClock { seconds });
}

/// How many texts are on the phone once all have arrived.
fn arrived(company: &Company) -> usize {
    later(company, 2);
    company.control.texts_of(ELIN).len()
}

/// The code in the newest text.
fn code(company: &Company) -> Digits {
    later(company, 2);
    let texts = company.control.texts_of(ELIN);
    let text = texts.last().expect("no text on the phone").expose().to_owned();
    let mut rows = text.split(|c: char| !c.is_ascii_digit());
    Digits::read(rows.find(|row| row.len() == 6).expect("no code in the text")).unwrap()
}

/// Another one.
fn wrong(code: &Digits) -> Digits {
    let last = code.expose().chars().last().unwrap();
    let other = if last == '0' { '1' } else { '0' };
    Digits::read(&format!("{}{other}", &code.expose()[..5])).unwrap()
}

#[tokio::test]
async fn the_code_on_the_phone_is_right_and_another_one_is_not() {
    let mut company = Company::start().await;
    for (way, path) in WAYS {
        let service = service(&mut company, way);
        let sent = sent(&company, &*service).await;
        assert!(!sent.shared);
        let code = code(&company);
        assert_eq!(service.check(&sent, &wrong(&code)).await, Ok(Checked::Wrong), "{way:?}");
        assert_eq!(service.check(&sent, &code).await, Ok(Checked::Right), "{way:?}");
        assert_eq!(company.calls("POST", path), 1, "{way:?}");
    }
}

#[tokio::test]
async fn a_text_says_who_asks_in_the_persons_language() {
    let mut company = Company::start().await;
    let verify = service(&mut company, SmsWay::Verify);
    let wish = SmsText { language: "sv-SE".into(), company: "Söner & Co".into(), ..text() };
    verify.send(&mobile(&company), &wish).await.unwrap();
    code(&company);
    let shown = company.control.texts_of(ELIN).pop().unwrap();
    assert!(shown.expose().starts_with("Din verifieringskod för Söner & Co är: "));
    let messages = service(&mut company, SmsWay::Messages);
    sent(&company, &*messages).await;
    let code = code(&company);
    let shown = company.control.texts_of(ELIN).pop().unwrap();
    let whole = format!("Larkfield: your code is {}. Read it to Amina.", code.expose());
    assert!(shown.expose() == whole, "the text is not the template with the code");
}

#[tokio::test]
async fn a_text_is_followed_to_the_phone() {
    let mut company = Company::start().await;
    for (way, _) in WAYS {
        let texts = service(&mut company, way);
        let arrives = sent(&company, &*texts).await;
        assert_eq!(arrives.delivery, Delivery::Queued);
        later(&company, 2);
        assert_eq!(texts.delivery(&arrives).await, Ok(Delivery::Delivered), "{way:?}");
        for (fate, told) in [
            (TextFate::Fails { code: 30003 }, Delivery::Failed(NotDelivered::Unreachable)),
            (TextFate::Fails { code: 30006 }, Delivery::Failed(NotDelivered::NoSuchNumber)),
            (TextFate::Fails { code: 30007 }, Delivery::Failed(NotDelivered::Blocked)),
            (TextFate::StaysSent, Delivery::Sent),
        ] {
            next_text(&company, fate);
            let sent = sent(&company, &*texts).await;
            later(&company, 2);
            assert_eq!(texts.delivery(&sent).await, Ok(told), "{way:?} {fate:?}");
        }
    }
}

#[tokio::test]
async fn a_look_at_a_text_holds_up_no_code_and_may_be_denied() {
    let mut company = Company::start().await;
    let verify = service(&mut company, SmsWay::Verify);
    let sent = sent(&company, &*verify).await;
    let right = code(&company);
    let busy = Effect::Status { status: 429, retry_after_s: Some(70) };
    company.fail("GET", "/Attempts", 1, busy);
    let throttled = verify.delivery(&sent).await;
    assert!(matches!(throttled, Err(ServiceError::Throttled { .. })), "{throttled:?}");
    assert_eq!(verify.check(&sent, &right).await, Ok(Checked::Right));
    // An account that may not look, and a text that is not listed yet.
    for (status, told) in [(403, Delivery::Untold), (404, Delivery::Queued)] {
        let verify = service(&mut company, SmsWay::Verify);
        company.fail("GET", "/Attempts", 1, Effect::Status { status, retry_after_s: None });
        assert_eq!(verify.delivery(&sent).await, Ok(told), "{status}");
    }
}

#[tokio::test]
async fn codes_of_another_length_than_is_typed_are_told_before_they_lock_anybody() {
    let mut company = Company::start().await;
    let verify = service(&mut company, SmsWay::Verify);
    for digits in [4, 8] {
        order(&company, TwilioOrder::EndVerifications);
        order(&company, TwilioOrder::CodeLength { digits });
        let checks = verify.test().await;
        let length = checks.iter().find(|check| check.name == "Code length").unwrap();
        let CheckOutcome::Failed(problem) = &length.outcome else { panic!("{length:?}") };
        let words = format!("codes have {digits} digits: set its code length to 6");
        assert!(problem.what.contains(&words), "{problem}");
        let sent = sent(&company, &*verify).await;
        let told = verify.delivery(&sent).await.unwrap_err();
        assert!(matches!(&told, ServiceError::Settings { reason, .. } if reason.contains(&words)));
    }
}

#[tokio::test]
async fn a_code_is_not_delivered_when_it_counts_no_more() {
    let mut company = Company::start().await;
    let messages = service(&mut company, SmsWay::Messages);
    next_text(&company, TextFate::StaysQueued);
    let sent = sent(&company, &*messages).await;
    later(&company, 590);
    assert_eq!(messages.delivery(&sent).await, Ok(Delivery::Queued));
    later(&company, 10);
    let late = Delivery::Failed(NotDelivered::Unreachable);
    assert_eq!(messages.delivery(&sent).await, Ok(late));
}

#[tokio::test]
async fn a_refused_text_says_why_and_is_not_tried_again() {
    let mut company = Company::start().await;
    for (way, path) in WAYS {
        let service = service(&mut company, way);
        for (at, (code, why)) in [
            (21211, NotDelivered::NoSuchNumber),
            (21608, NotDelivered::Account),
            (21408, NotDelivered::Country),
            (21606, NotDelivered::Sender),
            (60410, NotDelivered::Blocked),
        ]
        .into_iter()
        .enumerate()
        {
            next_text(&company, TextFate::Refused { code });
            let refused = service.send(&mobile(&company), &text()).await.unwrap_err();
            assert!(
                matches!(&refused, ServiceError::NotText { why: told, .. } if *told == why),
                "{way:?} {code}: {refused:?}"
            );
            assert!(!format!("{refused:?}").contains(&mobile(&company).e164()[4..]));
            assert_eq!(company.calls("POST", path), at + 1, "{way:?} {code}");
        }
        order(&company, TwilioOrder::Stop { person: ELIN.into(), on: true });
        let stopped = service.send(&mobile(&company), &text()).await.unwrap_err();
        let opted_out = NotDelivered::OptedOut;
        assert!(matches!(&stopped, ServiceError::NotText { why, .. } if *why == opted_out));
        order(&company, TwilioOrder::Stop { person: ELIN.into(), on: false });
        assert_eq!(arrived(&company), 0, "{way:?}");
    }
}

#[tokio::test]
async fn a_wrong_secret_and_a_busy_service_are_told_at_once() {
    let mut company = Company::start().await;
    for (way, path) in WAYS {
        let wrong = ServiceSecrets {
            twilio: Some(SecretText::new("not-the-secret")),
            ..ServiceSecrets::default()
        };
        company.settings.sms = Some(way);
        let locked_out = codes(&company.settings, &wrong).unwrap().unwrap();
        let refused = locked_out.send(&mobile(&company), &text()).await.unwrap_err();
        assert!(matches!(&refused, ServiceError::SignIn { facts, .. }
            if facts.code.as_deref() == Some("20003")));
        let checks = locked_out.test().await;
        assert!(matches!(checks[0].outcome, CheckOutcome::Failed(_)), "{checks:?}");
        let missing = codes(&company.settings, &ServiceSecrets::default()).err();
        assert!(matches!(missing, Some(ServiceError::NoSecret { .. })));

        let before = company.calls("POST", path);
        let busy = Effect::Status { status: 429, retry_after_s: Some(70) };
        company.fail("POST", path, 1, busy);
        let service = service(&mut company, way);
        let throttled = service.send(&mobile(&company), &text()).await.unwrap_err();
        let wait = Duration::from_secs(70);
        assert!(
            matches!(&throttled, ServiceError::Throttled { resume_in, .. } if *resume_in == wait),
            "{throttled:?}"
        );
        assert_eq!(company.calls("POST", path), before + 1, "{way:?}");
        // While it lasts nothing is even tried.
        let held = service.send(&mobile(&company), &text()).await.unwrap_err();
        assert!(matches!(held, ServiceError::Throttled { .. }), "{held:?}");
        assert_eq!(company.calls("POST", path), before + 1, "{way:?}");
        assert_eq!(arrived(&company), 0, "{way:?}");
    }
}

#[tokio::test]
async fn an_api_key_signs_in_the_accounts_place() {
    let mut company = Company::start().await;
    company.settings.twilio.api_key_sid = Some(twilio_sid("SK"));
    for (way, _) in WAYS {
        let service = service(&mut company, way);
        sent(&company, &*service).await;
    }
    company.settings.twilio.api_key_sid = Some(twilio_sid("AC").replacen("AC", "SK", 1));
    let other = service(&mut company, SmsWay::Messages);
    let refused = other.send(&mobile(&company), &text()).await.unwrap_err();
    assert!(matches!(refused, ServiceError::SignIn { .. }));
}

#[tokio::test]
async fn a_text_whose_answer_is_lost_is_looked_up_and_not_sent_again() {
    let mut company = Company::start().await;
    for (at, (way, path)) in WAYS.into_iter().enumerate() {
        let service = service(&mut company, way);
        for effect in [Effect::CutAfter, Effect::Garbage] {
            let (texts, posts) = (arrived(&company), company.calls("POST", path));
            company.fail("POST", path, 1, effect);
            let found = sent(&company, &*service).await;
            assert!(!found.shared, "{way:?} {effect:?}");
            assert_eq!(arrived(&company), texts + 1, "{way:?} {effect:?}");
            assert_eq!(company.calls("POST", path), posts + 1, "{way:?} {effect:?}");
            let code = code(&company);
            assert_eq!(service.check(&found, &code).await, Ok(Checked::Right), "{way:?}");
        }
        // Nothing was sent, or it can't be told: both are told as a doubt.
        let texts = arrived(&company);
        company.fail("POST", path, 1, Effect::CutBefore);
        let lost = service.send(&mobile(&company), &text()).await;
        assert!(matches!(lost, Err(ServiceError::AnswerLost { .. })), "{way:?} {lost:?}");
        assert_eq!(arrived(&company), texts, "{way:?}");
        company.fail("POST", path, 1, Effect::CutAfter);
        company.fail("GET", "/twilio/", 1, Effect::CutBefore);
        let lost = service.send(&mobile(&company), &text()).await;
        assert!(matches!(lost, Err(ServiceError::AnswerLost { .. })), "{way:?} {lost:?}");
        assert_eq!(arrived(&company), texts + 1, "{way:?} {at}");
        // The lost one is nobody else's.
        let again = sent(&company, &*service).await;
        assert!(!again.shared, "{way:?}");
    }
}

#[tokio::test]
async fn a_verification_that_is_over_counts_no_more() {
    let mut company = Company::start().await;
    let verify = service(&mut company, SmsWay::Verify);
    type Over = fn(&Company);
    let ends: [Over; 2] =
        [|company| order(company, TwilioOrder::EndVerifications), |company| later(company, 600)];
    for end in ends {
        let sent = sent(&company, &*verify).await;
        let code = code(&company);
        end(&company);
        assert_eq!(verify.check(&sent, &code).await, Ok(Checked::Gone));
        assert_eq!(verify.end(&sent.id).await, Ok(()), "what is over already is no error");
    }
    let ended = sent(&company, &*verify).await;
    let right = code(&company);
    assert_eq!(verify.end(&ended.id).await, Ok(()));
    assert_eq!(verify.check(&ended, &right).await, Ok(Checked::Gone), "ended by us");
    let approved = sent(&company, &*verify).await;
    let right = code(&company);
    assert_eq!(verify.check(&approved, &right).await, Ok(Checked::Right));
    assert_eq!(verify.check(&approved, &right).await, Ok(Checked::Gone), "used");
}

#[tokio::test]
async fn too_many_codes_and_too_many_checks_are_told_as_what_they_are() {
    let mut company = Company::start().await;
    let verify = service(&mut company, SmsWay::Verify);
    let first = sent(&company, &*verify).await;
    for _ in 0..4 {
        let again = sent(&company, &*verify).await;
        assert_eq!((again.id.as_str(), again.shared), (first.id.as_str(), false));
    }
    let too_many = verify.send(&mobile(&company), &text()).await.unwrap_err();
    let wait = Duration::from_secs(600);
    assert!(
        matches!(&too_many, ServiceError::Throttled { resume_in, .. } if *resume_in == wait),
        "{too_many:?}"
    );
    assert_eq!(arrived(&company), 5);
    let right = code(&company);
    for _ in 0..5 {
        assert_eq!(verify.check(&first, &wrong(&right)).await, Ok(Checked::Wrong));
    }
    assert_eq!(verify.check(&first, &right).await, Ok(Checked::Gone), "the sixth");
}

#[tokio::test]
async fn a_check_whose_answer_is_lost_is_no_wrong_code() {
    let mut company = Company::start().await;
    let verify = service(&mut company, SmsWay::Verify);
    let sent = sent(&company, &*verify).await;
    let right = code(&company);
    company.fail("POST", "/VerificationCheck", 1, Effect::CutAfter);
    let lost = verify.check(&sent, &wrong(&right)).await;
    assert!(matches!(lost, Err(ServiceError::AnswerLost { .. })), "{lost:?}");
    assert_eq!(company.calls("POST", "/VerificationCheck"), 1);
    assert_eq!(verify.check(&sent, &right).await, Ok(Checked::Right));
}

#[tokio::test]
async fn another_stations_check_is_seen_and_our_own_is_not_one() {
    let mut company = Company::start().await;
    let to = mobile(&company);
    for (way, _) in WAYS {
        let (here, there) = (service(&mut company, way), service(&mut company, way));
        assert_eq!(here.is_busy(&to, &[]).await, Ok(false), "{way:?}");
        let ours = sent(&company, &*here).await;
        assert_eq!(here.is_busy(&to, &[]).await, Ok(false), "{way:?}");
        assert_eq!(there.is_busy(&to, &[]).await, Ok(true), "{way:?}");
        // After a start anew, by what was kept.
        let anew = service(&mut company, way);
        assert_eq!(anew.is_busy(&to, std::slice::from_ref(&ours.id)).await, Ok(false), "{way:?}");
        later(&company, 2);
        here.end(&ours.id).await.unwrap();
        assert_eq!(there.is_busy(&to, &[]).await, Ok(false), "{way:?}");
        sent(&company, &*there).await;
        assert_eq!(here.is_busy(&to, &[]).await, Ok(true), "{way:?}");
        company.control.order(Order::ClockSkew { seconds: 601 });
        assert_eq!(here.is_busy(&to, &[]).await, Ok(false), "{way:?}: it is over");
        company.control.order(Order::ClockSkew { seconds: 0 });
        later(&company, 601);
    }
}

#[tokio::test]
async fn a_code_into_another_stations_check_is_told() {
    let mut company = Company::start().await;
    let verify = service(&mut company, SmsWay::Verify);
    order(&company, TwilioOrder::OtherStation { person: ELIN.into() });
    assert!(sent(&company, &*verify).await.shared);
    order(&company, TwilioOrder::EndVerifications);
    assert!(!sent(&company, &*verify).await.shared);
    assert!(!sent(&company, &*verify).await.shared, "ours once more");
    order(&company, TwilioOrder::OtherStation { person: ELIN.into() });
    assert!(sent(&company, &*verify).await.shared);
}

#[tokio::test]
async fn our_texts_are_deleted_where_that_is_wished() {
    let mut company = Company::start().await;
    let messages = service(&mut company, SmsWay::Messages);
    // One that is on its way can't be deleted yet.
    next_text(&company, TextFate::StaysQueued);
    let under_way = sent(&company, &*messages).await;
    messages.end(&under_way.id).await.unwrap();
    assert_eq!(messages.delivery(&under_way).await, Ok(Delivery::Queued));
    later(&company, 600);
    loop {
        match messages.delivery(&under_way).await {
            Ok(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            gone => break assert!(matches!(gone, Err(ServiceError::NotFound { .. })), "{gone:?}"),
        }
    }
    company.settings.twilio.delete_messages = false;
    let keeping = service(&mut company, SmsWay::Messages);
    let kept = sent(&company, &*keeping).await;
    later(&company, 2);
    keeping.end(&kept.id).await.unwrap();
    assert_eq!(keeping.delivery(&kept).await, Ok(Delivery::Delivered));
    assert_eq!(keeping.is_busy(&mobile(&company), &[]).await, Ok(false), "ended by us");
}

#[tokio::test]
async fn neither_code_nor_number_nor_secret_is_told_behind_the_scenes() {
    let mut company = Company::start().await;
    let number = mobile(&company).e164();
    for (way, _) in WAYS {
        let service = service(&mut company, way);
        service.is_busy(&mobile(&company), &[]).await.unwrap();
        let sent = sent(&company, &*service).await;
        let code = code(&company);
        let told = format!("{sent:?}{:?}", company.control.observed());
        assert!(!told.contains(code.expose()), "the code is told");
        assert!(!told.contains(&number[1..]), "the number is told");
        assert!(!company.is_secret_in(&told), "the secret is told");
    }
}

#[tokio::test]
async fn a_test_tries_everything_but_a_text() {
    let mut company = Company::start().await;
    for (way, _) in WAYS {
        let checks = service(&mut company, way).test().await;
        let works = |outcome: &CheckOutcome| matches!(outcome, CheckOutcome::Works(_));
        assert!(checks.iter().all(|check| works(&check.outcome)), "{checks:?}");
    }
    order(&company, TwilioOrder::WarnAgainstSharing { on: true });
    let checks = service(&mut company, SmsWay::Verify).test().await;
    assert!(checks.iter().any(|check| matches!(check.outcome, CheckOutcome::Advice(_))));
    company.settings.twilio.verify_service_sid = Some(format!("VA{:032x}", 7));
    let checks = service(&mut company, SmsWay::Verify).test().await;
    assert!(matches!(checks[0].outcome, CheckOutcome::Failed(_)), "{checks:?}");
    assert_eq!(arrived(&company), 0);
}
