//! The tokens of the operator who is signed in: renewed quietly, rotated, and asked for again when
//! the service wants the person.
//!
//! The person is asked by value: [`SignInAgain`] goes to whoever holds the window, and the call
//! that was interrupted goes on with what comes back.

use super::super::DirectoryError;
use super::super::http::token::{AccessToken, TokenCache};
use super::{Access, Identity, OpenId, Proof, RefreshToken, SignInError, SignedIn, Wish, request};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// One operator's sign-in at one tenant. It ends when this is dropped.
pub struct OperatorTokens {
    open_id: OpenId,
    operator: Identity,
    cache: TokenCache,
    refresh: watch::Sender<Option<Arc<RefreshToken>>>,
    ask: mpsc::Sender<SignInAgain>,
}

/// The operator is to sign in again, for a call that waits.
pub struct SignInAgain {
    pub reason: SignInReason,
    /// Who has to do it; anybody else's sign-in is refused.
    pub operator: Identity,
    /// What the new sign-in must satisfy, as JSON.
    pub claims: Option<String>,
    /// Dropping it cancels the call that waits.
    pub reply: oneshot::Sender<Result<SignedIn, SignInError>>,
}

/// Why the operator is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SignInReason {
    /// The directory wants another proof for what is being done.
    MoreProof,
    /// The sign-in was ended by the service: expired, revoked, or against its rules now.
    Ended(SignInError),
    /// The service gave no refresh token, and the access token has lapsed.
    Lapsed,
}

impl SignInAgain {
    /// What to begin a sign-in with.
    pub fn wish(&self) -> Wish {
        let proof = match &self.claims {
            Some(claims) => Proof::Claims(claims.clone()),
            None => Proof::Session,
        };
        Wish { proof, login_hint: Some(self.operator.upn.clone()).filter(|upn| !upn.is_empty()) }
    }
}

/// Why another access token is wanted.
#[derive(Clone, Copy)]
pub(in crate::directory) enum Demand<'a> {
    /// The one in hand lapses or was refused; with the challenge, if there was one.
    Renewal(Option<&'a str>),
    /// The renewed one does not satisfy this challenge either.
    Person(&'a str),
}

impl OperatorTokens {
    /// The tokens of a sign-in. `ask` leads to whoever can ask the operator.
    pub fn new(open_id: OpenId, signed_in: SignedIn, ask: mpsc::Sender<SignInAgain>) -> Self {
        let SignedIn { identity, refresh, access } = signed_in;
        Self {
            open_id,
            operator: identity,
            cache: TokenCache::holding(access.token, access.life),
            refresh: watch::Sender::new(refresh.map(Arc::new)),
            ask,
        }
    }

    /// Who is signed in.
    pub fn operator(&self) -> &Identity {
        &self.operator
    }

    /// The refresh token to keep, each time another takes its place.
    pub fn refresh_token(&self) -> watch::Receiver<Option<Arc<RefreshToken>>> {
        self.refresh.subscribe()
    }

    /// Takes the tokens of another sign-in of the same person, such as a fresh proof.
    ///
    /// # Errors
    /// [`SignInError::AnotherPerson`]; then nothing is taken.
    pub fn take(&self, signed_in: SignedIn) -> Result<(), SignInError> {
        let Access { token, life } = self.accept(signed_in)?;
        self.cache.put(token, life);
        Ok(())
    }

    /// The access token in hand, or a renewed one.
    ///
    /// # Errors
    /// [`DirectoryError::Operator`] when the sign-in has ended and was not renewed, and those of
    /// the network.
    pub(in crate::directory) async fn get(&self) -> Result<Arc<AccessToken>, DirectoryError> {
        self.cache.get(None, self.renewed(Demand::Renewal(None))).await
    }

    /// An access token other than the one that was just refused.
    ///
    /// # Errors
    /// As [`OperatorTokens::get`].
    pub(in crate::directory) async fn replace(
        &self,
        refused: &Arc<AccessToken>,
        demand: Demand<'_>,
    ) -> Result<Arc<AccessToken>, DirectoryError> {
        self.cache.get(Some(refused), self.renewed(demand)).await
    }

    async fn renewed(&self, demand: Demand<'_>) -> Result<(AccessToken, Duration), DirectoryError> {
        let signed_in = match demand {
            Demand::Renewal(challenge) => self.renew(challenge).await?,
            Demand::Person(claims) => {
                self.ask(SignInReason::MoreProof, Some(claims.to_owned())).await?
            }
        };
        let Access { token, life } = self.accept(signed_in)?;
        Ok((token, life))
    }

    /// Without the person if that is enough.
    async fn renew(&self, challenge: Option<&str>) -> Result<SignedIn, SignInError> {
        let challenged = challenge.map(str::to_owned);
        let Some(token) = self.refresh.borrow().clone() else {
            let reason = challenge.map_or(SignInReason::Lapsed, |_| SignInReason::MoreProof);
            return self.ask(reason, challenged).await;
        };
        match self.open_id.refresh_for(&token, challenge).await {
            Err(SignInError::Refused(refusal)) if refusal.needs_person() => {
                let claims = request::both(refusal.claims.clone(), challenged);
                self.ask(SignInReason::Ended(SignInError::Refused(refusal)), claims).await
            }
            outcome => outcome,
        }
    }

    async fn ask(
        &self,
        reason: SignInReason,
        claims: Option<String>,
    ) -> Result<SignedIn, SignInError> {
        let (reply, answered) = oneshot::channel();
        let again = SignInAgain { reason, operator: self.operator.clone(), claims, reply };
        self.ask.send(again).await.map_err(|_| SignInError::Cancelled)?;
        answered.await.map_err(|_| SignInError::Cancelled)?
    }

    /// The access token of the right person's sign-in; its refresh token takes the old one's
    /// place.
    fn accept(&self, signed_in: SignedIn) -> Result<Access, SignInError> {
        let SignedIn { identity, refresh, access } = signed_in;
        if !identity.is_same_person(&self.operator) {
            return Err(SignInError::AnotherPerson {
                expected: self.operator.upn.clone(),
                came: identity.upn,
            });
        }
        if let Some(refresh) = refresh {
            self.refresh.send_replace(Some(Arc::new(refresh)));
        }
        Ok(access)
    }
}
