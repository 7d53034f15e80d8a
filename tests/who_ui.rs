//! Operators at the window: signing in, confirming acts, the lock; with a scripted engine and
//! without a display.
#![cfg(test)]

mod scenes;
mod ui_common;

use egui::accesskit::Role as Widget;
use egui::{Key, Modifiers, Vec2};
use egui_kittest::kittest::{NodeT, Queryable};
use keydesk::access::{LockCause, Role};
use keydesk::engine::*;
use keydesk::pin::Pin;
use keydesk::settings::ThemeChoice;
use scenes::who::*;
use scenes::*;
use ui_common::Window;

impl Window {
    /// A connected station with an operator.
    fn with(roles: &[Role]) -> Self {
        Self::of_size(Vec2::new(1280.0, 800.0), roles)
    }

    fn of_size(size: Vec2, roles: &[Role]) -> Self {
        let mut window = Self::open(size);
        window.tell(station(ThemeChoice::Light, 100));
        window.tell(vec![operator(roles)]);
        window
    }

    /// A station that signs in as an application.
    fn unattended() -> Self {
        let mut window = Self::open(WHOLE_PAGE);
        window.tell(station(ThemeChoice::Light, 100));
        window.tell(application());
        window
    }

    /// A key is handed over, its PIN sealed.
    fn handing_over(mut self) -> Self {
        self.tell(three_keys());
        self.tell(to_hand_over(VaultWord::Sealed));
        self.sent();
        self
    }

    fn fill_secret(&mut self, name: &str, text: &str) {
        self.harness.get_by_role_and_label(Widget::PasswordInput, name).focus();
        self.settle();
        self.type_text(text);
    }

    /// What was wished of sign-in, proofs and the lock, but for the activity.
    fn wishes(&mut self) -> Vec<WhoCommand> {
        let of_who = |command| match command {
            Command::Who(WhoCommand::Activity) => None,
            Command::Who(command) => Some(command),
            _ => None,
        };
        self.sent().into_iter().filter_map(of_who).collect()
    }

    /// Whether anything but activity was sent.
    fn did_something(&mut self) -> bool {
        let is_activity = |command: &Command| matches!(command, Command::Who(WhoCommand::Activity));
        !self.sent().iter().all(is_activity)
    }

    fn activities(&mut self) -> usize {
        let is_activity = |command: &Command| matches!(command, Command::Who(WhoCommand::Activity));
        self.sent().iter().filter(|command| is_activity(command)).count()
    }

    /// Every text that a screen reader could say, and every one that is painted.
    fn everything(&self) -> String {
        let mut text = String::new();
        for node in self.harness.root().children_recursive() {
            let node = node.accesskit_node();
            let data = node.data();
            text.push_str(&format!(
                "{:?} {:?} {:?} {:?} {:?}\n",
                node.label(),
                node.value(),
                data.description(),
                data.placeholder(),
                data.tooltip()
            ));
        }
        for clipped in &self.harness.output().shapes {
            painted(&clipped.shape, &mut text);
        }
        text
    }
}

fn painted(shape: &egui::Shape, text: &mut String) {
    match shape {
        egui::Shape::Vec(shapes) => shapes.iter().for_each(|shape| painted(shape, text)),
        egui::Shape::Text(shape) => {
            text.push_str(shape.galley.text());
            text.push('\n');
        }
        _ => {}
    }
}

/// High enough for all settings: what is scrolled out of sight can't be clicked.
/// The longest page of the settings for a clerk.
const WHOLE_PAGE: Vec2 = Vec2::new(1280.0, 1400.0);
const BY_CLERK: &[Role] = &[Role::Clerk, Role::Provisioner];

#[test]
fn whoever_must_sign_in_sees_whose_station_it_is_and_one_button() {
    let mut window = Window::open(Vec2::new(1280.0, 800.0));
    window.tell(station(ThemeChoice::Light, 100));
    window.tell(vec![sign_in(SignInShown::Needed)]);
    assert!(window.has("Sign in to Larkfield Ltd"));
    assert!(!window.has("Find a person"));
    assert_eq!(window.focused().as_deref(), Some("Sign in"), "a screen reader says it");
    window.press(Key::Enter);
    assert!(matches!(window.wishes().as_slice(), [WhoCommand::SignIn]));
    window.press_with(Modifiers::COMMAND, Key::Num6);
    assert!(window.has("Sign in to Larkfield Ltd"), "no screen is open before");
}

