//! An authenticator in a few lines that can also do everything wrong.

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ciborium::{Value as Cbor, cbor};
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, DnType, IsCa};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub const NFC: &str = "2fc0579f-8113-47ea-b116-bb5a8db9202a";

/// How a credential is made; the default is right in everything.
#[derive(Clone)]
pub struct Making {
    pub kind: &'static str,
    pub origin: &'static str,
    pub rp_id: &'static str,
    pub flags: u8,
    pub aaguid: &'static str,
    pub certificate_aaguid: &'static str,
    pub organizational_unit: &'static str,
    pub authority: bool,
    pub attestation: Attestation,
    pub algorithm: i64,
    pub credential_id: Vec<u8>,
    pub display_name: String,
    pub spoil_signature: bool,
    pub extra_bytes: &'static [u8],
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Attestation {
    Certificate,
    Own,
    None,
    U2f,
}

impl Default for Making {
    fn default() -> Self {
        Self {
            kind: "webauthn.create",
            origin: "https://login.microsoft.com",
            rp_id: "login.microsoft.com",
            flags: 0xC5,
            aaguid: NFC,
            certificate_aaguid: NFC,
            organizational_unit: "Authenticator Attestation",
            authority: false,
            attestation: Attestation::Certificate,
            algorithm: -7,
            credential_id: uuid::Uuid::new_v4().as_bytes().repeat(3),
            display_name: "Key 12345678 2026-11-22".into(),
            spoil_signature: false,
            extra_bytes: &[],
        }
    }
}

impl Making {
    /// The body of a registration for these creation options.
    pub fn body(&self, options: &Value) -> Value {
        let client_data = self.client_data(options);
        json!({
            "displayName": self.display_name,
            "publicKeyCredential": {
                "id": URL_SAFE_NO_PAD.encode(&self.credential_id),
                "response": {
                    "clientDataJSON": URL_SAFE_NO_PAD.encode(&client_data),
                    "attestationObject": URL_SAFE_NO_PAD.encode(self.attestation_object(&client_data)),
                },
                "clientExtensionResults": {"credProtect": 1, "hmac-secret": true},
            },
        })
    }

    fn client_data(&self, options: &Value) -> Vec<u8> {
        let challenge = options["publicKey"]["challenge"].as_str().unwrap();
        format!(
            r#"{{"type":"{}","challenge":"{challenge}","origin":"{}","crossOrigin":false}}"#,
            self.kind, self.origin
        )
        .into_bytes()
    }

    /// CBOR bytes over these client data.
    pub fn attestation_object(&self, client_data: &[u8]) -> Vec<u8> {
        let key = key_pair();
        let auth_data = self.auth_data(&key);
        let signed = [auth_data.as_slice(), &Sha256::digest(client_data)].concat();
        let (format, statement) = match self.attestation {
            Attestation::None => ("none", cbor!({}).unwrap()),
            Attestation::U2f => ("fido-u2f", cbor!({}).unwrap()),
            Attestation::Own => {
                let signature = Cbor::Bytes(self.sign(&key, &signed));
                ("packed", cbor!({"alg" => self.algorithm, "sig" => signature}).unwrap())
            }
            Attestation::Certificate => {
                let (certificate, key) = self.certificate();
                let signature = Cbor::Bytes(self.sign(&key, &signed));
                let chain = vec![Cbor::Bytes(certificate)];
                ("packed", cbor!({"alg" => -7, "sig" => signature, "x5c" => chain}).unwrap())
            }
        };
        let object =
            cbor!({"fmt" => format, "attStmt" => statement, "authData" => Cbor::Bytes(auth_data)})
                .unwrap();
        let mut bytes = Vec::new();
        ciborium::into_writer(&object, &mut bytes).unwrap();
        bytes.extend(self.extra_bytes);
        bytes
    }

    fn auth_data(&self, key: &EcdsaKeyPair) -> Vec<u8> {
        let mut bytes = Sha256::digest(self.rp_id).to_vec();
        bytes.push(self.flags);
        bytes.extend([0, 0, 0, 1]);
        if self.flags & 0x40 != 0 {
            bytes.extend(guid(self.aaguid));
            bytes.extend(u16::try_from(self.credential_id.len()).unwrap().to_be_bytes());
            bytes.extend(&self.credential_id);
            let point = key.public_key().as_ref();
            let (x, y) = (Cbor::Bytes(point[1..33].to_vec()), Cbor::Bytes(point[33..].to_vec()));
            let public_key =
                cbor!({1 => 2, 3 => self.algorithm, -1 => 1, -2 => x, -3 => y}).unwrap();
            ciborium::into_writer(&public_key, &mut bytes).unwrap();
        }
        if self.flags & 0x80 != 0 {
            let extensions = cbor!({"credProtect" => 1, "hmac-secret" => true}).unwrap();
            ciborium::into_writer(&extensions, &mut bytes).unwrap();
        }
        bytes
    }

    fn certificate(&self) -> (Vec<u8>, EcdsaKeyPair) {
        let key = rcgen::KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        let mut name = DistinguishedName::new();
        name.push(DnType::CountryName, "SE");
        name.push(DnType::OrganizationName, "Bench");
        name.push(DnType::OrganizationalUnitName, self.organizational_unit);
        name.push(DnType::CommonName, "Bench attestation");
        params.distinguished_name = name;
        params.is_ca = if self.authority {
            IsCa::Ca(rcgen::BasicConstraints::Unconstrained)
        } else {
            IsCa::ExplicitNoCa
        };
        let octets = [[0x04, 16].as_slice(), &guid(self.certificate_aaguid)].concat();
        let oid = [1, 3, 6, 1, 4, 1, 45724, 1, 1, 4];
        params.custom_extensions = vec![CustomExtension::from_oid_content(&oid, octets)];
        let certificate = params.self_signed(&key).unwrap();
        let signer =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &key.serialize_der())
                .unwrap();
        (certificate.der().to_vec(), signer)
    }

    fn sign(&self, key: &EcdsaKeyPair, message: &[u8]) -> Vec<u8> {
        let mut message = message.to_vec();
        if self.spoil_signature {
            message[0] ^= 1;
        }
        key.sign(&SystemRandom::new(), &message).unwrap().as_ref().to_vec()
    }
}

fn key_pair() -> EcdsaKeyPair {
    EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap()
}

fn guid(text: &str) -> [u8; 16] {
    uuid::Uuid::parse_str(text).unwrap().into_bytes()
}
