//! Writes the corpora of `tests/fuzz/corpus` anew: a virtual key's answers, the practice cloud's
//! JSON, the files the program writes. Run by `cargo run --example fuzz-seeds`. Nothing secret is
//! in them.

#![allow(clippy::unwrap_used, clippy::expect_used)] // a developer's tool: it ends by panicking

use ciborium::Value;
use ctap_hid_fido2::fidokey::MakeCredentialArgsBuilder;
use ctap_hid_fido2::fidokey::make_credential::Attestation;
use ctap_hid_fido2::public_key_credential_user_entity::PublicKeyCredentialUserEntity;
use ctap_hid_fido2::{FidoKeyHidFactory, HidParam, LibCfg};
use hid::DeviceId;
use hid::virtual_keys::{Model, TouchPolicy, VirtualKey};
use keydesk::outputs::registered_keys::HEADER;
use keydesk::practice::cloud::{Cloud, CloudOptions};
use keydesk::settings::Settings;
use keydesk::webauthn::{Challenge, ClientData, MadeCredential, attestation};
use std::path::Path;
use std::time::Duration;

const RP_ID: &str = "login.microsoft.com";
const CHALLENGE: &str = "Y2hhbGxlbmdlIG9mIHRlc3Rz";
const ELIN: &str = "elin.bergstrom@larkfield.example";

fn main() {
    for model in [Model::Yubikey5Nfc, Model::OldFirmware] {
        of_a_key(model);
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(of_the_cloud());
    of_privacyidea();
    of_files();
    of_rosters();
}

fn write(target: &str, name: &str, data: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(target);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(name), data).unwrap();
}

/// Each part after its length, in two bytes.
fn parts(parts: &[&[u8]]) -> Vec<u8> {
    let mut whole = Vec::new();
    for part in parts {
        whole.extend(u16::try_from(part.len()).unwrap().to_be_bytes());
        whole.extend_from_slice(part);
    }
    whole
}

fn chosen(choice: &[u8], rest: &[u8]) -> Vec<u8> {
    [choice, rest].concat()
}