#[test]
fn enter_signs_in_without_a_focus_too() {
    let mut window = Window::open(Vec2::new(1280.0, 800.0));
    window.tell(station(ThemeChoice::Light, 100));
    window.tell(vec![sign_in(SignInShown::Needed)]);
    window.harness.ctx.memory_mut(|memory| memory.focused().map(|id| memory.surrender_focus(id)));
    window.press(Key::Enter);
    assert!(matches!(window.wishes().as_slice(), [WhoCommand::SignIn]));
}

#[test]
fn the_wait_for_the_browser_can_be_helped_along_and_ended() {
    let mut window = Window::open(Vec2::new(1280.0, 800.0));
    window.tell(station(ThemeChoice::Light, 100));
    window.tell(vec![sign_in(in_browser())]);
    assert!(window.has_part("left"), "how long it still waits");
    window.click("Open the page again");
    window.click("Use a code instead");
    let wishes = window.wishes();
    assert!(matches!(wishes.as_slice(), [WhoCommand::OpenPage, WhoCommand::SignInByCode]));
    window.tell(vec![sign_in(by_code())]);
    assert!(window.has("Code C7QX-9LDM") && window.has("https://login.example/device"));
    window.press(Key::Escape);
    assert!(matches!(window.wishes().as_slice(), [WhoCommand::CancelSignIn]));
    assert!(window.has("Sign in"), "it can be begun anew");
}

#[test]
fn a_failed_sign_in_says_why_and_can_be_tried_again() {
    let mut window = Window::open(Vec2::new(1280.0, 800.0));
    window.tell(station(ThemeChoice::Light, 100));
    window.tell(vec![sign_in(sign_in_failed())]);
    assert!(window.has("The tenant's rules blocked this sign-in"));
    window.click("Sign in again");
    assert!(matches!(window.wishes().as_slice(), [WhoCommand::SignIn]));
}

#[test]
fn settings_stay_in_reach_where_nobody_can_sign_in() {
    let mut window = Window::open(Vec2::new(1280.0, 800.0));
    window.tell(station(ThemeChoice::Light, 100));
    window.tell(vec![sign_in(sign_in_failed())]);
    assert!(window.is_disabled("Desk") && !window.is_disabled("Settings"));
    window.click("Settings");
    window.turn_to("Appearance");
    assert!(window.has("Text size"));
}

#[test]
fn a_screen_that_the_roles_do_not_open_says_what_it_needs() {
    let window = Window::with(&[Role::PinOfficer]);
    assert!(window.is_disabled("Desk"));
    assert!(window.has("Needs the role Clerk, Provisioner or Helpdesk"));
    assert!(window.has("You are: PIN officer"));
    assert!(!window.has("Find a person"));
    let window = Window::with(BY_CLERK);
    assert!(!window.is_disabled("Desk") && window.has("Find a person"));
}

#[test]
fn only_an_administrator_saves_more_than_the_looks() {
    let mut window = Window::of_size(WHOLE_PAGE, BY_CLERK);
    window.click("Settings");
    window.turn_to("Appearance");
    window.click("Text size: more");
    assert!(!window.is_disabled("Save"), "how large it is drawn is everybody's own matter");
    window.turn_to("PINs and keys");
    window.click("Length: more");
    assert!(window.is_disabled("Save") && window.has("Needs the role Administrator"));
    window.press_with(Modifiers::COMMAND, Key::S);
    assert!(!window.did_something());
}

#[test]
fn the_menu_tells_who_it_is_and_what_was_confirmed() {
    let mut window = Window::with(BY_CLERK);
    window.tell(vec![operator_who_confirmed()]);
    assert!(window.has_part("Operator: Mira Holm, signed in since"));
    window.harness.get_by_label_contains("Operator:").focus();
    window.settle();
    window.press(Key::Enter);
    assert!(window.has("mira.holm@larkfield.example"));
    assert!(window.has_part("Confirmed for: reveal PINs until"));
    assert!(window.has("PIN officer"));
    assert_eq!(window.focused().as_deref(), Some("Lock"));
    window.press(Key::Escape);
    assert!(!window.has("Sign out"), "Esc closes it");
    window.press(Key::Enter);
    window.click("Sign out");
    assert!(matches!(window.wishes().as_slice(), [WhoCommand::SignOut]));
    assert!(!window.has("Sign out"));
}

#[test]
fn ctrl_l_locks_wherever_the_focus_is_and_only_where_it_can_be_opened_again() {
    let mut window = Window::with(BY_CLERK);
    window.type_text("el");
    window.press_with(Modifiers::COMMAND, Key::L);
    assert!(matches!(window.wishes().as_slice(), [WhoCommand::Lock]));
    window.tell(application());
    window.tell(vec![Event::Who(WhoEvent::Passphrase { is_set: false })]);
    window.press_with(Modifiers::COMMAND, Key::L);
    assert!(window.wishes().is_empty());
}

