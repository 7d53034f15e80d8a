//! Starts the engine on threads of its own, so that the window never waits.

use super::access::{self, PageOpener, Pages, Presence};
use super::audience::Audience;
use super::bench::BenchPort;
use super::bulk::{Bulk, Colleague};
use super::desk::Desk;
use super::phones::Phones;
use super::ports::KeyTable;
use super::station::{Inboxes, Station};
use super::tell::Teller;
use super::verify::Callers;
use super::{Command, Event, Handle, VerifyCommand, Wake};
use crate::key::Keys;
use crate::problem::{Explain, Problem};
use crate::secrets::Secrets;
use crate::settings::{Paths, Settings};
use std::collections::HashMap;
use std::sync::mpsc::sync_channel;
use std::time::Duration;
use tokio::sync::mpsc;

/// Commands that may wait while the station is busy with one.
const COMMANDS: usize = 256;
/// Events that may wait for a window that is slow to draw.
const EVENTS: usize = 4096;

/// How the station starts.
#[derive(Clone)]
pub struct StartOptions {
    pub paths: Paths,
    /// The simulated company, whatever the settings say.
    pub practice: bool,
    /// The bench beside a configured tenant whose addresses are all loopback.
    pub virtual_keys: bool,
    pub patience: Patience,
    /// How pages of the login service are opened.
    pub pages: Pages,
}

/// How long services may take, how long a check of a caller counts, and how long a station may be
/// left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// A new passkey is looked for so long before it counts as not listed.
    pub confirm: Duration,
    /// After a lost answer; a passkey that is not listed by then is registered again.
    pub lost_answer: Duration,
    /// A code that was sent counts so long.
    pub code: Duration,
    /// A text can be sent again after so long.
    pub again: Duration,
    /// A question on a phone waits so long.
    pub push: Duration,
    /// That no other station checks a caller, as it was read with them, counts so long at the click.
    pub seen: Duration,
    /// The first pause between two looks at how far a text is; the later ones are longer.
    pub poll: Duration,
    /// Between two looks for the answer on a phone.
    pub push_poll: Duration,
    /// What the settings call a minute without anybody at the station.
    pub idle_minute: Duration,
    /// Between two looks at how long nobody was at it; the station locks so much later at most.
    pub idle_look: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            confirm: Duration::from_secs(60),
            lost_answer: Duration::from_secs(20),
            code: Duration::from_secs(600),
            again: Duration::from_secs(30),
            push: Duration::from_secs(120),
            seen: Duration::from_secs(10),
            poll: Duration::from_secs(2),
            push_poll: Duration::from_secs(3),
            idle_minute: Duration::from_secs(60),
            idle_look: Duration::from_secs(5),
        }
    }
}

/// Starts the engine; it ends when the handle is dropped.
pub fn start(options: StartOptions, wake: Wake) -> Handle {
    let (commands_in, commands) = mpsc::channel(COMMANDS);
    let (events_in, events) = sync_channel(EVENTS);
    let teller = Teller::new(events_in, wake);
    let failed = teller.clone();
    let spawned = std::thread::Builder::new().name("engine".into()).spawn({
        let links = commands_in.downgrade();
        move || engine(options, teller, (commands, links))
    });
    if let Err(error) = spawned {
        failed.tell_now(Event::NotConnected(no_engine(&error.to_string())));
    }
    Handle { commands: commands_in, events }
}

fn engine(
    options: StartOptions,
    teller: Teller,
    (commands, links): (mpsc::Receiver<Command>, mpsc::WeakSender<Command>),
) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("network")
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => {
            let data = options.paths.data.clone();
            runtime.spawn(async move {
                crate::handover::listen(&data, move |link| take_link(&links, link)).await;
            });
            runtime.block_on(station(options, teller, commands));
            // Open calls and blocking jobs are not waited for: their intent is on the disk.
            runtime.shutdown_background();
        }
        Err(error) => teller.tell_now(Event::NotConnected(no_engine(&error.to_string()))),
    }
}

async fn station(options: StartOptions, teller: Teller, commands: mpsc::Receiver<Command>) {
    let paths = options.paths.clone();
    let read = super::ports::off_the_network(move || {
        (Settings::load(&paths.config_file()), Secrets::probe())
    });
    let (settings, secrets) = read.await;
    let settings = match settings {
        Ok(settings) => settings.unwrap_or_default(),
        // Nothing is overwritten: the station stays unconnected until the file is mended.
        Err(error) => {
            teller.tell(Event::NotConnected(error.problem())).await;
            return;
        }
    };
    open(options, settings, secrets, teller, commands).await;
}

/// Runs the station with what was read at the start.
pub(super) async fn open(
    options: StartOptions,
    settings: Settings,
    secrets: Secrets,
    teller: Teller,
    commands: mpsc::Receiver<Command>,
) {
    let (keys, key_events) = match Keys::start() {
        Ok(started) => started,
        Err(error) => {
            teller.tell(Event::NotConnected(error.problem())).await;
            return;
        }
    };
    let (over_in, over) = mpsc::channel(COMMANDS);
    let (heard_in, heard) = mpsc::channel(COMMANDS);
    let (again_in, again) = mpsc::channel(COMMANDS);
    let (news_in, news) = mpsc::unbounded_channel();
    let (found_in, found) = mpsc::channel(COMMANDS);
    let (recognised_in, recognised) = mpsc::channel(COMMANDS);
    let (phones_in, phones) = mpsc::channel(COMMANDS);
    let (verify_in, verify) = mpsc::channel(COMMANDS);
    access::listen(heard_in.clone());
    let station = Station {
        pages: PageOpener::of(options.pages),
        options,
        settings,
        secrets,
        teller,
        keys,
        table: KeyTable::new(),
        bench: BenchPort::default(),
        practice: None,
        audience: Audience::default(),
        journals: Vec::new(),
        journal: None,
        ports: None,
        desk: Desk::default(),
        runs: HashMap::new(),
        outputs: None,
        over: over_in,
        presence: Presence::new(jiff::Timestamp::now()),
        prospect: None,
        heard: heard_in,
        bulk: Bulk::default(),
        phones: Phones::default(),
        phones_news: phones_in,
        callers: Callers::default(),
        verify_news: verify_in,
        colleague: Colleague::default(),
        news: news_in,
        found: found_in,
        recognised: recognised_in,
        again: again_in,
    };
    let inboxes = Inboxes {
        commands,
        key_events,
        over,
        heard,
        again,
        news,
        found,
        recognised,
        phones,
        verify,
    };
    station.run(inboxes).await;
}

/// A link from another start of the program, as if it had been pasted here.
fn take_link(commands: &mpsc::WeakSender<Command>, link: String) -> bool {
    let wish = Command::Verify(VerifyCommand::OpenLink(link));
    commands.upgrade().is_some_and(|commands| commands.try_send(wish).is_ok())
}

fn no_engine(reason: &str) -> Problem {
    Problem {
        what: format!("Keydesk can't start its work: {reason}"),
        next: "Close other programs and start Keydesk again".into(),
        details: Vec::new(),
    }
}
