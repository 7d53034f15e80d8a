//! An operator who signs in for a subcommand: no window, the same pages, the same roles.

use super::pass::wrong_role;
use super::session::LoginPlace;
use super::sign_in::{By, reply, sign_in};
use crate::access::Role;
use crate::directory::Directory;
use crate::directory::openid::{Proof, SignInAgain, SignInError, SignedIn, Wish};
use crate::engine::SignInShown;
use crate::problem::{Explain, Problem};
use crate::settings::TenantSettings;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Is told where to sign in: in the browser, or with a code on another device. Called in the
/// runtime, which it does not hold up.
pub type TellSignIn = Arc<dyn Fn(SignInShown) + Send + Sync>;

/// The directory of a tenant, asked as an operator with one of these roles, who signs in now;
/// nothing where operators of this tenant don't.
///
/// # Errors
/// The sign-in's; somebody without such a role.
pub(in crate::engine) async fn directory_as_operator(
    tenant: &TenantSettings,
    needed: &'static [Role],
    tell: TellSignIn,
) -> Result<Option<Arc<dyn Directory>>, Problem> {
    let Some(place) = LoginPlace::of_tenant(tenant)?.map(Arc::new) else { return Ok(None) };
    let signed = at_terminal(&place, &Wish::new(Proof::AnyAccount), &tell).await;
    let signed = signed.map_err(|error| error.problem())?;
    let (again, asked_again) = mpsc::channel(1);
    // Already the question for their groups may want them again.
    tokio::spawn(sign_in_again(Arc::clone(&place), asked_again, tell));
    let session = place.identify(signed, again).await?;
    if !session.operator.roles.has_any(needed) {
        return Err(wrong_role(Some(&session.operator), needed));
    }
    Ok(Some(place.directory(&session.tokens)?.directory))
}

/// The directory may want its operator again in the middle.
async fn sign_in_again(
    place: Arc<LoginPlace>,
    mut asked: mpsc::Receiver<SignInAgain>,
    tell: TellSignIn,
) {
    while let Some(request) = asked.recv().await {
        let answer = at_terminal(&place, &request.wish(), &tell).await;
        reply(request, answer);
    }
}

async fn at_terminal(
    place: &LoginPlace,
    wish: &Wish,
    tell: &TellSignIn,
) -> Result<SignedIn, SignInError> {
    let waiting = |shown| async move { tell(shown) };
    sign_in(place, wish, By::of(place), waiting).await
}
