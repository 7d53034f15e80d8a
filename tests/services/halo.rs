//! Tickets are read as they are, and a note is private, once, or told.

use crate::company::Company;
use keydesk::directory::CheckOutcome;
use keydesk::practice::cloud::{Effect, HaloOrder, Order};
use keydesk::services::tickets::{Note, NoteOutcome, NotePlaced, TicketSystem};
use keydesk::services::{ServiceError, tickets};

fn system(company: &Company) -> Box<dyn TicketSystem> {
    tickets(&company.settings, &company.secrets()).unwrap().unwrap()
}

fn note(reference: &str) -> Note {
    Note {
        ticket: 2818,
        reference: reference.into(),
        title: "Caller identity check".into(),
        lines: vec![
            ("Outcome".into(), "Verified".into()),
            ("Person".into(), "Elin <b>Bergström</b> & \"Co\"".into()),
        ],
    }
}

fn order(company: &Company, order: HaloOrder) {
    company.control.order(Order::Halo(order));
}

#[tokio::test]
async fn a_ticket_is_read_with_its_people_and_without_their_numbers() {
    let company = Company::start().await;
    let halo = system(&company);
    let ticket = halo.ticket(2818).await.unwrap();
    assert_eq!(ticket.summary, "Lost security key, cannot sign in");
    assert_eq!(ticket.details, "Left the key on a train, needs a new one.");
    assert_eq!((ticket.company.as_str(), ticket.status.as_str()), ("Larkfield Ltd", "In progress"));
    assert_eq!(ticket.requester_name, "Elin Bergström");
    assert_eq!(ticket.requester_mail.as_deref(), Some("elin.bergstrom@larkfield.example"));
    assert_eq!(ticket.assigned_to.as_deref(), Some("Amina Haddad"));
    assert!(ticket.opened.is_some() && !ticket.is_closed);
    let closed = halo.ticket(2822).await.unwrap();
    assert!(closed.is_closed && closed.status == "Closed");
    let unassigned = halo.ticket(2823).await.unwrap();
    assert_eq!((unassigned.assigned_to, unassigned.status.as_str()), (None, "New"));
    let from_record = halo.ticket(2827).await.unwrap();
    assert_eq!(from_record.requester_mail.as_deref(), Some("nora.eld@larkfield.example"));
    for number in [2818, 2827] {
        assert!(!format!("{:?}", halo.ticket(number).await).contains("900666"), "{number}");
    }
    // Names of states and agents are read once.
    assert_eq!(company.calls("GET", "/halo/api/status/2"), 1);
    assert_eq!(company.calls("GET", "/halo/api/agent/12"), 1);
    assert_eq!(company.control.observed().counts.get("POST /halo/auth/token"), Some(&1));
}

#[tokio::test]
async fn a_hostile_ticket_is_plain_text() {
    let company = Company::start().await;
    let ticket = system(&company).ticket(2829).await.unwrap();
    assert_eq!(ticket.summary, "Key tseuqer &");
    assert!(
        ticket.details.starts_with("Verified: yes Outcome: approved x x"),
        "{}",
        ticket.details
    );
    assert_eq!(ticket.details.chars().count(), 600);
    for text in [&ticket.summary, &ticket.details, &ticket.requester_name] {
        assert!(!text.contains(['<', '\u{202e}', '\u{200b}', '\u{2066}', '\0']), "{text}");
    }
}

#[tokio::test]
async fn a_ticket_that_is_none_is_not_found() {
    let company = Company::start().await;
    let halo = system(&company);
    for number in [1, u64::MAX] {
        assert!(matches!(halo.ticket(number).await, Err(ServiceError::NotFound { .. })));
    }
    order(&company, HaloOrder::RemoveTicket { number: 2818 });
    let gone = halo.private_note(&note("7f3c")).await.unwrap_err();
    assert!(matches!(gone, ServiceError::NotFound { .. }) && !gone.passes());
}

#[tokio::test]
async fn a_note_is_private_mails_nobody_and_holds_no_markup_of_others() {
    let mut company = Company::start().await;
    company.halo().outcome_id = Some(23);
    company.halo().agent_id = Some(12);
    let halo = system(&company);
    assert_eq!(halo.private_note(&note("7f3c")).await, Ok(NotePlaced::Private));
    let notes = company.control.notes(2818);
    assert_eq!(notes.len(), 1);
    let placed = &notes[0];
    assert!(placed.private && !placed.mailed);
    assert_eq!((placed.outcome.as_str(), placed.agent), ("Caller check", Some(12)));
    let text = "Caller identity check\nOutcome: Verified\nPerson: Elin <b>Bergström</b> & \"Co\"\nReference: 7f3c";
    assert_eq!(placed.text, text);
    assert_eq!(
        placed.html,
        "<p><b>Caller identity check</b><br>Outcome: Verified<br>Person: Elin \
         &lt;b&gt;Bergström&lt;/b&gt; &amp; &quot;Co&quot;<br>Reference: 7f3c</p>"
    );
}

