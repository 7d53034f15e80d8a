//! CBOR that is none, or another than was meant.

use ciborium::Value;

/// Answers without their status byte that are nothing a key may say.
pub fn nonsense() -> Vec<(String, Vec<u8>)> {
    let huge = |head: u8| [&[head][..], &[0xFF; 8]].concat();
    let named: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", vec![]),
        ("a break alone", vec![0xFF]),
        ("an empty map", vec![0xA0]),
        ("an empty array", vec![0x80]),
        ("null", vec![0xF6]),
        ("a number", vec![0x00]),
        ("a negative number", vec![0x20]),
        ("not a number", vec![0xF9, 0x7E, 0x00]),
        ("a map without its members", vec![0xA5]),
        ("a map without its end", vec![0xBF, 0x01, 0x02]),
        ("a map of unknown length", vec![0xBF, 0x01, 0x02, 0xFF]),
        ("half a member", vec![0xBF, 0x01, 0xFF]),
        ("a text cut in a letter", vec![0xA1, 0x01, 0x61, 0xC3]),
        ("a text in no script", vec![0xA1, 0x01, 0x62, 0xFF, 0xFE]),
        ("bytes in pieces", vec![0xA1, 0x02, 0x5F, 0x41, 0x00, 0x41, 0x01, 0xFF]),
        ("a reserved length", vec![0x1C]),
        ("a reserved simple value", vec![0xF8, 0x10]),
        ("a map as a name", vec![0xA1, 0xA1, 0x01, 0x02, 0x03]),
        ("texts as names", vec![0xA1, 0x61, 0x61, 0x01]),
        ("a name of 2^64 - 1", vec![0xA1, 0x1B, 255, 255, 255, 255, 255, 255, 255, 255, 0x01]),
        ("a name of -2^64", vec![0xA1, 0x3B, 255, 255, 255, 255, 255, 255, 255, 255, 0x01]),
        ("a number of 128 bits", vec![0xA1, 0x01, 0xC2, 0x51, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
        ("2^64 bytes", huge(0x5B)),
        ("a text of 2^64 bytes", huge(0x7B)),
        ("2^64 items", huge(0x9B)),
        ("2^64 members", huge(0xBB)),
        ("4 GiB of bytes in a map", vec![0xA1, 0x02, 0x5A, 255, 255, 255, 255]),
        ("arrays in arrays", vec![0x81; 3_000]),
        ("maps in maps", [0xA1, 0x01].repeat(1_500)),
        ("tags on tags", vec![0xC1; 3_000]),
        ("pieces in pieces", vec![0x5F; 3_000]),
        ("as much as fits", vec![0x00; 7_608]),
    ];
    named.into_iter().map(|(name, bytes)| (name.to_owned(), bytes)).collect()
}

/// The beginnings of the truth, at most `most` of them.
pub fn cuts(truth: &[u8], most: usize) -> Vec<(String, Vec<u8>)> {
    let step = truth.len().div_ceil(most).max(1);
    let ends = (0..truth.len()).step_by(step).chain([truth.len() - 1]);
    ends.map(|end| (format!("cut after {end}"), truth[..end].to_vec())).collect()
}

/// The truth with one part of it left out, doubled, or of another kind.
pub fn altered(truth: &[u8]) -> Vec<(String, Vec<u8>)> {
    let value: Value = ciborium::from_reader(truth).expect("an honest key speaks CBOR");
    let mut versions = Vec::new();
    alter(&value, "", &mut |name, altered| {
        versions.push((name, encode(&altered)));
    });
    versions.push(("more after it".into(), [truth, truth].concat()));
    versions
}

pub fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).expect("a vector takes all");
    bytes
}

fn others() -> Vec<Value> {
    vec![
        Value::Null,
        Value::Bool(true),
        0.into(),
        (-7).into(),
        u64::MAX.into(),
        Value::Float(f64::INFINITY),
        Value::Bytes(Vec::new()),
        Value::Bytes(vec![0xFF; 300]),
        Value::Text(String::new()),
        Value::Text("\u{202E}é\0".repeat(60)),
        Value::Array(Vec::new()),
        Value::Map(Vec::new()),
        Value::Tag(2, Box::new(Value::Bytes(vec![0xFF; 16]))),
    ]
}

/// Calls `tell` with each altered version of `value`; `path` says where in the whole it is.
fn alter(value: &Value, path: &str, tell: &mut dyn FnMut(String, Value)) {
    for other in others() {
        if &other != value {
            tell(format!("{path} is {}", short(&other)), other);
        }
    }
    match value {
        Value::Map(members) => {
            for at in 0..members.len() {
                let name = short(&members[at].0);
                let mut without = members.clone();
                let member = without.remove(at);
                tell(format!("{path} without {name}"), Value::Map(without));
                let mut twice = members.clone();
                twice.insert(at, member.clone());
                tell(format!("{path} with {name} twice"), Value::Map(twice));
                alter(&member.1, &format!("{path}/{name}"), &mut |what, altered| {
                    let mut members = members.clone();
                    members[at].1 = altered;
                    tell(what, Value::Map(members));
                });
            }
        }
        Value::Array(items) => {
            for at in 0..items.len() {
                alter(&items[at], &format!("{path}/{at}"), &mut |what, altered| {
                    let mut items = items.clone();
                    items[at] = altered;
                    tell(what, Value::Array(items));
                });
            }
        }
        _ => {}
    }
}

fn short(value: &Value) -> String {
    format!("{value:?}").chars().take(40).collect()
}
