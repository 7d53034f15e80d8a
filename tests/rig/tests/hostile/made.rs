//! Credentials that are not what they say: none of them may be believed.

use std::sync::Arc;

use ciborium::Value;
use keydesk_rig::Kind;
use keydesk_rig::liar::Lie;

use crate::bench::on_both_engines;
use crate::key::{Hostile, lie_about};
use crate::lies::encode;

on_both_engines!(
    authenticator_data_that_lies_is_never_believed,
    an_attestation_that_lies_is_never_believed,
);

/// Places in authenticator data (WebAuthn level 3, 6.1 and 6.5.2).
const FLAGS: usize = 32;
const COUNTER: usize = 33;
const AAGUID: usize = 37;
const ID_LENGTH: usize = 53;
const ID: usize = 55;

type Alter = Arc<dyn Fn(Vec<u8>) -> Vec<u8> + Send + Sync>;

fn authenticator_data_that_lies_is_never_believed(kind: Kind) {
    let hostile = Hostile::new(kind);
    let mut lies: Vec<(String, Alter)> = Vec::new();
    for end in (0..64).chain([96, 120, 150, 180]) {
        lies.push((
            format!("cut after {end}"),
            Arc::new(move |data| data[..end.min(data.len() - 1)].to_vec()),
        ));
    }
    for bit in 0..8 {
        lies.push((format!("flag {bit}"), flipped(FLAGS, 1 << bit)));
    }
    for (name, at) in
        [("rp", 0), ("rp's end", 31), ("counter", COUNTER), ("AAGUID", AAGUID), ("id", ID)]
    {
        lies.push((format!("{name} altered"), flipped(at, 0x55)));
    }
    for length in [0_u16, 1, 15, 1_023, 1_024, 0x7FFF, 0xFFFF] {
        lies.push((
            format!("an id of {length} bytes"),
            Arc::new(move |mut data| {
                data[ID_LENGTH..ID].copy_from_slice(&length.to_be_bytes());
                data
            }),
        ));
    }
    for offset in 0..90 {
        lies.push((
            format!("byte {offset} of the public key altered"),
            Arc::new(move |mut data| {
                let at = (public_key(&data) + offset).min(data.len() - 1);
                data[at] ^= 0x21;
                data
            }),
        ));
    }
    for (name, key) in crate::lies::nonsense() {
        lies.push((
            format!("as public key {name}"),
            Arc::new(move |data| [&data[..public_key(&data)], &key].concat()),
        ));
    }
    lies.push(("bytes after it".into(), Arc::new(|data| [&data[..], &[0; 9]].concat())));
    lies.push(("no extensions though flagged".into(), Arc::new(without_extensions)));
    let lies = lies.into_iter().map(|(name, alter)| (name, about_member(2, alter)));
    none_is_believed(&hostile, lies);
}

fn an_attestation_that_lies_is_never_believed(kind: Kind) {
    let hostile = Hostile::new(kind);
    let mut lies: Vec<(String, Lie)> = Vec::new();
    for format in ["", "none", "tpm", "fido-u2f", "android-key", "packed\0", "PACKED"] {
        lies.push((format!("format {format:?}"), member(1, Value::Text(format.into()))));
    }
    lies.push(("a long format".into(), member(1, Value::Text("p".repeat(2_000)))));
    for algorithm in [-8, -35, -37, -257, -65535, 0, 7, i64::MIN, i64::MAX] {
        lies.push((format!("alg {algorithm}"), statement("alg", algorithm.into())));
    }
    let signatures =
        [vec![], vec![0x30], vec![0; 64], vec![0x30, 0x06, 2, 1, 0, 2, 1, 0], vec![1; 999]];
    for signature in signatures {
        let name = format!("a signature of {} bytes", signature.len());
        lies.push((name, statement("sig", Value::Bytes(signature))));
    }
    let chains: [(&str, Vec<Value>); 5] = [
        ("no certificate", vec![]),
        ("an empty certificate", vec![Value::Bytes(vec![])]),
        ("no DER", vec![Value::Bytes(vec![0x55; 200])]),
        ("endless DER", vec![Value::Bytes(vec![0x30, 0x84, 255, 255, 255, 255])]),
        ("a number for a certificate", vec![1.into()]),
    ];
    for (name, chain) in chains {
        lies.push((name.into(), statement("x5c", Value::Array(chain))));
    }
    for at in (0..400).step_by(20) {
        lies.push((format!("byte {at} of the certificate altered"), certificate_altered(at)));
    }
    none_is_believed(&hostile, lies.into_iter());
}

fn none_is_believed(hostile: &Hostile, lies: impl Iterator<Item = (String, Lie)>) {
    let mut count = 0;
    for (name, lie) in lies {
        let registered = hostile.registered(&name, lie);
        assert!(registered.is_err(), "{name}: believed");
        if count % 16 == 0 {
            hostile.must_work(&name);
        }
        count += 1;
    }
    hostile.must_work("all lies");
    println!("{count} credentials, none believed");
}

fn flipped(at: usize, bits: u8) -> Alter {
    Arc::new(move |mut data| {
        data[at] ^= bits;
        data
    })
}

/// Where the public key begins, after the credential's id.
fn public_key(data: &[u8]) -> usize {
    ID + usize::from(u16::from_be_bytes([data[ID_LENGTH], data[ID_LENGTH + 1]]))
}

fn without_extensions(data: Vec<u8>) -> Vec<u8> {
    let at = public_key(&data);
    let mut rest = &data[at..];
    let _key: Value = ciborium::from_reader(&mut rest).expect("an honest key's public key");
    data[..data.len() - rest.len()].to_vec()
}

/// The answer to makeCredential with its members as `alter` leaves them.
fn altered(alter: impl Fn(&mut Vec<(Value, Value)>) + Send + Sync + 'static) -> Lie {
    lie_about(0x01, 0, move |said| {
        let answer: Value =
            ciborium::from_reader(&said.payload[1..]).expect("the engine speaks CBOR");
        let mut members = answer.into_map().expect("a map");
        alter(&mut members);
        Some(said.with([&[0][..], &encode(&Value::Map(members))].concat()))
    })
}

fn about_member(name: u8, alter: Alter) -> Lie {
    altered(move |members| {
        let place = &mut members.iter_mut().find(|(found, _)| *found == name.into()).unwrap().1;
        let bytes = place.as_bytes().expect("bytes").clone();
        *place = Value::Bytes(alter(bytes));
    })
}

fn member(name: u8, value: Value) -> Lie {
    altered(move |members| {
        members.iter_mut().find(|(found, _)| *found == name.into()).unwrap().1 = value.clone();
    })
}

/// A member of the attestation statement; one that is not there is added.
fn statement(name: &'static str, value: Value) -> Lie {
    altered(move |members| {
        let statement = statement_of(members);
        statement.retain(|(found, _)| found.as_text() != Some(name));
        statement.push((name.into(), value.clone()));
    })
}

fn certificate_altered(at: usize) -> Lie {
    altered(move |members| {
        let statement = statement_of(members);
        let chain = statement.iter_mut().find(|(name, _)| name.as_text() == Some("x5c")).unwrap();
        let leaf = chain.1.as_array_mut().unwrap()[0].as_bytes_mut().unwrap();
        let at = at.min(leaf.len() - 1);
        leaf[at] ^= 0x11;
    })
}

fn statement_of(members: &mut [(Value, Value)]) -> &mut Vec<(Value, Value)> {
    let statement = members.iter_mut().find(|(name, _)| *name == 3.into()).unwrap();
    statement.1.as_map_mut().expect("a statement")
}