#[test]
fn an_act_is_confirmed_in_the_browser_and_nothing_below_hears_the_keys() {
    let mut window = Window::with(BY_CLERK).handing_over();
    window.tell(vec![ask(asked(AskedOf::Operator, AskedWays::Browser))]);
    assert!(window.has("Your turn, Mira Holm") && window.has_part("Needed to reveal PINs"));
    assert!(window.is_disabled("Reveal PIN") && window.is_disabled("Next person"));
    assert!(window.is_disabled("Settings"));
    window.press(Key::V);
    window.press_with(Modifiers::COMMAND, Key::Num7);
    assert!(!window.did_something(), "the answer below is not this dialog's");
    assert_eq!(window.focused().as_deref(), Some("Confirm in the browser"));
    window.press(Key::Enter);
    assert!(matches!(window.wishes().as_slice(), [WhoCommand::Prove(Way::Browser)]));
    window.tell(vec![sign_in(in_browser())]);
    assert!(window.has("Open the page again") && !window.has("Use a code instead"));
    window.press(Key::Escape);
    assert!(matches!(window.wishes().as_slice(), [WhoCommand::LeaveAct]));
    window.tell(vec![Event::Who(WhoEvent::Asked(None)), sign_in(SignInShown::NotNeeded)]);
    assert!(!window.is_disabled("Reveal PIN"));
    assert!(!window.has_part("Your turn"));
}

#[test]
fn a_refused_proof_says_why_and_can_be_given_again() {
    let mut window = Window::with(BY_CLERK).handing_over();
    let refused =
        Asked { refused: Some(wrong_person()), ..asked(AskedOf::Operator, AskedWays::Browser) };
    window.tell(vec![ask(refused)]);
    assert!(window.has("Somebody else signed in"));
    window.press(Key::Enter);
    assert!(matches!(window.wishes().as_slice(), [WhoCommand::Prove(Way::Browser)]));
    assert!(!window.has("Somebody else signed in"));
}

#[test]
fn a_second_operator_is_told_apart_from_the_first() {
    let mut window = Window::with(BY_CLERK).handing_over();
    window.tell(vec![ask(asked(AskedOf::SecondPerson, AskedWays::Browser))]);
    assert!(window.has("The second operator's turn"));
    assert!(window.has("Mira Holm wants to reveal PINs."));
    assert!(!window.has_part("Your turn"));
    window.click("Approve in the browser");
    assert!(matches!(window.wishes().as_slice(), [WhoCommand::Approve(Way::Browser)]));
}

#[test]
fn an_unattended_station_confirms_with_its_passphrase() {
    let mut window = Window::unattended().handing_over();
    window.tell(vec![ask(asked(AskedOf::Operator, AskedWays::Passphrase))]);
    assert_eq!(window.focused().as_deref(), Some("Station passphrase"));
    window.type_text("four unrelated words");
    assert!(!window.everything().contains("unrelated"));
    window.press(Key::Enter);
    let wishes = window.wishes();
    let [WhoCommand::Prove(Way::Passphrase(typed))] = wishes.as_slice() else {
        panic!("not a passphrase")
    };
    assert_eq!(typed.expose(), "four unrelated words");
}

#[test]
fn a_tenant_that_wants_the_operator_again_holds_the_work_up() {
    let mut window = Window::with(BY_CLERK).handing_over();
    window.tell(vec![sign_in(SignInShown::Needed)]);
    assert!(window.has_part("The tenant asks Mira Holm to sign in"));
    assert!(window.is_disabled("Next person"));
    window.press(Key::Enter);
    assert!(matches!(window.wishes().as_slice(), [WhoCommand::SignIn]));
    window.tell(vec![sign_in(SignInShown::NotNeeded)]);
    assert!(!window.is_disabled("Next person"));
}

/// What a passer-by must not learn from a locked station.
const SENSITIVE: &[&str] = &[
    "Elin",
    "Bergström",
    "elin.bergstrom",
    "482913",
    "31884207",
    "31 884 207",
    "29 410 663",
    "Security Key",
    "Karim",
    "did not accept the key",
    "badRequest",
    "no Secret Service",
    "Field service",
    "104",
    "mira.holm@",
    "my typed secret",
];

