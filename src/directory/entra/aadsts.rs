//! Help for refused sign-ins, chosen by the AADSTS number. Chooses words only, never behaviour.

/// What went wrong and what to do next, for numbers that say more than "refused".
pub(in crate::directory) fn help(number: u32) -> Option<(&'static str, &'static str)> {
    Some(match number {
        7000215 => (
            "The client secret is wrong",
            "Store the secret's value, not its id, with `keydesk secret set`",
        ),
        7000222 => (
            "The client secret has expired",
            "Make a new client secret in the app registration and store it with `keydesk secret set`",
        ),
        700016 | 90099 => (
            "The application is not known in this tenant",
            "Check the client id and the tenant in Settings, and that an administrator has granted consent there",
        ),
        7000218 => (
            "The application needs a client secret or a certificate, and none was sent",
            "Store its secret or certificate key, then test the connection again",
        ),
        700025 => (
            "The application is registered as a public client, which can't use a secret",
            "Register it as a confidential (web) application, or use another app registration",
        ),
        700027 | 50012 | 50013 => (
            "The certificate or its signature was not accepted",
            "Upload this certificate to the app registration, and check that it has not expired",
        ),
        700024 => (
            "The signed sign-in request is outside its valid time",
            "Set this computer's clock right, then try again",
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
