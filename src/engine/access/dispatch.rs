//! Where wishes and news of this room go.

use super::sign_in::By;
use super::{Heard, Permits};
use crate::engine::WhoCommand;
use crate::engine::WhoEvent;
use crate::engine::station::Station;
use jiff::Timestamp;

impl Station {
    pub(in crate::engine) async fn who(&mut self, wish: WhoCommand, permits: &Permits) {
        match wish {
            WhoCommand::SignIn => self.sign_in(None).await,
            WhoCommand::SignInByCode => self.sign_in(Some(By::Code)).await,
            WhoCommand::CancelSignIn => self.cancel_sign_in().await,
            WhoCommand::OpenPage => self.open_page_again(),
            WhoCommand::SignOut => self.sign_out().await,
            WhoCommand::Prove(way) => self.prove(way).await,
            WhoCommand::Approve(way) => self.approve(way).await,
            WhoCommand::LeaveAct => self.leave_act().await,
            WhoCommand::Lock => self.lock_by_wish().await,
            WhoCommand::Unlock(way) => self.unlock(way).await,
            WhoCommand::SetPassphrase { old, new } => self.set_passphrase(old, new, permits).await,
            WhoCommand::Activity => self.presence.lock.activity(Timestamp::now()),
        }
    }

    pub(in crate::engine) async fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Waiting { ticket, shown } => self.sign_in_waits(ticket, shown).await,
            Heard::SignedIn { ticket, outcome } => self.signed_in(ticket, outcome).await,
            Heard::SignedInAgain { ticket, answer } => self.signed_in_again(ticket, *answer).await,
            Heard::Passphrase { ticket, right } => self.compared(ticket, right).await,
            Heard::Restored { ticket, outcome } => self.restored(ticket, outcome).await,
            Heard::ScreenLocked => self.screen_locked().await,
            Heard::PracticePage(page) => self.tell_who(WhoEvent::PracticePage(page)).await,
        }
    }

    async fn cancel_sign_in(&mut self) {
        self.give_up_sign_in().await;
        self.next_in_line().await;
    }
}