#[test]
fn a_locked_station_tells_nothing_and_keeps_no_secret() {
    let mut window = Window::with(BY_CLERK).handing_over();
    window.tell(vec![unfinished(), Event::Problem(stopped().problem)]);
    window.tell(vec![Event::Keyring(KeyringMode::SessionOnly("no Secret Service".into()))]);
    window.tell(vec![Event::PinRevealed { id: id(), pin: Pin::new("482913").unwrap() }]);
    let open = window.everything();
    for told in ["Elin", "482913", "31 884 207", "did not accept the key"] {
        assert!(
            open.contains(told),
            "{told} can be seen before: the test looks at the right place"
        );
    }
    window.tell(vec![lock(LockCause::Idle)]);
    let locked = window.everything();
    for told in SENSITIVE {
        assert!(!locked.contains(told), "{told} in\n{locked}");
    }
    assert!(locked.contains("Larkfield Ltd") && locked.contains("PRACTICE"));
    assert!(window.has("Nobody used the station for a while. Mira Holm is signed in."));
    // A PIN that was on its way when it was locked.
    window.tell(vec![Event::PinRevealed { id: id(), pin: Pin::new("482913").unwrap() }]);
    window.tell(vec![unlocked()]);
    let open = window.everything();
    assert!(open.contains("Elin") && !open.contains("482913"), "the PIN was dropped");
}

#[test]
fn no_key_reaches_what_is_locked() {
    let mut window = Window::with(BY_CLERK).handing_over();
    window.tell(vec![lock(LockCause::Screen)]);
    for key in [Key::V, Key::L, Key::B, Key::F8, Key::Escape] {
        window.press(key);
    }
    for key in [Key::Num1, Key::Num6, Key::Num7, Key::L, Key::S] {
        window.press_with(Modifiers::COMMAND, key);
    }
    assert!(!window.did_something());
    assert!(window.has("Locked") && !window.has("Practice bench"));
}

#[test]
fn a_locked_station_says_how_much_goes_on_and_is_opened_in_the_browser() {
    let mut window = Window::with(BY_CLERK);
    window.tell(three_keys());
    window.tell(to_touch(30));
    window.tell(vec![lock(LockCause::Operator)]);
    assert!(window.has("Mira Holm locked the station."));
    assert!(window.has("Work goes on: 1 key is being registered"));
    assert!(!window.has("Sign out"), "it would end what runs");
    window.press(Key::Enter);
    assert!(matches!(window.wishes().as_slice(), [WhoCommand::Unlock(Way::Browser)]));
    window.tell(vec![sign_in(in_browser()), practice_page()]);
    assert!(window.has("Larkfield Ltd's sign-in page"), "the page is in reach");
    assert!(!window.has("Practice bench"));
    window.click("Omar Haddad");
    let chosen = window.sent().into_iter().find_map(|command| match command {
        Command::Bench(BenchCommand::ChooseAccount { id }) => Some(id),
        _ => None,
    });
    assert_eq!(chosen.as_deref(), Some("omar"));
    window.tell(vec![sign_in(SignInShown::Failed(wrong_person()))]);
    assert!(window.has("Somebody else signed in") && window.has("Unlock"));
}

#[test]
fn an_unattended_station_is_opened_with_its_passphrase() {
    let mut window = Window::unattended();
    window.tell(vec![lock(LockCause::Idle)]);
    window.type_text("wrong words");
    window.press(Key::Enter);
    let wishes = window.wishes();
    assert!(matches!(wishes.as_slice(), [WhoCommand::Unlock(Way::Passphrase(_))]));
    let mut refusal = wrong_person();
    refusal.what = "That is not the passphrase".into();
    window.tell(vec![Event::Who(WhoEvent::PassphraseRefused(refusal))]);
    assert!(window.has("That is not the passphrase"));
    assert_eq!(window.focused().as_deref(), Some("Station passphrase"), "typed anew at once");
    window.tell(vec![unlocked()]);
    assert!(!window.has("That is not the passphrase"));
}

#[test]
fn what_was_typed_for_one_question_is_not_there_for_the_next() {
    let mut window = Window::unattended().handing_over();
    window.tell(vec![ask(asked(AskedOf::Operator, AskedWays::Passphrase))]);
    window.type_text("half a passphrase");
    window.tell(vec![lock(LockCause::Idle)]);
    window.press(Key::Enter);
    assert!(window.wishes().is_empty(), "the field is empty");
}

