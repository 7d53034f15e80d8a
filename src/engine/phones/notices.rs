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
        let (Some(from), Some(phones)) = (&self.from, directory.phones()) else { return false };
        let mail = mail(&self.tenant, kind, notice);
        match phones.send_mail(from, &notice.mail, &mail).await {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(%error, "a person was not told of a change");
                false
            }
        }
    }
}

fn mail(tenant: &str, kind: PhoneKind, notice: &DueNotice) -> Mail {
    let masked = |number: Option<&PhoneNumber>| {
        number.map_or_else(|| "no number".to_owned(), PhoneNumber::masked)
    };
    let (old, new) = (masked(notice.change.old()), masked(notice.change.new()));
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
