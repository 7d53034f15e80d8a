//! What is asked of Twilio is what its own documents say, as a mock server nobody here wrote reads
//! them.
//!
//! `tests/prism/with-mocks` starts it; without it these tests are not run, and say so. Asked for
//! without it, they fail. The server keeps nothing: its answers are the documents' examples.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a failed step is a failed test")]

use jiff::{SignedDuration, Timestamp};
use keydesk::directory::CheckOutcome;
use keydesk::phones::{Country, NumberText, PhoneNumber};
use keydesk::secrets::SecretText;
use keydesk::services::messaging::{
    Checked, CodeService, PushAnswer, PushTarget, PushWish, SmsText,
};
use keydesk::services::{ServiceError, ServiceSecrets, codes, push};
use keydesk::settings::{SmsWay, TwilioSettings, VerifySettings};
use keydesk::verify::{Delivery, Digits, NotDelivered, PushKind};

fn promised(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: use tests/prism/with-mocks"))
}

fn settings(sms: SmsWay) -> VerifySettings {
    let sid = |kind: &str| format!("{kind}{}", "a".repeat(32));
    VerifySettings {
        sms: Some(sms),
        push: Some(PushKind::Verify),
        twilio: TwilioSettings {
            account_sid: sid("AC"),
            verify_service_sid: Some(sid("VA")),
            messaging_service_sid: Some(sid("MG")),
            api_url: promised("KEYDESK_PRISM_MESSAGES"),
            verify_url: promised("KEYDESK_PRISM_VERIFY"),
            ..TwilioSettings::default()
        },
        ..VerifySettings::default()
    }
}

fn secrets() -> ServiceSecrets {
    ServiceSecrets { twilio: Some(SecretText::new("anything")), ..ServiceSecrets::default() }
}

fn service(settings: &VerifySettings) -> Box<dyn CodeService> {
    codes(settings, &secrets()).unwrap().unwrap()
}

fn number() -> PhoneNumber {
    let sweden = Country::from_code("SE").unwrap();
    PhoneNumber::read(&NumberText::new("+46701740605"), sweden).unwrap()
}

fn text() -> SmsText {
    SmsText {
        template: "Larkfield & Söner: {code} är din kod.".into(),
        language: "sv-SE".into(),
        company: "Larkfield & Söner".into(),
    }
}

#[tokio::test]
#[ignore = "needs tests/prism/with-mocks"]
async fn codes_of_ours_are_asked_for_as_the_document_says() {
    let messages = service(&settings(SmsWay::Messages));
    messages.is_busy(&number(), &[]).await.unwrap();
    let sent = messages.send(&number(), &text()).await.unwrap();
    assert_ne!(sent.delivery, Delivery::Untold);
    messages.delivery(&sent).await.unwrap();
    messages.end(&sent.id).await.unwrap();
    let by_number = VerifySettings {
        twilio: TwilioSettings {
            messaging_service_sid: None,
            from: Some("+15005550006".into()),
            ..settings(SmsWay::Messages).twilio
        },
        ..settings(SmsWay::Messages)
    };
    service(&by_number).send(&number(), &text()).await.unwrap();
}

#[tokio::test]
#[ignore = "needs tests/prism/with-mocks"]
async fn verify_is_asked_as_the_document_says() {
    let verify = service(&settings(SmsWay::Verify));
    verify.is_busy(&number(), &[]).await.unwrap();
    let sent = verify.send(&number(), &text()).await.unwrap();
    // The documents' example is a text that did not arrive, and a service with codes of four digits.
    let failed = Delivery::Failed(NotDelivered::Other);
    assert_eq!(verify.delivery(&sent).await, Ok(failed));
    let checks = verify.test().await;
    let length = checks.iter().find(|check| check.name == "Code length").unwrap();
    assert!(matches!(length.outcome, CheckOutcome::Failed(_)), "{length:?}");
    let code = Digits::read("407192").unwrap();
    assert_eq!(verify.check(&sent, &code).await, Ok(Checked::Right));
    verify.end(&sent.id).await.unwrap();
}

#[tokio::test]
#[ignore = "needs tests/prism/with-mocks"]
async fn a_question_is_asked_as_the_document_says() {
    let push = push(&settings(SmsWay::Verify), &secrets()).unwrap().unwrap();
    let whom = PushTarget("ff483d1f-f591-898a-9942-916050d2ca3f".into());
    let wish = PushWish {
        company: "Larkfield & Söner".into(),
        agent: "Amina Haddad".into(),
        ticket: Some("2818".into()),
        word: "42".into(),
        ends: Timestamp::now() + SignedDuration::from_secs(120),
    };
    push.is_busy(&whom, &[]).await.unwrap();
    let asked = push.ask(&whom, &wish).await.unwrap();
    assert_ne!(push.answer(&asked).await, Ok(PushAnswer::Expired));
    for check in push.test().await.iter().filter(|check| check.name != "Clock") {
        let works = matches!(check.outcome, CheckOutcome::Works(_));
        assert!(works, "{check:?}");
    }
}

#[tokio::test]
#[ignore = "needs tests/prism/with-mocks"]
async fn what_is_badly_asked_is_refused() {
    for sms in [SmsWay::Verify, SmsWay::Messages] {
        let mut short = settings(sms);
        short.twilio.account_sid = "AC12".into();
        short.twilio.verify_service_sid = Some("VA12".into());
        let refused = service(&short).send(&number(), &text()).await.unwrap_err();
        assert!(
            matches!(&refused, ServiceError::Refused { facts, .. } if facts.status == Some(422)),
            "{refused:?}"
        );
        // Nothing that is sent may be left out.
        let nameless = SmsText { language: String::new(), company: String::new(), ..text() };
        let sent = service(&settings(sms)).send(&number(), &nameless).await;
        assert_eq!(sent.is_err(), sms == SmsWay::Verify, "{sms:?}");
    }
}
