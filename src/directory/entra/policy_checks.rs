//! The connection test's lines about the tenant's authentication method policies.

use super::super::http::Call;
use super::super::{
    CheckOutcome, ConnectionCheck, DirectoryError, KeyRestriction, PasskeyPolicy, PolicyProfile,
};
use super::check::{failed, line, optional};
use super::graph::Graph;
use super::permission;
use crate::problem::Problem;
use serde::Deserialize;

const PASSKEY_PLACE: &str =
    "in the Entra admin centre under Authentication methods, Policies, Passkey (FIDO2)";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMethodPolicy {
    state: String,
    minimum_lifetime_in_minutes: Option<u32>,
    maximum_lifetime_in_minutes: Option<u32>,
    is_usable_once: Option<bool>,
}

/// One line that the policy could be read, and one for each thing in it that decides.
pub(super) fn passkeys(policy: Result<PasskeyPolicy, DirectoryError>) -> Vec<ConnectionCheck> {
    let name = "Read the passkey policy";
    let policy = match policy {
        Ok(policy) => policy,
        Err(error) => return vec![line(name, Err(failed(error)))],
    };
    vec![
        line(name, Ok("The policy was read".into())),
        line("Passkeys are on", enabled(&policy)),
        line("Self-service set-up", self_service(&policy)),
        line("Attestation", attestation(&policy)),
        line("Key restrictions", restrictions(&policy)),
    ]
}

fn enabled(policy: &PasskeyPolicy) -> Result<String, CheckOutcome> {
    match policy.enabled {
        true => Ok("Passkeys (FIDO2) are enabled".into()),
        false => Err(wrong(
            "Passkeys (FIDO2) are switched off in this tenant",
            format!("Enable them {PASSKEY_PLACE}"),
        )),
    }
}

fn self_service(policy: &PasskeyPolicy) -> Result<String, CheckOutcome> {
    match policy.self_service_allowed {
        true => Ok("Allowed, as registering on behalf needs it".into()),
        false => Err(wrong(
            "\"Allow self-service set up\" is off in the passkey policy, and Entra registers no keys without it",
            format!("Set it to Yes {PASSKEY_PLACE}"),
        )),
    }
}

/// Enforced or not, keys with an attestation pass; the line says what the tenant chose.
fn attestation(policy: &PasskeyPolicy) -> Result<String, CheckOutcome> {
    let profiles = policy.profiles.as_slice();
    let enforced: Vec<&PolicyProfile> =
        profiles.iter().filter(|profile| profile.attestation_enforced).collect();
    Ok(match enforced.len() {
        0 => "Not enforced: any model is taken".into(),
        n if n == profiles.len() => "Enforced: only models known to Microsoft are taken".into(),
        _ => format!("Enforced in {}", names(&enforced)),
    })
}

fn restrictions(policy: &PasskeyPolicy) -> Result<String, CheckOutcome> {
    let device_bound: Vec<&PolicyProfile> =
        policy.profiles.iter().filter(|profile| profile.device_bound).collect();
    if device_bound.is_empty() {
        return Err(wrong(
            "No passkey profile takes security keys (device-bound passkeys)",
            format!("Allow device-bound passkeys in a profile {PASSKEY_PLACE}"),
        ));
    }
    let allows_none = |profile: &&PolicyProfile| matches!(&profile.restriction, KeyRestriction::AllowOnly(models) if models.is_empty());
    if device_bound.iter().all(allows_none) {
        return Err(wrong(
            "The key restrictions allow no model at all",
            format!("Add the AAGUIDs of your keys {PASSKEY_PLACE}"),
        ));
    }
    let texts: Vec<String> = device_bound.iter().map(|profile| restriction(profile)).collect();
    Ok(texts.join("; "))
}

fn restriction(profile: &PolicyProfile) -> String {
    let count = |models: usize| match models {
        1 => "1 model".to_owned(),
        models => format!("{models} models"),
    };
    match &profile.restriction {
        KeyRestriction::None => format!("{}: none", profile.name),
        KeyRestriction::AllowOnly(models) => {
            format!("{}: only {} allowed", profile.name, count(models.len()))
        }
        KeyRestriction::Block(models) => {
            format!("{}: {} blocked", profile.name, count(models.len()))
        }
    }
}

/// Issuing passes, and texting codes, need these; enrolling keys does not.
pub(super) async fn other_methods(graph: &Graph) -> Vec<ConnectionCheck> {
    let (pass, sms) = tokio::join!(method(graph, "TemporaryAccessPass"), method(graph, "Sms"));
    vec![
        line(
            "Temporary Access Pass",
            optional(pass).and_then(|policy| {
                on(&policy, "Temporary Access Pass", "passes can't be issued")?;
                Ok(pass_in_words(&policy))
            }),
        ),
        line(
            "Text messages",
            optional(sms).and_then(|policy| {
                on(&policy, "SMS", "phone numbers can be registered but not used to sign in")?;
                Ok("Enabled".into())
            }),
        ),
    ]
}

async fn method(graph: &Graph, id: &str) -> Result<WireMethodPolicy, DirectoryError> {
    let path =
        ["policies", "authenticationMethodsPolicy", "authenticationMethodConfigurations", id];
    graph.read(&Call::get("policy.method", graph.url(&path)?), permission::POLICY).await
}

fn on(policy: &WireMethodPolicy, name: &str, effect: &str) -> Result<(), CheckOutcome> {
    match policy.state.as_str() {
        "enabled" => Ok(()),
        _ => Err(CheckOutcome::Advice(Problem {
            what: format!("{name} is switched off in this tenant: {effect}"),
            next: format!(
                "If it is wanted, enable it in the Entra admin centre under Authentication methods, Policies, {name}"
            ),
            details: Vec::new(),
        })),
    }
}

fn pass_in_words(policy: &WireMethodPolicy) -> String {
    let lifetime = match (policy.minimum_lifetime_in_minutes, policy.maximum_lifetime_in_minutes) {
        (Some(least), Some(most)) => format!(", {least} to {most} minutes"),
        _ => String::new(),
    };
    let once = if policy.is_usable_once == Some(true) { ", used once" } else { "" };
    format!("Enabled{lifetime}{once}")
}

fn names(profiles: &[&PolicyProfile]) -> String {
    profiles.iter().map(|profile| profile.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn wrong(what: &str, next: String) -> CheckOutcome {
    CheckOutcome::Failed(Problem { what: what.into(), next, details: Vec::new() })
}
