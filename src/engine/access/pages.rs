//! How a page of the login service reaches somebody: the system's browser, the practice company's
//! simulated one on the bench, or nobody but the window that tells the address.

use super::Heard;
use crate::engine::system_open::system_open;
use crate::engine::{PracticeAccount, PracticePage};
use crate::practice::browser::{Browser, BrowserError, BrowserPage, Shown};
use crate::problem::{Explain, Problem};
use std::sync::Arc;
use tokio::sync::{Mutex, mpsc};
use url::Url;

/// How pages of the login service are opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pages {
    /// In the system's browser.
    #[default]
    SystemBrowser,
    /// Only the window tells the address, and asks for paths: for a program that drives the station.
    OnlyTold,
}

/// What opens them now.
#[derive(Clone)]
pub(in crate::engine) enum PageOpener {
    System,
    OnlyTold,
    Practice(PracticeBrowser),
}

impl PageOpener {
    pub(in crate::engine) fn of(pages: Pages) -> Self {
        match pages {
            Pages::SystemBrowser => Self::System,
            Pages::OnlyTold => Self::OnlyTold,
        }
    }

    /// Whether dialogs of the system's open, too.
    pub(in crate::engine) fn opens_dialogs(&self) -> bool {
        !matches!(self, Self::OnlyTold)
    }

    pub(super) async fn open(&self, url: String) -> Result<(), Problem> {
        match self {
            Self::OnlyTold => Ok(()),
            Self::Practice(browser) => {
                browser.open(url);
                Ok(())
            }
            Self::System => {
                let opened = system_open(url).await;
                opened.map_err(|_| Problem {
                    what: "No browser can be opened here".into(),
                    next: "Copy the link into a browser on this computer, or use a code".into(),
                    details: Vec::new(),
                })
            }
        }
    }

    /// The sign-in was given up: a page that still shows it is put away.
    pub(super) async fn close(&self) {
        if let Self::Practice(browser) = self {
            browser.show(None).await;
        }
    }

    pub(in crate::engine) fn choose(&self, account: String) {
        if let Self::Practice(browser) = self {
            browser.act(Act::Choose(account));
        }
    }

    pub(in crate::engine) fn deny(&self) {
        if let Self::Practice(browser) = self {
            browser.act(Act::Deny);
        }
    }
}

/// The simulated browser of the practice company; clones are one browser.
#[derive(Clone)]
pub(in crate::engine) struct PracticeBrowser {
    browser: Arc<Mutex<Browser>>,
    /// Signs in by itself the first time, so that practice begins with work.
    first: Arc<Mutex<Option<String>>>,
    heard: mpsc::Sender<Heard>,
}

enum Act {
    Open(Url),
    Choose(String),
    Deny,
}

impl PracticeBrowser {
    /// `first` is chosen on the first page by itself.
    pub(in crate::engine) fn new(
        first: String,
        heard: mpsc::Sender<Heard>,
    ) -> Result<Self, Problem> {
        let browser = Browser::new().map_err(|error| error.problem())?;
        let first = Arc::new(Mutex::new(Some(first)));
        Ok(Self { browser: Arc::new(Mutex::new(browser)), first, heard })
    }

    fn open(&self, url: String) {
        match Url::parse(&url) {
            Ok(url) => self.act(Act::Open(url)),
            Err(error) => tracing::warn!(%error, "no address for the practice browser"),
        }
    }

    /// Each page takes its time over real HTTP, so the station does not wait for it.
    fn act(&self, act: Act) {
        let this = self.clone();
        tokio::spawn(async move {
            match this.acted(act).await {
                Ok(page) => this.show(page).await,
                Err(error) => {
                    tracing::warn!(%error, "the practice browser");
                    this.show(None).await;
                }
            }
        });
    }

    async fn acted(&self, act: Act) -> Result<Option<PracticePage>, BrowserError> {
        let mut browser = self.browser.lock().await;
        let shown = match act {
            Act::Open(url) => browser.open(&url).await?,
            Act::Choose(account) => browser.choose(&account).await?,
            Act::Deny => browser.deny().await?,
        };
        let shown = match (shown, self.first.lock().await.take()) {
            (Shown::Page(_), Some(first)) => browser.choose(&first).await?,
            (shown, _) => shown,
        };
        Ok(match shown {
            Shown::Page(page) => Some(practice_page(*page)),
            Shown::Arrived(_) => None,
        })
    }

    async fn show(&self, page: Option<PracticePage>) {
        if self.heard.send(Heard::PracticePage(page)).await.is_err() {
            tracing::debug!("the station ended before its practice browser");
        }
    }
}

fn practice_page(page: BrowserPage) -> PracticePage {
    let accounts = page.accounts.into_iter();
    PracticePage {
        title: page.title,
        text: page.problem.or(page.text),
        accounts: accounts
            .map(|account| PracticeAccount {
                id: account.id,
                name: account.name,
                note: account.detail,
            })
            .collect(),
        can_deny: page.form.is_some(),
    }
}
