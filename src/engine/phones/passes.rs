//! Temporary Access Passes: asked for, issued, shown or taken back.

use super::deed::{asked, note, phones_of};
use super::live::Pass;
use crate::directory::{DirectoryError, IssuedPass, PassWish, Person};
use crate::engine::Event;
use crate::engine::ports::Ports;
use crate::journal::{Action, Entry};
use crate::problem::{Explain, Problem};
use jiff::{Span, Timestamp};

pub(super) enum Issued {
    Pass(Pass),
    /// One may exist that nobody has seen.
    Unsure(Problem),
}

/// Issues a pass that stands in the history before and after; `known` is how the operator knows
/// that it is this person.
pub(super) async fn issue(
    ports: &Ports,
    person: &Person,
    wish: PassWish,
    known: &str,
) -> Result<Issued, Problem> {
    let how = if wish.once { "once" } else { "several times" };
    let detail = format!("{} minutes, {how}; {known}", wish.minutes);
    asked(ports, person, format!("Pass: {detail}")).await?;
    match phones_of(ports)?.issue_pass(&person.id, wish).await {
        Ok(issued) => {
            let pass = pass_of(person, issued);
            // What has no row in the history must not stay good.
            if let Err(problem) = note(ports, Action::PassIssued, person, detail).await {
                take_back(ports, &pass).await;
                return Err(problem);
            }
            Ok(Issued::Pass(pass))
        }
        Err(error @ DirectoryError::AnswerLost(_)) => {
            let perhaps = format!("{detail} (perhaps: no answer came)");
            note(ports, Action::PassIssued, person, perhaps).await?;
            Ok(Issued::Unsure(Problem {
                what: "No answer came: a pass may exist that nobody has seen".into(),
                next: "Issue another one, which replaces it".into(),
                ..error.problem()
            }))
        }
        Err(error) => Err(error.problem()),
    }
}

fn pass_of(person: &Person, issued: IssuedPass) -> Pass {
    let ends = issued.starts.checked_add(Span::new().minutes(i64::from(issued.minutes)));
    Pass {
        person: person.id.clone(),
        id: issued.id,
        name: person.display_name.clone(),
        upn: person.upn.clone(),
        pass: issued.pass,
        starts: issued.starts,
        ends: ends.unwrap_or(Timestamp::MAX),
        once: issued.once,
    }
}

/// Takes a pass out of the directory that nobody was shown, and says so.
pub(super) async fn take_back(ports: &Ports, pass: &Pass) {
    let removed = match phones_of(ports) {
        Ok(phones) => phones.remove_pass(&pass.person, &pass.id).await,
        Err(_) => return,
    };
    let problem = match removed {
        Ok(()) => {
            let entry = Entry {
                tenant: ports.tenant.name.clone(),
                operator: ports.tenant.operator.clone(),
                action: Action::PassTakenBack,
                subject: pass.upn.clone(),
                serial: None,
                detail: "Nobody saw it".into(),
            };
            let now = Timestamp::now();
            let noted = ports.journal.call(move |journal| journal.audit(&entry, now)).await;
            if let Err(error) = noted {
                ports.teller.tell(Event::Problem(error.problem())).await;
            }
            Problem {
                what: format!("The pass for {} was taken back: nobody could see it", pass.name),
                next: "Issue another one while the person is open".into(),
                details: Vec::new(),
            }
        }
        Err(error) => Problem {
            what: format!("{} has a pass that nobody has seen", pass.name),
            next: "Issue another one, which replaces it".into(),
            ..error.problem()
        },
    };
    ports.teller.tell(Event::Problem(problem)).await;
}
