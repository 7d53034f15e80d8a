//! Phone methods, passes, sessions and mails, through Graph v1.0.
//!
//! ```text
//! lookup ── many     who they are, what an attribute holds, their phones
//! change ── many     look, write, look again
//!   └ row            what one change needs next: pure
//! methods            one person's methods and phones; what Graph calls them
//! sms · passes · actions
//! hidden             errors leave without a number that the service repeats
//! ```
//! Deliberately absent: a write that is sent again because its answer is missing. What is there is
//! read first, each time.

use super::super::phones::{
    IssuedPass, Mail, PassPolicy, PassWish, PhoneChange, PhoneChanged, PhoneDirectory,
    PhonesLookedUp, RegisteredMethod,
};
use super::super::{DirectoryError, PersonId, Sought};
use super::Entra;
use crate::phones::{Attribute, PhoneMethod};
use async_trait::async_trait;
use hidden::without_numbers;
use tokio::sync::mpsc;

mod actions;
mod change;
mod hidden;
mod lookup;
pub(super) mod methods;
mod passes;
mod row;
mod sms;

#[async_trait]
impl PhoneDirectory for Entra {
    async fn methods(&self, person: &PersonId) -> Result<Vec<RegisteredMethod>, DirectoryError> {
        methods::all(&self.graph, person).await.map_err(without_numbers)
    }

    async fn phones(&self, person: &PersonId) -> Result<Vec<PhoneMethod>, DirectoryError> {
        methods::phones(&self.graph, person).await.map_err(without_numbers)
    }

    async fn language(&self, person: &PersonId) -> Result<Option<String>, DirectoryError> {
        methods::language(&self.graph, person).await
    }

    async fn look_up_phones(
        &self,
        people: Vec<Sought>,
        attribute: Option<Attribute>,
        to: mpsc::Sender<PhonesLookedUp>,
    ) -> Result<(), DirectoryError> {
        lookup::look_up(&self.graph, people, attribute, to).await.map_err(without_numbers)
    }

    async fn change_phones(
        &self,
        changes: Vec<PhoneChange>,
        to: mpsc::Sender<PhoneChanged>,
    ) -> Result<(), DirectoryError> {
        change::change(&self.graph, changes, to).await.map_err(without_numbers)
    }

    async fn set_sms_sign_in(&self, person: &PersonId, on: bool) -> Result<(), DirectoryError> {
        sms::set(&self.graph, person, on).await.map_err(without_numbers)
    }

    async fn pass_policy(&self) -> Result<PassPolicy, DirectoryError> {
        passes::policy(&self.graph).await.map_err(without_numbers)
    }

    async fn issue_pass(
        &self,
        person: &PersonId,
        wish: PassWish,
    ) -> Result<IssuedPass, DirectoryError> {
        passes::issue(&self.graph, person, wish).await.map_err(without_numbers)
    }

    async fn remove_pass(&self, person: &PersonId, id: &str) -> Result<(), DirectoryError> {
        passes::remove(&self.graph, person, id).await.map_err(without_numbers)
    }

    async fn revoke_sessions(&self, person: &PersonId) -> Result<(), DirectoryError> {
        actions::revoke_sessions(&self.graph, person).await.map_err(without_numbers)
    }

    async fn send_mail(&self, from: &str, to: &str, mail: &Mail) -> Result<(), DirectoryError> {
        actions::send_mail(&self.graph, from, to, mail).await.map_err(without_numbers)
    }
}
