//! The first state of a virtual key: the credentials and the PIN it comes with.

use std::sync::Arc;

use opensk::api::crypto::sha256::Sha256;
use opensk::api::key_store::KeyStore;
use opensk::api::persist::Persist;
use opensk::ctap::command::{AuthenticatorMakeCredentialParameters, Command};
use opensk::ctap::data_formats::{
    MakeCredentialExtensions, MakeCredentialOptions, PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
};
use opensk::ctap::status_code::{Ctap2StatusCode, CtapResult};
use opensk::ctap::{Channel, CtapState, ES256_CRED_PARAM, PIN_AUTH_LENGTH};
use opensk::env::Sha;

use super::environment::KeyEnv;
use super::model::Resident;
use super::{BuildError, Core};
use crate::sync::lock;

/// Gives a new key its first state, and writes its store file.
pub(super) fn fill(core: &Arc<Core>) -> Result<(), BuildError> {
    let mut env = KeyEnv::new(Arc::clone(core), None);
    let mut state = CtapState::<KeyEnv>::new(&mut env);
    let filled = core
        .spec
        .credentials
        .iter()
        .try_for_each(|resident| make(&mut env, &mut state, resident))
        .and_then(|()| set_pin(&mut env, core.spec.pin.as_deref()));
    filled.map_err(|status| BuildError::FirstState(status as u8))?;
    lock(&core.store).save()?;
    Ok(())
}

/// Credentials come before the PIN: without one no PIN is asked for.
fn make(env: &mut KeyEnv, state: &mut CtapState<KeyEnv>, resident: &Resident) -> CtapResult<()> {
    let command = Command::AuthenticatorMakeCredential(AuthenticatorMakeCredentialParameters {
        client_data_hash: vec![0; 32],
        rp: PublicKeyCredentialRpEntity {
            rp_id: resident.rp_id.clone(),
            rp_name: None,
            rp_icon: None,
        },
        user: PublicKeyCredentialUserEntity {
            user_id: resident.user_id.clone(),
            user_name: Some(resident.user_name.clone()),
            user_display_name: Some(resident.user_name.clone()),
            user_icon: None,
        },
        pub_key_cred_params: vec![ES256_CRED_PARAM],
        exclude_list: None,
        extensions: MakeCredentialExtensions::default(),
        options: MakeCredentialOptions { rk: true, uv: false },
        pin_uv_auth_param: None,
        pin_uv_auth_protocol: None,
        enterprise_attestation: None,
    });
    state.process_parsed_command(env, command, Channel::MainHid([0, 0, 0, 1])).map(drop)
}

fn set_pin(env: &mut KeyEnv, pin: Option<&str>) -> CtapResult<()> {
    let Some(pin) = pin else { return Ok(()) };
    let length = pin.chars().count();
    if length < 4 || pin.len() > 63 {
        return Err(Ctap2StatusCode::CTAP2_ERR_PIN_POLICY_VIOLATION);
    }
    let digest = Sha::<KeyEnv>::digest(pin.as_bytes());
    let mut hash = [0; PIN_AUTH_LENGTH];
    hash.copy_from_slice(&digest[..PIN_AUTH_LENGTH]);
    let sealed = env.encrypt_pin_hash(&hash)?;
    // At most 63 code points.
    env.set_pin(&sealed, length as u8)
}
