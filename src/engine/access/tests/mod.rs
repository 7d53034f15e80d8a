//! Operators at a whole station: real code flow over real HTTP, a simulated browser, virtual keys.

use crate::access::{Act, LockCause, Role};
use crate::engine::tests::Desk;
use crate::engine::{
    Asked, AskedOf, Command, Event, NewPin, OperatorShown, Patience, PersonShown, SignInShown, Way,
    WhoCommand, WhoEvent,
};
use crate::enrolment::EnrolmentId;
use crate::practice::browser::{Browser, Shown};
use crate::practice::cloud::{Cloud, CloudOptions, Order, SignInOrder};
use crate::practice::company;
use crate::problem::Problem;
use crate::secrets::{SecretName, SecretText, Secrets};
use crate::settings::{
    Accent, DirectorySettings, EntraSettings, RoleRule, RoleSource, Settings, SignIn,
    TenantSettings,
};
use url::Url;

mod credentials;
mod lock;
mod own_station;
mod proof;
mod roles;
mod sign_in;
mod tenants;

const PETRA: &str = "petra.lindqvist@larkfield.example";
const OMAR: &str = "omar.haddad@larkfield.example";
const SAGA: &str = "saga.nyberg@larkfield.example";
const TENANT: &str = "Larkfield";

/// A company in the cloud, a browser at its pages, and a station beside it.
struct Office {
    runtime: tokio::runtime::Runtime,
    cloud: Cloud,
    browser: Browser,
    folder: tempfile::TempDir,
    secrets: Secrets,
    settings: Settings,
    desk: Desk,
}

impl Office {
    fn new(sign_in: SignIn, adjust: impl FnOnce(&mut Settings)) -> Self {
        Self::begun(CloudOptions::default(), Patience::default(), sign_in, adjust)
    }

    fn begun(
        company: CloudOptions,
        patience: Patience,
        sign_in: SignIn,
        adjust: impl FnOnce(&mut Settings),
    ) -> Self {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let cloud = runtime.block_on(Cloud::start(company)).unwrap();
        let there = cloud.connection();
        let entra = EntraSettings {
            authentication_context: Some("c1".into()),
            ..cloud.entra_settings(sign_in)
        };
        let mut tenant = TenantSettings::new(TENANT, Accent::Teal, DirectorySettings::Entra(entra));
        tenant.roles = Role::ALL.into_iter().map(by_app_role).collect();
        let mut settings = Settings::with_tenant(tenant);
        adjust(&mut settings);
        let secrets = Secrets::session_only("test");
        let name = SecretName::ClientSecret { tenant: TENANT.into() };
        secrets.set(&name, &SecretText::new(there.secret.expose())).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let desk = Desk::open_waiting(folder.path(), secrets.clone(), settings.clone(), patience);
        Self { runtime, cloud, browser: Browser::new().unwrap(), folder, secrets, settings, desk }
    }

    /// Operators sign in, and Petra has.
    fn with_petra(adjust: impl FnOnce(&mut Settings)) -> Self {
        let mut office = Self::new(SignIn::Operator, adjust);
        office.sign_in(PETRA);
        office
    }

    /// The program is ended and started again.
    fn restart(self) -> Self {
        let Self { runtime, cloud, browser, folder, secrets, settings, desk } = self;
        drop(desk);
        let reopened = (0..200).find_map(|_| {
            let desk = Desk::open(folder.path(), secrets.clone(), settings.clone());
            let told = desk.wait(|event| match event {
                Event::NotConnected(problem) => Some(!problem.what.starts_with("Another Keydesk")),
                Event::Who(WhoEvent::SignIn(_) | WhoEvent::Passphrase { .. }) => Some(true),
                _ => None,
            });
            std::thread::sleep(std::time::Duration::from_millis(20));
            told.then_some(desk)
        });
        let desk = reopened.expect("the journal stays taken");
        Self { runtime, cloud, browser, folder, secrets, settings, desk }
    }

    fn who(&self, wish: WhoCommand) {
        self.desk.say(Command::Who(wish));
    }

    fn hear<T>(&self, wanted: impl Fn(WhoEvent) -> Option<T>) -> T {
        self.desk.wait(|event| match event {
            Event::Who(event) => wanted(event),
            _ => None,
        })
    }

    fn page(&self) -> Url {
        self.hear(|event| match event {
            WhoEvent::SignIn(SignInShown::InBrowser { url, .. }) => Some(Url::parse(&url).unwrap()),
            WhoEvent::SignIn(SignInShown::Failed(problem)) => panic!("failed: {problem}"),
            _ => None,
        })
    }

    /// Answers the page that the station shows now.
    fn answer_as(&mut self, upn: &str) {
        let url = self.page();
        self.answer_page(&url, upn);
    }