#[tokio::test]
async fn a_note_is_written_once_whatever_happens_to_the_answer() {
    let company = Company::start().await;
    let halo = system(&company);
    for (reference, effect) in [
        ("r-1", Effect::CutAfter),
        ("r-2", Effect::CutBefore),
        ("r-3", Effect::Status { status: 502, retry_after_s: None }),
    ] {
        company.fail("POST", "/halo/api/actions", 1, effect);
        let lost = halo.private_note(&note(reference)).await.unwrap_err();
        assert!(matches!(lost, ServiceError::AnswerLost { .. }) && lost.passes(), "{lost:?}");
        assert_eq!(halo.private_note(&note(reference)).await, Ok(NotePlaced::Private));
        assert_eq!(halo.private_note(&note(reference)).await, Ok(NotePlaced::Private));
        let notes = company.control.notes(2818);
        let found = notes.iter().filter(|note| note.text.contains(reference)).count();
        assert_eq!(found, 1, "{reference}");
    }
    // An answer that can't be read says that it was taken: the ticket has the note.
    company.fail("POST", "/halo/api/actions", 1, Effect::Garbage);
    assert_eq!(halo.private_note(&note("r-4")).await, Ok(NotePlaced::Private));
    assert_eq!(company.control.notes(2818).len(), 4);
}

#[tokio::test]
async fn an_action_that_quotes_a_note_is_neither_that_note_nor_deleted_as_it() {
    let company = Company::start().await;
    let halo = system(&company);
    let ours = note("q-1");
    let whole: Vec<String> =
        ours.lines.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    let quoting = Note {
        reference: "somebody-else".into(),
        lines: vec![(
            "Quoted".into(),
            format!("{} {} Reference: q-1", ours.title, whole.join(" ")),
        )],
        ..note("q-2")
    };
    order(&company, HaloOrder::PublicNotes { on: true });
    order(&company, HaloOrder::KeepNotes { on: true });
    assert_eq!(halo.private_note(&quoting).await, Ok(NotePlaced::Public));
    order(&company, HaloOrder::PublicNotes { on: false });
    order(&company, HaloOrder::KeepNotes { on: false });
    assert_eq!(halo.private_note(&ours).await, Ok(NotePlaced::Private));
    let notes = company.control.notes(2818);
    assert_eq!(notes.iter().filter(|note| note.is_in(2818)).count(), 2, "the quote is gone");
    assert_eq!(halo.private_note(&ours).await, Ok(NotePlaced::Private));
    assert_eq!(company.control.notes(2818).len(), 2, "written twice");
}

#[tokio::test]
async fn a_note_that_is_not_private_is_deleted_or_told() {
    let company = Company::start().await;
    let halo = system(&company);
    order(&company, HaloOrder::PublicNotes { on: true });
    assert_eq!(halo.private_note(&note("p-1")).await, Ok(NotePlaced::WasPublicAndDeleted));
    assert_eq!(company.control.notes(2818), []);
    order(&company, HaloOrder::KeepNotes { on: true });
    assert_eq!(halo.private_note(&note("p-2")).await, Ok(NotePlaced::Public));
    // What an earlier try left behind is judged in the same way.
    order(&company, HaloOrder::PublicNotes { on: false });
    assert_eq!(halo.private_note(&note("p-2")).await, Ok(NotePlaced::Public));
    order(&company, HaloOrder::KeepNotes { on: false });
    assert_eq!(halo.private_note(&note("p-2")).await, Ok(NotePlaced::WasPublicAndDeleted));
    assert_eq!(company.control.notes(2818), []);
}

#[tokio::test]
async fn a_note_that_could_not_be_read_back_is_judged_the_next_time() {
    let company = Company::start().await;
    let halo = system(&company);
    order(&company, HaloOrder::PublicNotes { on: true });
    company.fail("GET", "/halo/api/actions/1", 1, Effect::Garbage);
    let unread = halo.private_note(&note("b-1")).await.unwrap_err();
    assert!(matches!(unread, ServiceError::Garbled { .. }) && unread.passes(), "{unread:?}");
    assert_eq!(halo.private_note(&note("b-1")).await, Ok(NotePlaced::WasPublicAndDeleted));
    assert_eq!(company.control.observed().notes.len(), 1, "written once");
}

#[tokio::test]
async fn a_token_that_ends_in_the_middle_is_replaced_once() {
    let company = Company::start().await;
    let halo = system(&company);
    halo.ticket(2818).await.unwrap();
    order(&company, HaloOrder::ExpireTokens);
    assert_eq!(halo.private_note(&note("t-1")).await, Ok(NotePlaced::Private));
    assert_eq!(company.control.observed().counts.get("POST /halo/auth/token"), Some(&2));
    // One that is refused again is told, and not asked for for ever.
    company.fail(
        "GET",
        "/halo/api/tickets",
        2,
        Effect::Status { status: 401, retry_after_s: None },
    );
    let refused = halo.ticket(2818).await.unwrap_err();
    assert!(matches!(refused, ServiceError::SignIn { .. }), "{refused:?}");
    assert_eq!(company.control.observed().counts.get("POST /halo/auth/token"), Some(&3));
}