fn cbor(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

fn map(members: &[(i64, Value)]) -> Value {
    Value::Map(members.iter().map(|(name, value)| ((*name).into(), value.clone())).collect())
}

// ---------------------------------------------------------------------------------- a key

fn of_a_key(model: Model) {
    let name = format!("{model:?}").to_lowercase();
    let key = VirtualKey::new(model).unwrap();
    key.set_touch(TouchPolicy::Automatic(Duration::ZERO));
    let id = key.insert();
    let ask = |command: u8, parameters: &[u8]| {
        let answer = hid::transact(&id, 0x10, &[&[command], parameters].concat()).unwrap();
        assert_eq!(answer[0], 0, "command {command}");
        answer
    };
    let info_before = ask(0x04, &[]);
    let made = made(&id);
    let info = ask(0x04, &[]);
    let protocol = if model == Model::OldFirmware { 1 } else { 2 };
    let pin_question =
        |subcommand: i64| cbor(&map(&[(1, Value::from(protocol)), (2, Value::from(subcommand))]));
    let retries = ask(0x06, &pin_question(1));
    let agreement = ask(0x06, &pin_question(2));
    let config = hid::transact(&id, 0xC2, &[0]).unwrap_or_else(|_| vec![0x7F]);

    write(
        "ctap",
        &format!("info-{name}"),
        &chosen(&[0], &parts(&[&info[1..], b"an id of a credential", b"another"])),
    );
    write("ctap", &format!("info-new-{name}"), &chosen(&[0], &parts(&[&info_before[1..]])));
    write("ctap", &format!("retries-{name}"), &chosen(&[1], &retries[1..]));
    write("ctap", &format!("config-{name}"), &chosen(&[2], &parts(&[&config])));

    // A PIN token is any bytes for who has not the key's half of the secret.
    let token = vec![0x5A; if protocol == 1 { 32 } else { 48 }];
    let token = [vec![0], cbor(&map(&[(2, Value::Bytes(token))]))].concat();
    let credential = [vec![0], reply(&made)].concat();
    let refused = |status: u8| vec![status];
    let done = vec![0];
    let entity = |members: Vec<(Value, Value)>| Value::Map(members);
    let party = entity(vec![("id".into(), RP_ID.into()), ("name".into(), "Microsoft".into())]);
    let rps =
        [vec![0], cbor(&map(&[(3, party), (4, Value::Bytes(vec![0x35; 32])), (5, 1.into())]))]
            .concat();
    let user = entity(vec![
        ("id".into(), Value::Bytes(vec![7; 16])),
        ("name".into(), "elin".into()),
        ("displayName".into(), "Elin".into()),
    ]);
    let descriptor = entity(vec![
        ("id".into(), Value::Bytes(vec![9; 48])),
        ("type".into(), "public-key".into()),
    ]);
    let held = [
        vec![0],
        cbor(&map(&[
            (6, user),
            (7, descriptor),
            (8, public_key(&made)),
            (9, 1.into()),
            (10, 1.into()),
        ])),
    ]
    .concat();
    let session = |choice: u8, what: &str, answers: &[&[u8]]| {
        write("client", &format!("{what}-{name}"), &chosen(&[choice], &parts(answers)));
    };
    session(0, "facts", &[&info, &config, &retries]);
    session(1, "make", &[&info, &agreement, &token, &credential]);
    session(1, "make-excluded", &[&info, &agreement, &token, &refused(0x19)]);
    session(1, "make-wrong-pin", &[&info, &agreement, &refused(0x31), &retries]);
    session(2, "credentials", &[&info, &agreement, &token, &rps, &agreement, &token, &held]);
    session(3, "delete", &[&info, &agreement, &token, &done]);
    session(4, "check-pin", &[&info, &agreement, &token]);
    session(5, "set-pin", &[&info_before, &agreement, &done]);
    session(6, "change-pin", &[&info, &agreement, &done]);
    session(7, "min-length", &[&info, &agreement, &token, &done]);
    session(8, "always-uv", &[&info, &agreement, &token, &done]);
    session(9, "retries", &[&info, &retries]);
    session(10, "reset", &[&done]);

    of_attestation(&name, &made);
    of_reports(&name, &info, &credential);
}

/// What a key makes when the fuzz targets' challenge is asked for.
fn made(id: &DeviceId) -> Attestation {
    // Of a key that ends with this process.
    const PIN: &str = "493027";
    let mut quiet = LibCfg::init();
    quiet.enable_keep_alive_msg = false;
    let client =
        FidoKeyHidFactory::create_by_params(&[HidParam::Path(id.as_str().into())], &quiet).unwrap();
    client.set_new_pin(PIN).unwrap();
    let client_data = ClientData::create(&Challenge(CHALLENGE.into()), RP_ID);
    let user = PublicKeyCredentialUserEntity::new(Some(b"person"), Some("elin"), Some("Elin"));
    let arguments = MakeCredentialArgsBuilder::new(RP_ID, &client_data.0)
        .pin(PIN)
        .resident_key()
        .user_entity(&user)
        .build();
    client.make_credential_with_args(&arguments).unwrap()
}

/// The answer as CTAP writes it: format, authenticator data, statement.
fn reply(made: &Attestation) -> Vec<u8> {
    let mut statement = vec![
        ("alg".into(), made.attstmt_alg.into()),
        ("sig".into(), Value::Bytes(made.attstmt_sig.clone())),
    ];
    if !made.attstmt_x5c.is_empty() {
        let chain = made.attstmt_x5c.iter().cloned().map(Value::Bytes).collect();
        statement.push(("x5c".into(), Value::Array(chain)));
    }
    cbor(&map(&[
        (1, made.fmt.as_str().into()),
        (2, Value::Bytes(made.auth_data.clone())),
        (3, Value::Map(statement)),
    ]))
}

fn public_key(made: &Attestation) -> Value {
    let at = 55 + made.credential_descriptor.id.len();
    ciborium::from_reader(&made.auth_data[at..]).unwrap()
}

fn of_attestation(name: &str, made: &Attestation) {
    let client_data = ClientData::create(&Challenge(CHALLENGE.into()), RP_ID);
    write("attestation", &format!("data-{name}"), &chosen(&[0], &made.auth_data));
    let packed = MadeCredential {
        format: made.fmt.clone(),
        auth_data: made.auth_data.clone(),
        algorithm: Some(made.attstmt_alg.into()),
        signature: made.attstmt_sig.clone(),
        x5c: made.attstmt_x5c.clone(),
    };
    let none = MadeCredential {
        format: "none".into(),
        algorithm: None,
        signature: Vec::new(),
        x5c: Vec::new(),
        ..packed.clone()
    };
    write("attestation", &format!("packed-{name}"), &chosen(&[1], &attestation::object(&packed)));
    write("attestation", &format!("none-{name}"), &chosen(&[1], &attestation::object(&none)));
    let mut pieces = vec![&client_data.0[..], &packed.auth_data, &packed.signature];
    pieces.extend(packed.x5c.iter().map(Vec::as_slice));
    write("attestation", &format!("parts-{name}"), &chosen(&[2, 0], &parts(&pieces)));
}

fn of_reports(name: &str, info: &[u8], credential: &[u8]) {
    const CHANNEL: [u8; 4] = [0, 0, 0, 9];
    let mut opened = vec![0xFF, 0xFF, 0xFF, 0xFF, 0x86, 0, 17];
    opened.extend(hid::fuzzing::NONCE);
    opened.extend(CHANNEL);
    opened.extend([2, 5, 4, 3, 5]);
    opened.resize(64, 0);
    let keepalive = padded(&[&CHANNEL[..], &[0xBB, 0, 1, 2]].concat());
    let foreign = padded(&[0, 0, 0, 7, 0x90, 0, 1, 0]);
    for (what, payload) in [("info", info), ("credential", credential)] {
        let frames = frames(CHANNEL, payload);
        write("reports", &format!("{what}-{name}"), &[opened.clone(), frames.clone()].concat());
        let mixed = [
            opened.clone(),
            keepalive.clone(),
            frames[..64].to_vec(),
            foreign.clone(),
            frames[64..].to_vec(),
        ];
        write("reports", &format!("{what}-mixed-{name}"), &mixed.concat());
    }
    for (what, end) in [
        ("busy", &[0xBF, 0, 1, 6][..]),
        ("refused", &[0xBF, 0, 1, 1]),
        ("message", &[0x83, 0, 2, 0x90, 0]),
    ] {
        let end = padded(&[&CHANNEL[..], end].concat());
        write("reports", what, &[opened.clone(), end].concat());
    }
}

fn frames(channel: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let (first, rest) = payload.split_at(payload.len().min(57));
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    let mut all = padded(&[&channel[..], &[0x90], &length, first].concat());
    for (number, part) in (0u8..).zip(rest.chunks(59)) {
        all.extend(padded(&[&channel[..], &[number], part].concat()));
    }
    all
}

fn padded(frame: &[u8]) -> Vec<u8> {
    let mut report = frame.to_vec();
    report.resize(64, 0);
    report
}

// -------------------------------------------------------------------------- directories

/// An answer of the scripted server: which status, no `Retry-After`, the body.
fn answer(status: u8, body: &str) -> Vec<u8> {
    [&[status, 0][..], body.as_bytes()].concat()
}

/// What to call at which directory, for which id, and the answers.
fn call(choice: u8, also: u8, id: &str, answers: &[Vec<u8>]) -> Vec<u8> {
    let mut pieces = vec![id.as_bytes()];
    pieces.extend(answers.iter().map(Vec::as_slice));
    chosen(&[choice, also], &parts(&pieces))
}

async fn of_the_cloud() {
    let cloud = Cloud::start(CloudOptions::default()).await.unwrap();
    let connection = cloud.connection();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", connection.client_id.as_str()),
        ("client_secret", connection.secret.expose()),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let at = |path: &str| format!("{}{path}", connection.base_url);
    let token_path = format!("/{}/oauth2/v2.0/token", connection.domain);
    let granted = http.post(at(&token_path)).form(&form).send().await.unwrap();
    let granted: serde_json::Value = granted.json().await.unwrap();
    let token = granted["access_token"].as_str().unwrap();
    let get = async |path: &str| {
        let request = http.get(at(path)).bearer_auth(token).header("ConsistencyLevel", "eventual");
        answer(0, &request.send().await.unwrap().text().await.unwrap())
    };
    let properties = "id,displayName,userPrincipalName,mail,accountEnabled,employeeId,department,jobTitle,userType";
    let people = get(&format!("/v1.0/users?$select={properties}&$top=3")).await;
    let person = get(&format!("/v1.0/users/{ELIN}?$select={properties}")).await;
    let methods = get(&format!("/v1.0/users/{ELIN}/authentication/methods")).await;
    let passkeys = get(&format!("/v1.0/users/{ELIN}/authentication/fido2Methods")).await;
    let options =
        get(&format!("/v1.0/users/{ELIN}/authentication/fido2Methods/creationOptions")).await;
    let groups = get(&format!("/v1.0/users/{ELIN}/transitiveMemberOf?$select=id")).await;
    let policy =
        get("/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/fido2")
            .await;
    let missing = get("/v1.0/users/nobody@larkfield.example").await;
    let tenant =
        get(&format!("/{}/v2.0/.well-known/openid-configuration", connection.domain)).await;

    write("options", "practice", &options[2..]);
    let registered = answer(
        1,
        r##"{"@odata.type":"#microsoft.graph.fido2AuthenticationMethod","id":"YSBjcmVkZW50aWFsIGlkIQ2","displayName":"A key for Elin","createdDateTime":"2026-11-22T10:00:00Z","aaGuid":"2fc0579f-8113-47ea-b116-bb5a8db9202a","model":"YubiKey 5","attestationCertificates":[],"attestationLevel":"attested"}"##,
    );
    let listed = answer(
        0,
        r#"{"value":[{"id":"YSBjcmVkZW50aWFsIGlkIQ2","displayName":"K","createdDateTime":"2026-11-22T10:00:00Z","aaGuid":null,"model":null},{"id":"AAECAw"},{"id":"not an id"}],"@odata.nextLink":null}"#,
    );
    let graph = |name: &str, data: Vec<u8>| write("graph", name, &data);
    graph("find", call(0, 0, "elin 1", std::slice::from_ref(&people)));
    graph(
        "person",
        call(1, 0, ELIN, &[person.clone(), passkeys.clone(), groups, methods, answer(6, "{}")]),
    );
    graph("policy", call(2, 0, "", std::slice::from_ref(&policy)));
    graph("begin", call(3, 0, ELIN, std::slice::from_ref(&options)));
    graph("finish", call(4, 0, ELIN, &[registered]));
    graph("passkeys", call(5, 0, ELIN, &[passkeys]));
    graph("passkeys-listed", call(5, 0, "a/b?c#d", &[listed]));
    graph("delete", call(6, 0, "../x", &[answer(2, "")]));
    graph(
        "test",
        call(
            7,
            0,
            ELIN,
            &[tenant, people, answer(0, r#"{"value":[{"displayName":"All"}]}"#), policy, options],
        ),
    );
    graph("missing", call(1, 0, ELIN, &[missing]));
    for (name, status, body) in [
        (
            "forbidden",
            6,
            r#"{"error":{"code":"Authorization_RequestDenied","message":"Insufficient privileges, token %TOKEN%","innerError":{"date":"2026-11-22T10:00:00","request-id":"0b2c7f5a-5a0f-4a54-8b9c-3b5f9f1a2c3d"}}}"#,
        ),
        (
            "unauthorised",
            5,
            r#"{"error":{"code":"InvalidAuthenticationToken","message":"%TOKEN%"}}"#,
        ),
        (
            "refused",
            4,
            r#"{"error":{"code":"BadRequest","message":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx %TOKEN%","innererror":{"request-id":"%TOKEN%"}}}"#,
        ),
        ("unavailable", 12, "<html>Bad gateway %TOKEN%</html>"),
    ] {
        graph(name, call(5, 0, ELIN, &[answer(status, body), answer(status, body)]));
    }
    // So long that only a part of the token is left when the text is cut.
    let long =
        format!(r#"{{"error":{{"code":"BadRequest","message":"{} %TOKEN%"}}}}"#, "x".repeat(270));
    graph("refused-cut", call(5, 0, ELIN, &[answer(4, &long)]));
    let throttled = [&[10, 2][..], b"17", b"{\"error\":{\"code\":\"TooManyRequests\"}}"].concat();
    graph("throttled", call(5, 0, ELIN, &[throttled]));
    let dated = [&[13, 29][..], b"Sun, 22 Nov 2026 10:00:30 GMT"].concat();
    graph("unavailable-until", call(5, 0, ELIN, &[dated]));
    graph(
        "token",
        call(
            5,
            1,
            ELIN,
            &[answer(
                0,
                r#"{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"%TOKEN%"}"#,
            )],
        ),
    );
    graph(
        "token-endless",
        call(
            5,
            1,
            ELIN,
            &[answer(
                0,
                r#"{"token_type":"Bearer","expires_in":18446744073709551615,"access_token":"%TOKEN%"}"#,
            )],
        ),
    );
    graph(
        "token-refused",
        call(
            5,
            1,
            ELIN,
            &[answer(
                5,
                r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided: %SECRET%. Trace ID: 1 Correlation ID: 2","error_codes":[7000215],"trace_id":"0b2c7f5a","correlation_id":"x"}"#,
            )],
        ),
    );
    graph(
        "pages",
        call(
            5,
            0,
            ELIN,
            &[answer(
                0,
                r#"{"value":[{"id":"AAECAw"}],"@odata.nextLink":"http://127.0.0.1:1/next"}"#,
            )],
        ),
    );
    of_options();
}

fn of_options() {
    write("options", "session", include_bytes!("targets/options.json"));
    write("options", "small", br#"{"publicKey":{"rp":{"id":"a.b"},"user":{"id":"AQ"},"challenge":"AAECAwQFBgcICQoLDA0ODw"}}"#);
    for (name, text) in [
        ("plain", "AAECAwQ"),
        ("token", "AAECAwQ1"),
        ("padded", "AAECAwQ="),
        ("ambiguous", "AAECAwQFBg01"),
    ] {
        write("options", &format!("id-{name}"), &chosen(&[1], text.as_bytes()));
    }
    write("options", "id-bytes", &chosen(&[0], &[0xFB, 0xFF, 0xFE, 0x01]));
}

/// Shapes of privacyIDEA 3.12.
fn of_privacyidea() {
    const HERE: u8 = 0x80;
    let ok = |value: &str| {
        format!(
            r#"{{"id":1,"jsonrpc":"2.0","result":{{"status":true,"value":{value}}},"time":1763800000.5,"version":"privacyIDEA 3.12","signature":"x"}}"#
        )
    };
    let refused = |code: u32, message: &str| {
        format!(
            r#"{{"id":1,"jsonrpc":"2.0","result":{{"status":false,"error":{{"code":{code},"message":"{message}"}}}},"time":1763800000.5}}"#
        )
    };
    let users = answer(
        0,
        &ok(
            r#"[{"username":"elin","givenname":"Elin","surname":"Bergström","email":"elin@contoso.example","userid":"1","resolver":"people"}]"#,
        ),
    );
    let tokens = answer(
        0,
        &ok(
            r#"{"count":2,"current":1,"tokens":[{"serial":"KDPK0011223344556677","tokentype":"passkey","description":"A key","rollout_state":"enrolled","revoked":false,"info":{"aaguid":"2fc0579f-8113-47ea-b116-bb5a8db9202a","credential_id_hash":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","creation_date":"2026-11-22T10:00:00+00:00"}},{"serial":"KDPK1","tokentype":"passkey","rollout_state":"clientwait","info":{"creation_date":"2020-11-22T10:00:00+00:00"}},{"serial":"S1","tokentype":"sms","info":{"phone":"+46 701234567"}}]}"#,
        ),
    );
    let policies = answer(
        0,
        &ok(
            r#"[{"name":"p","scope":"enrollment","active":true,"realm":["contoso"],"action":{"webauthn_relying_party_id":"contoso.example","passkey_allowed_authenticator_device_types":"single_device"},"user":[],"resolver":[],"client":[],"time":""}]"#,
        ),
    );
    let rights = answer(0, &ok(r#"{"passkey":"Passkey: ...","hotp":"HOTP"}"#));
    let validity = answer(0, &ok("\"120\""));
    let nothing = answer(0, &ok("null"));
    let begun = answer(
        0,
        r#"{"detail":{"serial":"KDPK1","transaction_id":"0123456789","passkey_registration":{"rp":{"id":"contoso.example","name":"Contoso"},"user":{"id":"ZWxpbg","name":"elin","displayName":"Elin"},"challenge":"GV0K7hUu9gTT0IV6Zl4kDn2xJ7hbz2ZcW6Wj7YVvB2E","pubKeyCredParams":[{"type":"public-key","alg":-7},{"type":"public-key","alg":-257}],"timeout":120000,"excludeCredentials":[],"authenticatorSelection":{"residentKey":"required","userVerification":"preferred"},"attestation":"direct"}},"result":{"status":true,"value":true},"time":1763800000.5}"#,
    );
    let graph = |name: &str, choice: u8, also: u8, answers: &[Vec<u8>]| {
        write("graph", &format!("pi-{name}"), &call(HERE | choice, also, "elin", answers));
    };
    graph("find", 0, 0, &[users.clone(), users.clone(), users.clone(), users.clone()]);
    graph("person", 1, 0, &[users.clone(), tokens.clone()]);
    graph("policy", 2, 0, &[rights.clone(), policies.clone()]);
    graph("begin", 3, 0, &[validity, tokens.clone(), nothing, begun]);
    graph("finish", 4, 0, &[answer(0, &ok("1")), answer(0, &ok("true"))]);
    graph("passkeys", 5, 0, std::slice::from_ref(&tokens));
    graph("delete", 6, 0, &[answer(0, &ok("1"))]);
    graph("test", 7, 0, &[answer(0, "{}"), users, tokens, rights, policies]);
    graph("refused-200", 5, 0, &[answer(0, &refused(1, "no %TOKEN%"))]);
    graph("endless-life", 3, 0, &[answer(0, &ok("9223372036854775807"))]);
    graph(
        "no-right",
        5,
        0,
        &[answer(6, &refused(4306, "You do not have the necessary role %TOKEN%"))],
    );
    graph("unknown", 5, 0, &[answer(4, &refused(904, "User does not exist"))]);
    let signed_in = ok(
        r#"{"token":"%TOKEN%","role":"admin","rights":["enrollPASSKEY"],"realm":"","username":"admin"}"#,
    );
    graph("sign-in", 5, 1, &[answer(0, &signed_in)]);
    let wrong = refused(4031, "Authentication failure. Wrong credentials %SECRET%");
    graph("sign-in-refused", 5, 1, &[answer(5, &wrong)]);
}

// ------------------------------------------------------------------------------- files

fn of_files() {
    let cells: [&[u8]; 3] = [b"asa@contoso.example", b"m-1", b"12345678"];
    let row = "asa@contoso.example,m-1,12345678,\r\n";
    for (name, old) in [
        ("empty", String::new()),
        ("begun", HEADER[..9].to_owned()),
        ("header", format!("{HEADER}\r\n")),
        ("there", format!("{HEADER}\r\n{row}")),
        ("cut", format!("{HEADER}\r\n{}", &row[..22])),
        ("marked", format!("\u{feff}{HEADER}\nbo@contoso.example,m-2,,\n")),
        ("quoted", format!("{HEADER}\r\n\"o'brien,\"\"x\"\"@contoso.example\",m-3,9,\r\n")),
        ("foreign", "upn;serial\r\n".to_owned()),
    ] {
        write("csv", name, &parts(&[old.as_bytes(), cells[0], cells[1], cells[2]]));
    }
    let formulas = parts(&[HEADER.as_bytes(), b"=HYPERLINK(\"x\")", b"-m", b"\t@SUM(A1)"]);
    write("csv", "formulas", &formulas);
    let quoted = parts(&[HEADER.as_bytes(), b"Bo;\"=1+1;x", b"m-1", b"A\t \"\" +1"]);
    write("csv", "quoted-formulas", &quoted);

    write("text", "defaults", toml::to_string_pretty(&Settings::default()).unwrap().as_bytes());
    write("text", "entra", b"[tenant]\nname = \"Contoso\"\naccent = \"teal\"\ndirectory = \"entra\"\ntenant = \"contoso.example\"\nclient_id = \"6a0b\"\nsign_in = \"certificate\"\ncertificate = \"/etc/k.pem\"\nlogin_url = \"https://login.microsoftonline.com\"\ngraph_url = \"http://127.0.0.1:8080\"\n\n[pin]\nlength = 8\nalphabet = \"letters\"\n");
    write("text", "privacyidea", b"[tenant]\nname = \"Contoso\"\ndirectory = \"privacyidea\"\nserver_url = \"https://pi.contoso.example\"\nrealm = \"contoso\"\nadministrator = \"admin\"\n\n[enrolment]\nmin_pin_length = 6\n");
    write("text", "wrong-kind", b"[pin]\nlength = \"six\"\n");
    write("text", "wrong-address", b"[tenant]\nname = \"x\"\ntenant = \"a.b\"\nclient_id = \"c\"\ngraph_url = \"http://example.com\"\n");
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["keydesk.example".into()]).unwrap();
    let pem = certificate.self_signed(&key).unwrap().pem();
    // No private key: the letters say what they are.
    let no_key = "-----BEGIN PRIVATE KEY-----\nVGhpcyBpcyBubyBwcml2YXRlIGtleSwganVzdCBhIGZ1enogc2VlZC4=\n-----END PRIVATE KEY-----\n";
    write(
        "text",
        "certificate",
        &chosen(&[0], &[&parts(&[pem.as_bytes()]), no_key.as_bytes()].concat()),
    );
}

fn of_rosters() {
    const CHALLENGE: &str = "AAECAwQFBgcICQoLDA0ODw";
    let head = "#User.Name,User.DisplayName,User.ID,Challenge,ChallengeExpiryTime";
    let people = "Department;Display name;User principal name;Serial no.;Badge\r\nSales;Åsa Ek;asa@contoso.example;12345678;B7\r\nIT;\"Larsson; Bo\";bo@contoso.example;;B8\r\n";
    let utf16 = |bytes_of: fn(u16) -> [u8; 2]| -> Vec<u8> {
        people.encode_utf16().flat_map(bytes_of).collect()
    };
    let texts = [
        ("people", people.to_owned()),
        ("marked", format!("\u{feff}{people}")),
        ("tabs", people.replace(';', "\t")),
        ("no-header", "Åsa Ek,asa@contoso.example\nBo Ek,bo@contoso.example\n".into()),
        ("other-language", "Benutzer;Abteilung\nasa@contoso.example;Einkauf\n".into()),
        ("template", "version:v1.0\nUser name [userPrincipalName] Required\na@b.example\n".into()),
        ("declared", "sep=;\r\nupn;name\r\na@b.example;A\r\n".into()),
        ("open-quote", "upn,name\na@b.example,\"Larsson,\nBo\"\nb@b.example,\"Ek\nc@b.example,C\n".into()),
        ("duplicates", "upn,objectId,serial,badge\na@b.example,6a0b0000-1111-4222-8333-444455556666,1,x\nA@B.example,,2,\nc@b.example,,01,\nd@b.example,,,X\n".into()),
        ("wrong", "upn,mail,employeeId\nbo,,\n,bo,\n,,E1\n,,\n\"\",a@b.example,\n".into()),
        ("first-generation", format!("{head}\r\na@b.example,A,T0ZA,{CHALLENGE},2027-01-01T00:00:00Z\r\nb@b.example,B,T0ZA,{CHALLENGE},2020-01-01T00:00:00Z\r\n")),
        ("second-generation", format!("{head},RP.ID\r\na@b.example,'=A,T0ZA,{CHALLENGE},2027-01-01T00:00:00Z,login.microsoft.com\r\n")),
        ("registered", format!("{HEADER}\r\na@b.example,m-1,12345678,\r\n")),
    ];
    for (name, text) in texts {
        write("roster", name, text.as_bytes());
    }
    write("roster", "utf16-le", &utf16(u16::to_le_bytes));
    write("roster", "utf16-be", &utf16(u16::to_be_bytes));
    write("roster", "cp1252", b"upn;name\r\nz@contoso.example;Zo\xeb M\xfcller\r\n");
    write("roster", "logins", &chosen(&[1], b"username,name\nelin,Elin\nbo x,Bo\n"));
    write("roster", "configs", &chosen(&[0], br#"{"tenantName":"contoso.onmicrosoft.com","client_id":"6a0b","client_secret":"a seed, no secret","usersInScopeGroup":"Key users","challengeTimeoutInMinutes":60,"deleteExistingUserFIDOCredentials":false,"useRandomPIN":"True","useCTAP21Features":null,"proxy":{"a":[1,2.5,-3]}}"#));
}