    fn answer_page(&mut self, url: &Url, upn: &str) {
        let Self { runtime, browser, .. } = self;
        runtime.block_on(async {
            match browser.open(url).await.unwrap() {
                Shown::Page(_) => drop(browser.choose(upn).await.unwrap()),
                Shown::Arrived(_) => {}
            }
        });
    }

    fn deny(&mut self) {
        let url = self.page();
        let Self { runtime, browser, .. } = self;
        runtime.block_on(async {
            browser.open(&url).await.unwrap();
            browser.deny().await.unwrap();
        });
    }

    fn sign_in(&mut self, upn: &str) {
        self.who(WhoCommand::SignIn);
        self.answer_as(upn);
        self.desk.wait(|event| match event {
            Event::Connected(_) => Some(()),
            Event::Who(WhoEvent::SignIn(SignInShown::Failed(problem))) => panic!("{problem}"),
            _ => None,
        });
    }

    fn order(&self, order: Order) {
        self.cloud.control().order(order);
    }

    /// A registered key whose PIN nobody has seen.
    fn finished_key(&self) -> EnrolmentId {
        let key = self.desk.insert(1);
        self.desk.register(key, NewPin::Random);
        self.touch_and_finish()
    }

    fn touch_and_finish(&self) -> EnrolmentId {
        self.desk.wait(|event| match event {
            Event::TouchNeeded { .. } => Some(()),
            Event::Problem(problem) => panic!("{problem}"),
            Event::Stopped { stopped, .. } => panic!("{}", stopped.problem),
            _ => None,
        });
        self.desk.say(Command::Bench(crate::engine::BenchCommand::Touch { slot: 1 }));
        self.desk.wait(|event| match event {
            Event::Finished(finished) => Some(finished.id),
            Event::Stopped { stopped, .. } => panic!("{}", stopped.problem),
            _ => None,
        })
    }

    fn asked(&self) -> Asked {
        self.hear(|event| match event {
            WhoEvent::Asked(asked) => asked,
            _ => None,
        })
    }

    fn refused(&self) -> Problem {
        self.hear(|event| match event {
            WhoEvent::Asked(Some(Asked { refused: Some(problem), .. })) => Some(problem),
            _ => None,
        })
    }

    fn problem(&self) -> Problem {
        self.desk.wait(|event| match event {
            Event::Problem(problem) => Some(problem),
            Event::PinRevealed { .. } => panic!("a PIN was revealed"),
            _ => None,
        })
    }

    fn revealed(&self) {
        self.desk.wait(|event| match event {
            Event::PinRevealed { .. } => Some(()),
            Event::Problem(problem) => panic!("{problem}"),
            _ => None,
        });
    }

    fn person(&self) -> PersonShown {
        self.hear(|event| match event {
            WhoEvent::Operator(OperatorShown::Person(person)) => Some(person),
            _ => None,
        })
    }

    fn locked(&self) -> LockCause {
        self.hear(|event| match event {
            WhoEvent::Lock(cause) => cause,
            _ => None,
        })
    }

    fn unlocked(&self) {
        self.hear(|event| matches!(event, WhoEvent::Lock(None)).then_some(()));
    }

    fn kept_sign_in(&self) -> bool {
        let name = SecretName::RefreshToken { tenant: TENANT.into() };
        self.secrets.get(&name).unwrap().is_some()
    }

    fn rows(&self, action: &str) -> Vec<(String, String)> {
        let rows = self.desk.history().into_iter().filter(|row| row.action == action);
        rows.map(|row| (row.operator, row.subject)).collect()
    }
}

fn by_app_role(role: Role) -> RoleRule {
    RoleRule { role, from: RoleSource::AppRole(company::app_role(role).into()), name: None }
}

/// The same directory once more, under another name.
fn second_tenant(settings: &mut Settings, sign_in: SignIn) {
    let mut second = settings.tenants[0].clone();
    second.name = "Harbour".into();
    let DirectorySettings::Entra(entra) = &mut second.directory else { panic!("Entra") };
    entra.sign_in = sign_in;
    settings.tenants.push(second);
}

fn keep_sign_in_of_second(office: &Office) {
    let token = |tenant: &str| SecretName::RefreshToken { tenant: tenant.into() };
    let kept = (0..100).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(50));
        office.secrets.get(&token(TENANT)).unwrap()
    });
    office.secrets.set(&token("Harbour"), &kept.unwrap()).unwrap();
}

/// Another tenant, as a customer's: no rules of its own.
fn customer(settings: &mut Settings, sign_in: SignIn) {
    second_tenant(settings, sign_in);
    settings.tenants[1].roles.clear();
}
