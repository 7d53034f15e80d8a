//! The command itself, as somebody types it.

use crate::desk::{Desk, TENANT};
use std::io::Write;
use std::process::{Command, Output, Stdio};

const RULES: &str = "\
[[tenants.roles]]
role = \"provisioner\"
app_role = \"Keydesk.Provisioner\"
[[tenants.roles]]
role = \"helpdesk\"
app_role = \"Keydesk.Helpdesk\"
";
/// Runs it beside the open journal; the secret comes from standard input, as there may be no
/// keyring.
fn audit(desk: &Desk, more: &[&str]) -> Output {
    audit_where(desk, "secret", more)
}

/// The same where the tenant signs in so.
fn audit_where(desk: &Desk, sign_in: &str, more: &[&str]) -> Output {
    let mut command = command(desk, sign_in);
    command.arg("--secret-from-stdin").args(more).stdin(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let there = desk.cloud.connection();
    child.stdin.take().unwrap().write_all(there.secret.expose().as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// Without its secret and whatever else is typed.
pub fn command(desk: &Desk, sign_in: &str) -> Command {
    let there = desk.cloud.connection();
    let config = desk.folder().join("config");
    std::fs::create_dir_all(&config).unwrap();
    let text = format!(
        "[[tenants]]\nname = \"{TENANT}\"\ntenant = \"{}\"\nclient_id = \"{}\"\n\
         sign_in = \"{sign_in}\"\nlogin_url = \"{base}\"\ngraph_url = \"{base}\"\n{RULES}",
        there.domain,
        there.client_id,
        base = there.base_url
    );
    std::fs::write(config.join("config.toml"), text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_keydesk"));
    command.arg("--config").arg(&config).arg("--data").arg(desk.folder().join("data"));
    command.arg("audit").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub fn text(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn findings_are_printed_and_the_exit_code_is_one() {
    let desk = Desk::of(2).await;
    desk.handed_over(1).await;
    desk.handed_over(2).await;
    desk.remove_passkeys_of(2).await;
    let output = audit(&desk, &[]);
    let text = text(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("2 people, 2 keys"), "{text}");
    let row = text.lines().find(|line| line.starts_with(desk.upn(2))).expect("a row");
    assert!(row.ends_with("Handed over, and not in the directory"), "{row}");
    assert!(!text.lines().any(|line| line.starts_with(desk.upn(1))), "{text}");
    assert!(text.ends_with("1 finding\n"), "{text}");
}

/// The vault's key is in the memory of this test only.
#[tokio::test(flavor = "multi_thread")]
async fn what_could_not_be_compared_is_not_taken_for_agreement() {
    let desk = Desk::of(1).await;
    desk.handed_over(1).await;
    let id = desk.session.0.to_string();
    let output = audit(&desk, &["--tenant", TENANT, "--session", &id]);
    let text = text(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("Not compared: The sealed PINs"), "{text}");
    assert!(text.ends_with("What was compared agrees\n"), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_or_session_that_is_not_there_is_said_with_exit_code_two() {
    let desk = Desk::of(1).await;
    for (more, word) in [
        (["--tenant", "Fabrikam"], "Fabrikam"),
        (["--session", "00000000-0000-4000-8000-000000000000"], "session"),
    ] {
        let output = audit(&desk, &more);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(word), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_not_compared_with_another_tenants_directory() {
    let desk = Desk::of(1).await;
    desk.handed_over(1).await;
    let mut command = command(&desk, "secret");
    let config = desk.folder().join("config").join("config.toml");
    let ours = std::fs::read_to_string(&config).unwrap();
    let theirs = ours.replace(TENANT, "Fabrikam");
    std::fs::write(&config, format!("{ours}{theirs}")).unwrap();
    command.args(["--tenant", "Fabrikam", "--session", &desk.session.0.to_string()]);
    let output = command.output().unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains(&format!("The session is of {TENANT}, not of Fabrikam")), "{told}");
    assert!(told.contains("Leave out --tenant"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tenant_whose_operators_sign_in_by_name_is_not_asked_and_the_way_out_is_said() {
    let desk = Desk::of(1).await;
    let output = audit_where(&desk, "operator", &[]);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("sign in by name") && told.contains("--sign-in"), "{told}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_practised_session_is_compared_without_its_directory() {
    let desk = Desk::of(1).await;
    std::fs::rename(desk.folder().join("data"), desk.folder().join("practice")).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_keydesk"))
        .arg("--data")
        .arg(desk.folder())
        .args(["audit", "--practice", "--session", &desk.session.0.to_string()])
        .output()
        .unwrap();
    let text = text(&output);
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("simulated company's directory was not compared"), "{text}");
}

/// `packaging/test` runs it in a desktop of its own; elsewhere the operator's own keyring is left
/// alone.
#[tokio::test(flavor = "multi_thread")]
async fn all_agrees_with_the_vaults_key_in_the_keyring_and_the_exit_code_is_zero() {
    if std::env::var("KEYDESK_REAL_KEYRING").as_deref() != Ok("1") {
        return;
    }
    let desk = Desk::in_the_keyring(2).await;
    desk.handed_over(1).await;
    desk.taken_back(2).await;
    let output = audit(&desk, &[]);
    let text = text(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.ends_with("All agrees\n"), "{text}");
}
