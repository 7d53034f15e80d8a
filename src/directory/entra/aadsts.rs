//! Help for refused sign-ins, chosen by the AADSTS number and by who signs in. Chooses words only,
//! never behaviour.

use super::super::Signer;

/// What went wrong and what to do next.
type Help = (&'static str, &'static str);

/// Help for numbers that say more than "refused".
pub(in crate::directory) fn help(number: u32, signer: Signer) -> Option<Help> {
    let own = match signer {
        Signer::Application => application(number),
        Signer::Operator => operator(number),
        Signer::LegacyAccount => legacy_account(number),
    };
    own.or_else(|| anybody(number))
}

fn application(number: u32) -> Option<Help> {
    Some(match number {
        7000215 => (
            "The client secret is wrong",
            "Store the secret's value, not its id, with `keydesk secret set`",
        ),
        7000222 => (
            "The client secret has expired",
            "Make a new client secret in the app registration and store it with `keydesk secret set`",
        ),
        7000218 => (
            "The application needs a client secret or a certificate, and none was sent",
            "Store its secret or certificate key, then test the connection again",
        ),
        700025 => (
            "The application is registered as a public client, which can't use a secret",
            "Register it as a confidential (web) application, or let operators sign in with the browser",
        ),
        700027 | 50012 | 50013 => (
            "The certificate or its signature was not accepted",
            "Upload this certificate to the app registration, and check that it has not expired",
        ),
        700024 => (
            "The signed sign-in request is outside its valid time",
            "Set this computer's clock right, then try again",
        ),
        _ => return None,
    })
}

fn operator(number: u32) -> Option<Help> {
    Some(match number {
        7000218 => (
            "The application is registered as one with a secret, so people can't sign in to it from here",
            "Switch \"Allow public client flows\" on in the app registration under Authentication, and add \
             http://localhost as a redirect of a mobile and desktop application",
        ),
        50011 => (
            "The application does not allow this station's redirect address",
            "Add http://localhost in the app registration under Authentication, Mobile and desktop applications",
        ),
        50076 | 50074 | 50078 | 50158 => (
            "The sign-in needs another proof (multi-factor authentication)",
            "Sign in again and complete it in the browser",
        ),
        50072 | 50079 => (
            "The operator has to register for multi-factor authentication first",
            "Sign in with the browser and follow what it asks, or ask an administrator",
        ),
        53003 => (
            "Conditional Access blocks this sign-in",
            "Sign in with the browser on a device and network that the tenant's rules allow, or show the \
             details to an administrator",
        ),
        530_036 => {
            ("The tenant's rules block sign-in with a device code", "Sign in with the browser")
        }
        65004 => ("The consent was declined in the browser", "Sign in again and accept it"),
        70008 | 700_082 | 700_084 => {
            ("The sign-in has expired, because nobody used it for too long", "Sign in again")
        }
        50173 | 50133 | 50132 => (
            "The sign-in was revoked, for instance by a new password or by an administrator",
            "Sign in again",
        ),
        70043 => ("The sign-in is too old for this tenant's rules", "Sign in again"),
        70019 | 70020 => ("The code was not entered in time", "Sign in again with a new code"),
        50020 | 90072 => (
            "The account is not known in this tenant",
            "Sign in with an account of this tenant, or ask an administrator for an invitation",
        ),
        50105 => (
            "The operator is not assigned to the application",
            "Ask an administrator to assign the operator under Enterprise applications, Users and groups",
        ),
        54005 => ("The browser's answer was used already", "Sign in again"),
        501_481 | 50_147 | 501_491 => {
            ("The browser's answer belongs to another sign-in", "Sign in again from here")
        }
        50034 | 50126 => ("The user name or password is wrong", "Sign in again"),
        50055 => {
            ("The operator's password has expired", "Change it in the browser, then sign in again")
        }
        50057 => {
            ("The operator's account is disabled", "Ask an administrator to look at the account")
        }
        _ => return None,
    })
}

/// A password alone: what the browser would ask for can't be answered.
fn legacy_account(number: u32) -> Option<Help> {
    const OPERATORS: &str = "Choose another way to sign in, in Settings: operators with the browser, or the \
                             application with a certificate";
    Some(match number {
        50076 | 50074 | 50078 | 50158 => (
            "The service account needs multi-factor authentication, which a password alone can't give",
            OPERATORS,
        ),
        50072 | 50079 => (
            "The service account has to register for multi-factor authentication, and then its password \
             alone does not do any more",
            OPERATORS,
        ),
        53000..=53003 | 530_032 | 530_034..=530_036 => (
            "Conditional Access or the tenant's security defaults block the service account's sign-in by password",
            OPERATORS,
        ),
        50034 | 51004 => (
            "The service account is not in this tenant",
            "Check the account's user name and the tenant in Settings",
        ),
        50126 => (
            "The service account's user name or password is wrong",
            "Store the password again; a federated account or one without a password can't be used at all",
        ),
        50053 => (
            "The service account is locked, or the address it signs in from is",
            "Wait, check that nothing else uses an old password, or ask an administrator to unlock it",
        ),
        50055 => (
            "The service account's password has expired",
            "Change it by signing in with a browser, then store the new one",
        ),
        50056 => (
            "The service account has no password in this tenant",
            "Give it one, or choose another way to sign in, in Settings",
        ),
        50057 => ("The service account is disabled", "Ask an administrator to look at the account"),
        50020 | 90072 => (
            "The service account is a guest or belongs elsewhere, and such accounts can't sign in by password",
            "Use an account of this tenant, or choose another way to sign in, in Settings",
        ),
        90019 | 50059 | 9001023 => (
            "Sign-in by password needs the tenant itself, not \"common\" or \"consumers\"",
            "Enter the tenant's domain or id in Settings",
        ),
        7000218 => (
            "The application needs a client secret, or has to be allowed to do without",
            "Switch \"Allow public client flows\" on in the app registration under Authentication, or store its \
             client secret",
        ),
        7000215 | 7000222 => (
            "The application's client secret is wrong or has expired",
            "Store the secret's value, not its id",
        ),
        65001 => (
            "The application has no consent to act for the service account",
            "Ask an administrator to grant admin consent to the delegated permissions in the app registration",
        ),
        _ => return None,
    })
}