#[tokio::test]
async fn a_busy_instance_is_waited_for_as_it_says_or_told() {
    let company = Company::start().await;
    let halo = system(&company);
    let busy = |retry_after_s| Effect::Status { status: 429, retry_after_s };
    company.fail("GET", "/halo/api/tickets", 1, busy(Some(0)));
    halo.ticket(2818).await.unwrap();
    company.fail("POST", "/halo/api/actions", 1, busy(Some(0)));
    assert_eq!(halo.private_note(&note("w-1")).await, Ok(NotePlaced::Private));
    assert_eq!(company.control.notes(2818).len(), 1);
    company.fail("GET", "/halo/api/tickets", 1, busy(Some(3600)));
    match halo.ticket(2818).await {
        Err(ServiceError::Throttled { resume_in, .. }) => assert_eq!(resume_in.as_secs(), 3600),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_instance_that_is_away_is_told_and_nothing_is_written() {
    let company = Company::start().await;
    let halo = system(&company);
    company.fail(
        "GET",
        "/halo/api/actions",
        9,
        Effect::Status { status: 404, retry_after_s: None },
    );
    assert!(halo.private_note(&note("a-1")).await.is_err());
    assert_eq!(company.control.observed().notes, []);
    let mut elsewhere = Company::start().await;
    elsewhere.halo().url = "http://127.0.0.1:9/halo".into();
    let halo = system(&elsewhere);
    let away = halo.private_note(&note("a-1")).await.unwrap_err();
    assert!(matches!(away, ServiceError::Unreachable { .. }) && away.passes());
}

#[tokio::test]
async fn a_wrong_secret_or_tenant_is_told_without_the_secret() {
    let mut company = Company::start().await;
    company.halo().client_id = "00000000-0000-0000-0000-000000000000".into();
    let refused = system(&company).ticket(2818).await.unwrap_err();
    assert!(
        matches!(&refused, ServiceError::SignIn { facts, .. } if facts.code.as_deref() == Some("invalid_client"))
    );
    assert!(!company.is_secret_in(&format!("{refused:?}")));
    let mut company = Company::start().await;
    company.halo().tenant = Some("another".into());
    let refused = system(&company).ticket(2818).await.unwrap_err();
    assert!(
        matches!(&refused, ServiceError::SignIn { facts, .. } if facts.code.as_deref() == Some("invalid_tenant"))
    );
    let without = keydesk::services::ServiceSecrets::default();
    let refused = tickets(&company.settings, &without).err();
    assert_eq!(refused, Some(ServiceError::NoSecret { service: "HaloPSA" }));
}

#[tokio::test]
async fn the_outcomes_are_the_instances_own() {
    let company = Company::start().await;
    let outcomes = system(&company).outcomes().await.unwrap();
    assert_eq!(outcomes.len(), 4);
    assert!(outcomes.contains(&NoteOutcome { id: 23, name: "Caller check".into() }));
}

#[tokio::test]
async fn the_test_says_what_is_missing_and_writes_nothing() {
    let mut company = Company::start().await;
    company.halo().agent_id = Some(12);
    let checks = system(&company).test().await;
    let names: Vec<_> = checks.iter().map(|check| check.name.as_str()).collect();
    assert_eq!(
        names,
        [
            "Sign in",
            "Read tickets",
            "Read people of tickets",
            "Write notes",
            "Outcome of notes",
            "Agent of notes",
            "Clock"
        ]
    );
    for check in &checks {
        assert!(matches!(check.outcome, CheckOutcome::Works(_)), "{check:?}");
    }
    for (permission, name) in [
        ("read:tickets", "Read tickets"),
        ("read:customers", "Read people of tickets"),
        ("edit:tickets", "Write notes"),
    ] {
        let permit = |given| HaloOrder::Permission { name: permission.into(), given };
        order(&company, permit(false));
        let checks = system(&company).test().await;
        let check = checks.iter().find(|check| check.name == name).unwrap();
        assert!(
            matches!(check.outcome, CheckOutcome::MissingPermission { permission: told, .. } if told == permission),
            "{check:?}"
        );
        order(&company, permit(true));
    }
    company.halo().outcome_id = Some(99);
    company.halo().agent_id = Some(99);
    let checks = system(&company).test().await;
    for name in ["Outcome of notes", "Agent of notes"] {
        let check = checks.iter().find(|check| check.name == name).unwrap();
        assert!(matches!(check.outcome, CheckOutcome::Failed(_)), "{check:?}");
    }
    assert_eq!(company.control.observed().notes, []);
}
