//! Signed requests: taken once, near their time, as they were signed.

use crate::station::{Ran, Station};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use std::io::Write;
use std::process::{Command, Stdio};

const KEY: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";

fn payload(station: &Station) -> Value {
    json!({
        "version": 1,
        "id": uuid::Uuid::new_v4(),
        "tenant": station.tenant,
        "time": Timestamp::now().to_string(),
        "people": [
            {"UserPrincipalName": "crowd000006@larkfield.example"},
            {"UserPrincipalName": "sean.obrien@larkfield.example"},
        ],
        "from": "extensionAttribute7",
        "kind": "mobile",
        "country": "IE",
    })
}

/// As `keydesk phones sign` makes it of a payload, with a key of standard input.
fn signed(station: &Station, payload: &Value) -> String {
    let file = station.file("payload.json", &payload.to_string());
    let mut child = station
        .command(&["sign", "--key-from-stdin", &file], &[])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{KEY}").unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn apply(station: &Station, request: &str, more: &[&str]) -> Ran {
    let file = station.file("request.json", request);
    station.phones(&["apply", "--request", &file], more)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_is_carried_out_once() {
    let Some(station) = Station::with_crowd(10).await else { return };
    station.keep_request_key(KEY);
    let request = signed(&station, &payload(&station));
    let dry = apply(&station, &request, &[]);
    assert_eq!((dry.code, station.writes()), (0, 0), "{}", dry.said);
    let done = apply(&station, &request, &["--write"]);
    assert_eq!((done.code, station.writes()), (0, 2), "{}", done.said);
    assert!(station.has("sean.obrien@larkfield.example", Some("+353 850000114")));
    for more in [&["--write"][..], &[]] {
        let again = apply(&station, &request, more);
        assert_eq!(again.code, 3, "{}", again.said);
        assert!(again.said.contains("used before"), "{}", again.said);
    }
    assert_eq!(station.history("Phone request taken").len(), 1);
    let refused = station.history("Phone request refused");
    assert_eq!(refused.len(), 2);
    assert!(refused[0].detail.contains("used before") && refused[0].subject == "request.json");
    station.history_is_whole();
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_wrong_with_a_request_is_refused_with_its_reason() {
    let Some(station) = Station::with_crowd(10).await else { return };
    let whole = signed(&station, &payload(&station));
    let unkept = apply(&station, &whole, &["--write"]);
    assert_eq!(unkept.code, 3, "{}", unkept.said);
    assert!(unkept.said.contains("no key for signed requests"), "{}", unkept.said);
    station.keep_request_key(KEY);
    let changed = |change: &dyn Fn(&mut Value)| {
        let mut payload = payload(&station);
        change(&mut payload);
        signed(&station, &payload)
    };
    let at = |minutes| {
        let time = Timestamp::now() + SignedDuration::from_mins(minutes);
        changed(&|payload| payload["time"] = time.to_string().into())
    };
    let wrong = [
        ("altered", whole.replace("crowd000006", "crowd000007"), "hmac"),
        ("altered hmac", whole.replace("\"hmac\":\"", "\"hmac\":\"0"), "hmac"),
        ("cut", whole[..whole.len() / 2].to_owned(), "not JSON"),
        ("bare payload", payload(&station).to_string(), "not JSON"),
        ("old", at(-11), "minutes old"),
        ("ahead", at(11), "minutes ahead"),
        (
            "foreign tenant",
            changed(&|payload| payload["tenant"] = station.neighbour().into()),
            "next door",
        ),
    ];
    for (what, request, word) in &wrong {
        let ran = apply(&station, request, &["--write"]);
        assert_eq!(ran.code, 3, "{what}: {}", ran.said);
        assert!(ran.said.contains(word), "{what}: {}", ran.said);
    }
    assert_eq!(station.writes(), 0);
    assert_eq!(station.history("Phone request refused").len(), 1 + wrong.len());
    assert!(station.history("Phone request taken").is_empty());
    // The key of one tenant is none of another.
    let file = station.file("request.json", &whole);
    let there = station
        .phones(&["apply", "--write", "--request", &file, "--tenant", &station.neighbour()], &[]);
    assert_eq!(there.code, 3, "{}", there.said);
}

/// The recipe of the README, word for word.
#[tokio::test(flavor = "multi_thread")]
async fn a_request_made_with_sh_and_openssl_is_taken() {
    let Some(station) = Station::with_crowd(10).await else { return };
    station.keep_request_key(KEY);
    let readme = include_str!("../../README.md");
    let (_, recipe) = readme.split_once("```sh\n# request.json: ").expect("the recipe");
    let (recipe, _) = recipe.split_once("```").unwrap();
    let recipe = format!("# {recipe}");
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("request.key"), format!("{KEY}\n")).unwrap();
    let made = Command::new("sh")
        .args(["-euc", &recipe.replace("Contoso", &station.tenant)])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let request = std::fs::read_to_string(folder.path().join("request.json")).unwrap();
    let ran = apply(&station, &request, &[]);
    // Nobody of Larkfield is called so.
    assert_eq!(ran.code, 1, "{}", ran.said);
    assert_eq!(ran.summary["plan"]["not_found"], 2, "{}", ran.summary);
}