fn anybody(number: u32) -> Option<Help> {
    Some(match number {
        700016 | 90099 => (
            "The application is not known in this tenant",
            "Check the client id and the tenant in Settings, and that an administrator has granted consent there",
        ),
        90002 => (
            "The tenant was not found",
            "Check the tenant's domain or id in Settings; a mail domain is not always a sign-in domain",
        ),
        90038 => (
            "The tenant belongs to another national cloud",
            "Enter that cloud's sign-in and Graph addresses in Settings",
        ),
        500011 => (
            "The Graph address does not belong to this cloud",
            "Check the Graph address in Settings",
        ),
        70011 => ("The requested scope is not valid", "Check the Graph address in Settings"),
        65001 | 90094 | 90095 => (
            "The application has no consent in this tenant",
            "Ask an administrator to grant admin consent in the app registration under API permissions",
        ),
        53000..=53003 | 530_032 | 530_034..=530_036 => (
            "Conditional Access or a security policy blocks this sign-in",
            "Ask an administrator to allow this application, or to allow it from this network",
        ),
        50194 => (
            "The application is registered for a single tenant",
            "Enter that tenant's domain or id in Settings",
        ),
        50196 => (
            "The service saw too many equal sign-ins and pauses them",
            "Wait five minutes, then try again",
        ),
        90055 => ("The tenant receives too many requests", "Wait a minute, then try again"),
        50034 | 50126 => ("The user name or password is wrong", "Sign in again"),
        50053 => (
            "The account is locked, or the address it signs in from is",
            "Wait, or ask an administrator to unlock it",
        ),
        50055..=50057 => (
            "The account's password has expired or is missing, or the account is disabled",
            "Ask an administrator to look at the account",
        ),
        50072 | 50074 | 50076 | 50078 | 50079 | 50158 => (
            "The sign-in needs another proof (multi-factor authentication)",
            "Sign in again and complete it",
        ),
        70043 => ("The sign-in is too old for this tenant's rules", "Sign in again"),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNERS: [Signer; 3] = [Signer::Application, Signer::Operator, Signer::LegacyAccount];

    #[test]
    fn the_numbers_that_desks_meet_have_help_for_everybody() {
        for number in [53003, 50076, 65001, 7_000_218, 700_016, 90002] {
            for signer in SIGNERS {
                assert!(help(number, signer).is_some(), "{number} {signer:?}");
            }
        }
    }

    #[test]
    fn every_reason_of_a_password_sign_in_has_its_own_help() {
        let reasons = [
            50034, 50126, 50053, 50055, 50056, 50057, 50072, 50074, 50076, 50079, 53003, 50020,
            9_001_023, 65001, 7_000_218, 50158,
        ];
        for number in reasons {
            assert!(legacy_account(number).is_some(), "{number}");
        }
    }

    #[test]
    fn the_fix_of_a_missing_secret_depends_on_who_signs_in() {
        let fix = |signer| help(7_000_218, signer).unwrap().1;
        assert!(fix(Signer::Operator).contains("Allow public client flows"));
        assert!(fix(Signer::Application).contains("secret or certificate key"));
    }

    #[test]
    fn a_person_is_not_told_to_store_a_secret_nor_an_application_to_use_the_browser() {
        for number in 50000..51000 {
            let told = |signer| help(number, signer).map_or("", |help| help.1);
            assert!(!told(Signer::Operator).contains("secret"), "{number}");
            assert!(!told(Signer::Application).contains("browser"), "{number}");
        }
    }

    #[test]
    fn help_is_two_sentences_without_full_stops() {
        let numbers =
            (50000..55000).chain(65000..71000).chain(90000..90100).chain(500_000..531_000);
        for number in numbers.chain(700_000..701_000).chain(7_000_200..7_000_230) {
            for (what, next) in SIGNERS.iter().filter_map(|signer| help(number, *signer)) {
                assert!(!what.ends_with('.') && !next.ends_with('.'), "{number}");
                assert!(!what.contains("  ") && !next.contains("  "), "{number}");
            }
        }
    }
}
