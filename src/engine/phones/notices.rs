//! Tells people by mail that a phone of theirs was changed.

use crate::directory::{Directory, Mail};
use crate::journal::DueNotice;
use crate::phones::{Change, PhoneKind, PhoneNumber};

/// Whether people are told, and in whose words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::engine) struct Notices {
    /// The mailbox they come from; nobody is told without one.
    pub from: Option<String>,
    /// The tenant's name.
    pub tenant: String,
}

impl Notices {
    pub fn are_on(&self) -> bool {
        self.from.is_some()
    }

    /// Whether it was sent.
    pub async fn send(
        &self,
        directory: &dyn Directory,
        kind: PhoneKind,
        notice: &DueNotice,
    ) -> bool {
        let mail = mail(&self.tenant, kind, notice);
        self.deliver(directory, &notice.mail, &mail).await
    }

    /// Whether a mail about something else than a phone was sent.
    pub async fn send_about(&self, directory: &dyn Directory, to: &str, about: About) -> bool {
        let (what, then) = match about {
            About::Pass => ("A pass for signing in was issued", "With it one signs in as you"),
            About::SmsSignIn { on: true } => {
                ("Sign-in by text message was switched on", "Your phone alone signs you in")
            }
            About::SmsSignIn { on: false } => (
                "Sign-in by text message was switched off",
                "Your phone alone signs you in no more",
            ),
            About::Sessions => ("You were signed out everywhere", "Each device asks you again"),
        };
        let mail = Mail {
            subject: what.to_owned(),
            body: format!(
                "Hello,\n\n{what}, for your account at {}. {then}.\n\nIf you did not ask for \
                 this, call your helpdesk at once.\n",
                self.tenant
            ),
        };
        self.deliver(directory, to, &mail).await
    }

    async fn deliver(&self, directory: &dyn Directory, to: &str, mail: &Mail) -> bool {
        let (Some(from), Some(phones)) = (&self.from, directory.phones()) else { return false };
        match phones.send_mail(from, to, mail).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, "a person was not told of a change");
                false
            }
        }
    }
}

/// What somebody is told of beside a changed phone.
#[derive(Clone, Copy)]
pub(in crate::engine) enum About {
    Pass,
    SmsSignIn { on: bool },
    Sessions,
}

fn mail(tenant: &str, kind: PhoneKind, notice: &DueNotice) -> Mail {
    let masked = |number: Option<&PhoneNumber>| {
        number.map_or_else(|| "no number".to_owned(), PhoneNumber::masked)
    };
    let (old, new) = (masked(notice.change.before()), masked(notice.change.after()));
    let what = match notice.change {
        Change::Add { .. } => format!("was set to {new}"),
        Change::Change { .. } => format!("was changed from {old} to {new}"),
        Change::Remove { .. } => format!("({old}) was removed"),
    };
    Mail {
        subject: format!("Your {} for signing in was changed", kind.word()),
        body: format!(
            "Hello {},\n\nthe {} with which you confirm that it is you when you sign in at \
             {tenant} {what}.\n\nIf you did not ask for this, call your helpdesk at once.\n",
            notice.person.display_name,
            kind.word(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrolment::Subject;
    use crate::phones::NumberText;

    #[test]
    fn a_mail_names_neither_number_in_whole() {
        let number = |text: &str| PhoneNumber::from_international(&NumberText::new(text)).unwrap();
        let (old, new) = ("+46 701740612", "+46 701740658");
        let notice = DueNotice {
            row: 0,
            person: Subject { id: "1".into(), display_name: "Anna".into(), upn: "a@x".into() },
            mail: "a@x.example".into(),
            change: Change::Change { old: number(old), new: number(new) },
        };
        let mail = mail("Larkfield", PhoneKind::Mobile, &notice);
        assert!(mail.body.contains("12 to +46 ••• ••• 58"));
        assert!(!mail.body.contains("17406"));
    }
}