#[test]
fn activity_is_told_once_in_a_while_and_only_when_there_is_some() {
    let mut window = Window::with(BY_CLERK);
    window.sent();
    window.settle();
    assert_eq!(window.activities(), 0, "frames alone are none");
    for n in 0..20 {
        window.harness.event(egui::Event::PointerMoved(egui::pos2(300.0 + n as f32, 400.0)));
        window.harness.step();
    }
    assert_eq!(window.activities(), 1);
    let mut window = Window::with(BY_CLERK);
    window.tell(vec![lock(LockCause::Idle)]);
    window.harness.event(egui::Event::PointerMoved(egui::pos2(300.0, 400.0)));
    window.settle();
    assert_eq!(window.activities(), 0, "a locked station has nothing to put off");
}

#[test]
fn the_practice_page_opens_the_bench_and_can_be_denied() {
    let mut window = Window::with(BY_CLERK);
    window.press(Key::F8);
    window.tell(vec![sign_in(in_browser()), practice_page()]);
    assert!(window.has("Larkfield Ltd's sign-in page") && window.has("Sign in to Larkfield Ltd"));
    window.click("Deny");
    let denied = |command: &Command| matches!(command, Command::Bench(BenchCommand::DenySignIn));
    assert!(window.sent().iter().any(denied));
    window.tell(vec![Event::Who(WhoEvent::PracticePage(None)), sign_in(SignInShown::NotNeeded)]);
    assert!(!window.has("Deny"));
}

#[test]
fn the_stations_passphrase_is_set_changed_and_removed() {
    let mut window = Window::unattended();
    window.tell(vec![Event::Who(WhoEvent::Passphrase { is_set: false })]);
    window.click("Settings");
    window.turn_to("Security");
    window.fill_secret("New passphrase", "short");
    assert!(window.is_disabled("Set passphrase"));
    window.type_text(" but longer");
    window.fill_secret("Repeat new passphrase", "short but longer");
    window.click("Set passphrase");
    let set = |command: WhoCommand| match command {
        WhoCommand::SetPassphrase { old, new } => {
            let text = |secret: keydesk::secrets::SecretText| secret.expose().to_owned();
            Some((old.map(text), new.map(text)))
        }
        _ => None,
    };
    let first = window.wishes().into_iter().find_map(set);
    assert_eq!(first, Some((None, Some("short but longer".to_owned()))));
    window.tell(vec![Event::Who(WhoEvent::Passphrase { is_set: true })]);
    assert!(window.has("Done") && window.is_disabled("Remove passphrase"));
    window.fill_secret("Current passphrase", "short but longer");
    window.click("Remove passphrase");
    assert!(window.wishes().is_empty(), "it asks first");
    window.click("Remove it now");
    let second = window.wishes().into_iter().find_map(set);
    assert_eq!(second, Some((Some("short but longer".to_owned()), None)));
    window.tell(vec![Event::Who(WhoEvent::PassphraseRefused(wrong_person()))]);
    assert!(window.has("Somebody else signed in"));
}

#[test]
fn another_operator_finds_no_secret_of_the_one_before() {
    let mut window = Window::with(BY_CLERK).handing_over();
    window.tell(vec![Event::PinRevealed { id: id(), pin: Pin::new("482913").unwrap() }]);
    assert!(window.everything().contains("482913"));
    window.tell(vec![operator_named("Omar Haddad", BY_CLERK)]);
    assert!(!window.everything().contains("482913"));
}

#[test]
fn twice_the_text_keeps_every_question_within_reach() {
    for size in [Vec2::new(1280.0, 800.0), Vec2::new(640.0, 480.0)] {
        let mut window = Window::open(size);
        window.tell(station(ThemeChoice::Light, 200));
        window.tell(vec![operator(BY_CLERK)]);
        window.tell(three_keys());
        window.tell(to_hand_over(VaultWord::Sealed));
        window.tell(vec![ask(asked(AskedOf::Operator, AskedWays::Browser))]);
        within_window(&window, "Confirm in the browser");
        window.press(Key::Enter);
        window.tell(vec![sign_in(in_browser()), practice_page()]);
        within_window(&window, "Petra Lindqvist");
        window.tell(vec![Event::Who(WhoEvent::PracticePage(None)), lock(LockCause::Idle)]);
        window.tell(vec![sign_in(SignInShown::NotNeeded)]);
        within_window(&window, "Unlock");
    }
}

fn within_window(window: &Window, name: &str) {
    let button = window.harness.get_by_role_and_label(Widget::Button, name).rect();
    let all = window.harness.ctx.content_rect();
    assert!(
        button.min.x >= all.min.x && button.max.x <= all.max.x && button.width() > 60.0,
        "{name}: {button:?} in {all:?}"
    );
}
