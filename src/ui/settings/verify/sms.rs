//! Codes by text message, by Twilio.

use super::{secret, test};
use crate::engine::ServiceKind;
use crate::secrets::ServiceSecret;
use crate::settings::SmsWay;
use crate::ui::Pass;
use crate::ui::settings::SettingsView;
use crate::ui::settings::tenant::named_field;
use crate::ui::theme::space;
use crate::ui::widgets::{check_box, choice_row, label};
use crate::verify::PushKind;
use egui::Ui;

const WAYS: [(Option<SmsWay>, &str); 3] = [
    (None, "No texts"),
    (Some(SmsWay::Verify), "Twilio Verify (it makes and checks the code)"),
    (Some(SmsWay::Messages), "Twilio Messaging (codes of this station)"),
];

pub fn draw(ui: &mut Ui, pass: &mut Pass<'_>, view: &mut SettingsView) {
    let look = pass.look;
    for (way, word) in WAYS {
        let verify = &mut view.tenant_mut().verify;
        if choice_row(ui, look, verify.sms == way, word).clicked() {
            verify.sms = way;
        }
    }
    let verify = &mut view.tenant_mut().verify;
    let (sms, by_push) = (verify.sms, verify.push == Some(PushKind::Verify));
    if sms.is_none() && !by_push {
        return;
    }
    let sid = |kind: &str| format!("{kind} and 32 hexadecimal digits");
    named_field(ui, look, "Account SID", &mut verify.twilio.account_sid, &sid("AC"));
    let name = "API key SID, where one is used";
    named_field(ui, look, name, &mut verify.api_key_sid, "The account's own token");
    if sms == Some(SmsWay::Verify) || by_push {
        named_field(ui, look, "Verify service SID", &mut verify.verify_sid, &sid("VA"));
    }
    if sms == Some(SmsWay::Messages) {
        named_field(ui, look, "Messaging service SID", &mut verify.messaging_sid, &sid("MG"));
        named_field(ui, look, "Or the sender's number or name", &mut verify.from, "Nordvik");
        let name = "Text, with {code}, {company}, {agent}, {ticket}";
        named_field(ui, look, name, &mut verify.text, "One in the person's language");
        if !verify.text.trim().is_empty() && !verify.text.contains("{code}") {
            let hint = look.hint("The text must contain {code}.").color(look.warn.ink);
            label(ui, hint);
        }
        let word = "Delete messages at Twilio when the check is over";
        check_box(ui, look, &mut verify.twilio.delete_messages, word);
    }
    named_field(ui, look, "Company in texts", &mut verify.company, "The tenant's name");
    ui.collapsing("Addresses of Twilio", |ui| {
        let twilio = &mut view.tenant_mut().verify.twilio;
        named_field(
            ui,
            look,
            "Address of Messaging",
            &mut twilio.api_url,
            "https://api.twilio.com",
        );
        let hint = "https://verify.twilio.com";
        named_field(ui, look, "Address of Verify", &mut twilio.verify_url, hint);
    });
    secret(ui, pass, view, (ServiceSecret::Twilio, "Token, or the API key's secret"));
    ui.add_space(space::XS);
    test(ui, pass, view, (ServiceKind::Sms, "Test texts"));
}
