//! What the tenant's administrator gets to read: plain text, to be pasted into a mail or a ticket.

use crate::directory::{CheckOutcome, ConnectionCheck};
use crate::settings::{DirectorySettings, TenantSettings};

/// Which application and tenant it is about, what has to be mended with its fix, and what works.
/// No secret is in it: the settings hold none, and a check tells none.
pub fn report(
    tenant: &TenantSettings,
    consent: Option<&str>,
    checks: &[ConnectionCheck],
) -> String {
    let mut text = format!("Keydesk, connection test of \"{}\"\n", tenant.name);
    for (name, value) in facts(&tenant.directory) {
        text.push_str(&format!("{name}: {value}\n"));
    }
    let is_fine = |check: &&ConnectionCheck| matches!(check.outcome, CheckOutcome::Works(_));
    let (fine, rest): (Vec<_>, Vec<_>) = checks.iter().partition(is_fine);
    let (look, mend): (Vec<_>, Vec<_>) =
        rest.into_iter().partition(|check| matches!(check.outcome, CheckOutcome::Advice(_)));
    list(&mut text, "To mend", &mend);
    list(&mut text, "Worth a look", &look);
    list(&mut text, "Works", &fine);
    if let Some(link) = consent.filter(|_| !mend.is_empty()) {
        text.push_str(&format!("\nAdmin consent: {link}\n"));
    }
    text
}

fn facts(directory: &DirectorySettings) -> Vec<(&'static str, &str)> {
    match directory {
        DirectorySettings::Entra(entra) => vec![
            ("Tenant", &entra.tenant),
            ("Application (client) id", &entra.client_id),
            ("Cloud", entra.cloud().name()),
        ],
        DirectorySettings::PrivacyIdea(there) => vec![
            ("Server", &there.server_url),
            ("Realm", &there.realm),
            ("Administrator", &there.administrator),
        ],
    }
}

fn list(text: &mut String, title: &str, checks: &[&ConnectionCheck]) {
    if checks.is_empty() {
        return;
    }
    text.push_str(&format!("\n{title}\n"));
    for check in checks {
        text.push_str(&format!("- {}: ", check.name));
        match &check.outcome {
            CheckOutcome::Works(note) => text.push_str(note),
            CheckOutcome::Advice(problem) | CheckOutcome::Failed(problem) => {
                text.push_str(&problem.to_string());
            }
            CheckOutcome::MissingPermission { permission, problem } => {
                text.push_str(&format!("{permission} is missing. {}.", problem.next));
            }
        }
        text.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::{Detail, Problem};
    use crate::settings::{Accent, EntraSettings};

    #[test]
    fn the_list_begins_with_what_must_be_mended_and_says_how() {
        let entra = EntraSettings {
            tenant: "contoso.example".into(),
            client_id: "c-1".into(),
            ..EntraSettings::default()
        };
        let tenant = TenantSettings::new("Contoso", Accent::Blue, DirectorySettings::Entra(entra));
        let problem = |what: &str, next: &str| Problem {
            what: what.into(),
            next: next.into(),
            details: vec![Detail::new("request-id", "r-1")],
        };
        let check = |name: &str, outcome| ConnectionCheck { name: name.into(), outcome };
        let checks = [
            check("Sign in", CheckOutcome::Works("A token was issued".into())),
            check("Text messages", CheckOutcome::Advice(problem("SMS is off", "Turn it on"))),
            check(
                "Read people",
                CheckOutcome::MissingPermission {
                    permission: "User.Read.All",
                    problem: problem("It lacks a permission", "Grant it"),
                },
            ),
        ];
        assert_eq!(
            report(&tenant, Some("https://login.example/consent"), &checks),
            "Keydesk, connection test of \"Contoso\"\nTenant: contoso.example\n\
             Application (client) id: c-1\nCloud: Global\n\n\
             To mend\n- Read people: User.Read.All is missing. Grant it.\n\n\
             Worth a look\n- Text messages: SMS is off. Turn it on.\n\n\
             Works\n- Sign in: A token was issued\n\n\
             Admin consent: https://login.example/consent\n"
        );
        assert!(!report(&tenant, Some("https://x"), &checks[..1]).contains("consent"));
    }
}
