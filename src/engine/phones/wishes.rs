//! What the operator wants, one short function each.

use super::live::PhonesNews;
use super::{PhonesCommand, PhonesEvent};
use crate::directory::PassWish;
use crate::engine::Event;
use crate::engine::access::Permits;
use crate::engine::station::Station;

impl Station {
    pub(in crate::engine) async fn phones_wish(&mut self, wish: PhonesCommand, permits: &Permits) {
        match wish {
            PhonesCommand::Find { query } => self.find_for_phones(query),
            PhonesCommand::Open(person) => self.open_for_phones(*person).await,
            PhonesCommand::Refresh => self.refresh_phones().await,
            PhonesCommand::Close => self.close_for_phones().await,
            PhonesCommand::SetNumber { person, kind, number } => {
                self.change_one_phone(&person, kind, Some(number), permits).await;
            }
            PhonesCommand::RemoveNumber { person, kind } => {
                self.change_one_phone(&person, kind, None, permits).await;
            }
            PhonesCommand::SetSmsSignIn { person, on } => {
                self.set_sms_sign_in(&person, on, permits).await;
            }
            PhonesCommand::IssuePass { person, minutes, once, because } => {
                self.issue_pass(&person, PassWish { minutes, once }, because, permits).await;
            }
            PhonesCommand::RevokeSessions { person } => {
                self.revoke_sessions(&person, permits).await;
            }
            PhonesCommand::HidePass => self.hide_pass().await,
            PhonesCommand::ReadFile(path) => self.read_phone_file(path).await,
            PhonesCommand::ReadText(text) => self.read_phone_text(text).await,
            PhonesCommand::FindGroups { query } => self.find_phone_groups(query).await,
            PhonesCommand::ReadGroup { group, nested } => {
                self.read_phone_group(*group, nested).await;
            }
            PhonesCommand::DropPeople => self.drop_phone_people().await,
            PhonesCommand::Plan(options) => self.make_phone_plan(*options).await,
            PhonesCommand::StopPlanning => self.stop_planning().await,
            PhonesCommand::Correct { edition, row, number } => {
                self.correct_phone_row(edition, row, number).await;
            }
            PhonesCommand::Apply { edition, rows } => {
                self.apply_phone_plan(edition, rows, permits).await;
            }
            PhonesCommand::Pause => self.pause_phone_job().await,
            PhonesCommand::GoOn => self.go_on_with_phone_job(false, permits).await,
            PhonesCommand::RetryFailed => self.go_on_with_phone_job(true, permits).await,
            PhonesCommand::Cancel => self.cancel_phone_job().await,
            PhonesCommand::CloseJob => self.close_phone_job().await,
            PhonesCommand::PlanUndo(id) => self.plan_phone_undo(id).await,
            PhonesCommand::ListJobs => self.list_phone_jobs().await,
            PhonesCommand::OpenJob(id) => self.open_phone_job(id).await,
            PhonesCommand::PrintPass | PhonesCommand::ExportPlan | PhonesCommand::WriteResults => {
                self.write_phone_file(wish).await;
            }
        }
    }

    async fn drop_phone_people(&mut self) {
        self.phones.stop_reading();
        self.phones.listed = None;
        self.phones.plan = None;
        self.tell_phones(PhonesEvent::Plan(None)).await;
        self.tell_phones(PhonesEvent::People(None)).await;
    }

    async fn stop_planning(&mut self) {
        self.phones.stop_reading();
        self.phones.plan = None;
        self.tell_phones(PhonesEvent::Plan(None)).await;
    }

    /// A job of this room told something.
    pub(in crate::engine) async fn phones_told(&mut self, news: PhonesNews) {
        match news {
            PhonesNews::Read { edition, what } if edition == self.phones.edition => {
                self.phones_read(what).await;
            }
            PhonesNews::Planned { edition, what } if edition == self.phones.edition => {
                self.phones_planned(what).await;
            }
            PhonesNews::Planning { edition, done, of } if edition == self.phones.edition => {
                self.tell_phones(PhonesEvent::Planning { done, of }).await;
            }
            PhonesNews::Read { .. } | PhonesNews::Planned { .. } | PhonesNews::Planning { .. } => {}
            PhonesNews::Job { id, news } => self.phone_job_news(id, news).await,
            PhonesNews::Pass(pass) => self.pass_issued(pass).await,
            PhonesNews::One { visit, person, event } if visit == self.phones.visit => {
                self.told_of_one(*person, event).await;
            }
            PhonesNews::One { .. } => {}
        }
    }

    pub(super) async fn tell_phones(&self, event: PhonesEvent) {
        let Some(ports) = &self.ports else { return };
        ports.teller.tell(Event::Phones(event)).await;
    }
}
