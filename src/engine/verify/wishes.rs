//! Which wish is carried out where, and what jobs of this room tell.

use super::command::VerifyCommand;
use super::event::VerifyEvent;
use super::live::{CheckWish, VerifyNews};
use crate::engine::access::Permits;
use crate::engine::ports::Ports;
use crate::engine::station::Station;
use crate::journal::CheckEnd;
use crate::verify::Outcome;
use jiff::Timestamp;
use std::sync::Arc;

const INTERRUPTED: CheckEnd =
    CheckEnd { outcome: Outcome::Interrupted, attempts: 0, delivered_at: None, locked_until: None };

impl Station {
    pub(in crate::engine) async fn verify_wish(&mut self, wish: VerifyCommand, permits: &Permits) {
        self.note_whom_chosen_for(&wish).await;
        match wish {
            VerifyCommand::Find { query } => self.find_caller(query).await,
            VerifyCommand::OpenLink(text) => self.open_link(text).await,
            VerifyCommand::Choose(person) => self.choose_caller(*person).await,
            VerifyCommand::UseTicket(number) => self.use_ticket(number).await,
            VerifyCommand::Close => {
                self.callers.elsewhere.caller_is_gone();
                self.close_caller().await;
            }
            VerifyCommand::Refresh => self.refresh_caller().await,
            VerifyCommand::SendCode { person } => self.send_code(&person).await,
            VerifyCommand::SendAgain => self.wish_of_check(CheckWish::Again).await,
            VerifyCommand::AskByPush { person } => self.ask_by_push(&person).await,
            VerifyCommand::Try(digits) => self.wish_of_check(CheckWish::Try(digits)).await,
            VerifyCommand::Cancel => self.cancel_check().await,
            VerifyCommand::Revoke(check) => self.revoke(check).await,
            VerifyCommand::RegisterPush { person } => self.register_push(&person, permits).await,
            VerifyCommand::SendPending => self.send_pending_now().await,
            VerifyCommand::SettleAlarms => self.settle_alarms().await,
            VerifyCommand::Stay => self.stay().await,
            VerifyCommand::Test { .. } | VerifyCommand::FindOutcomes { .. } => {
                self.test_service(wish).await;
            }
            VerifyCommand::MakeLinkKey => self.make_link_key(permits).await,
        }
        self.note_at_hand().await;
    }

    pub(in crate::engine) async fn verify_told(&mut self, news: VerifyNews) {
        match news {
            VerifyNews::Read { visit, no, read } => self.caller_is_read((visit, no), read).await,
            VerifyNews::Ticket { visit, number, read, find } => {
                self.ticket_is_read(visit, number, read, find).await;
            }
            VerifyNews::Meant { visit, person, at_once } => {
                self.caller_is_meant(visit, person, at_once).await;
            }
            VerifyNews::Elsewhere { user } => self.is_typed_whole(&user).await,
            VerifyNews::Over { verified, drop } => {
                self.check_is_over(verified.map(|person| *person), drop).await;
            }
            VerifyNews::Sent => self.tell_pending().await,
            VerifyNews::Unlocked { before, services } => self.unlocked(&before, services).await,
        }
        self.note_at_hand().await;
    }

    /// What the tenant in use has; checks that the last end of the program left open are ended.
    pub(in crate::engine) async fn take_up_verify(&mut self) {
        self.callers.leave();
        let Some(ports) = self.ports.clone() else { return };
        let services = self.make_services(&ports).await;
        self.callers.services = Arc::clone(&services);
        Self::learn_names(&ports, &services);
        self.tell_verify(VerifyEvent::Offered(services.offer.clone())).await;
        for nothing in
            [VerifyEvent::Caller(None), VerifyEvent::Ticket(None), VerifyEvent::Check(None)]
        {
            self.tell_verify(nothing).await;
        }
        self.end_interrupted(&ports).await;
        self.note_at_hand().await;
        self.tell_verified().await;
        self.tell_chosen_tenant().await;
        self.tell_pending().await;
        self.callers.desk_shown = None;
        self.tell_practice_desk().await;
        self.send_pending().await;
    }

    /// What an earlier run left open, in whichever tenant, has its end now; what of it is elsewhere
    /// is seen to with what waits.
    async fn end_interrupted(&mut self, ports: &Arc<Ports>) {
        let (in_use, running) = (ports.tenant.name.clone(), self.callers.running.clone());
        let mut tenants = vec![in_use.clone()];
        if self.practice.is_none() {
            let others = self.settings.tenants.iter().map(|tenant| tenant.name.clone());
            tenants.extend(others.filter(|name| *name != in_use));
        }
        let ended = ports.journal.call(move |journal| {
            let now = Timestamp::now();
            for tenant in tenants {
                let open = journal.open_checks(&tenant)?;
                for check in open.into_iter().filter(|check| !running.has(check.id)) {
                    journal.end_check(check.id, INTERRUPTED, now)?;
                }
                journal.end_unsent_claims(&tenant, |check| running.has(check), now)?;
            }
            Ok(())
        });
        if let Err(error) = ended.await {
            self.tell_problem(&error).await;
        }
    }

    /// Once a second: who counts no more, what is due, what the practice phones show.
    pub(in crate::engine) async fn look_at_callers(&mut self) {
        if self.callers.verified.forget_old(Timestamp::now()) {
            self.tell_verified().await;
        }
        self.send_pending().await;
        self.tell_practice_phones().await;
        self.tell_practice_desk().await;
        self.open_waiting_link().await;
    }
}
