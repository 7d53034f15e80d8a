//! Hears when the computer's own screen is locked, where the system tells: the session bus's screen
//! savers and logind, on Linux. Elsewhere only the idle time locks the station.

use super::Heard;
use tokio::sync::mpsc::Sender;

/// Listens for as long as the station lives; without a bus there is nothing to hear.
#[cfg(target_os = "linux")]
pub(in crate::engine) fn listen(heard: Sender<Heard>) {
    for (name, bus) in [("screen-saver", Bus::Session), ("screen-logind", Bus::System)] {
        let heard = heard.clone();
        let spawned = std::thread::Builder::new().name(name.into()).spawn(move || {
            if let Err(error) = linux::follow(bus, &heard) {
                tracing::info!(%error, ?bus, "the system does not tell when its screen is locked");
            }
        });
        if let Err(error) = spawned {
            tracing::warn!(%error, "no thread to hear when the screen is locked");
        }
    }
}

#[cfg(not(target_os = "linux"))]
pub(in crate::engine) fn listen(_heard: Sender<Heard>) {}

#[cfg(target_os = "linux")]
#[derive(Clone, Copy, Debug)]
enum Bus {
    Session,
    System,
}

#[cfg(target_os = "linux")]
mod linux {
    use super::{Bus, Heard, Sender};
    use zbus::blocking::{Connection, MessageIterator, Proxy};
    use zbus::message::Message;
    use zbus::{MatchRule, message::Type, zvariant::OwnedObjectPath};

    /// More signals than come before one is read.
    const QUEUED: usize = 16;
    const LOGIN: &str = "org.freedesktop.login1";
    /// What desktops call the same signal.
    const SAVERS: [&str; 4] = [
        "org.freedesktop.ScreenSaver",
        "org.gnome.ScreenSaver",
        "org.cinnamon.ScreenSaver",
        "org.mate.ScreenSaver",
    ];

    /// Until the station or the bus is gone.
    pub(super) fn follow(bus: Bus, heard: &Sender<Heard>) -> zbus::Result<()> {
        let (connection, rule) = match bus {
            Bus::Session => (
                Connection::session()?,
                MatchRule::builder().msg_type(Type::Signal).member("ActiveChanged")?.build(),
            ),
            Bus::System => {
                let connection = Connection::system()?;
                let rule = MatchRule::builder()
                    .msg_type(Type::Signal)
                    .interface("org.freedesktop.login1.Session")?
                    .member("Lock")?
                    .path(own_session(&connection)?)?
                    .build();
                (connection, rule)
            }
        };
        for message in MessageIterator::for_match_rule(rule, &connection, Some(QUEUED))? {
            if says_locked(bus, &message?) && heard.blocking_send(Heard::ScreenLocked).is_err() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Another person's session is none of ours.
    fn own_session(connection: &Connection) -> zbus::Result<OwnedObjectPath> {
        let manager = Proxy::new(
            connection,
            LOGIN,
            "/org/freedesktop/login1",
            "org.freedesktop.login1.Manager",
        )?;
        let own = std::process::id();
        match manager.call("GetSessionByPID", &(own)) {
            // Below `systemd --user` a program is of no session: then it is the user's own screen.
            Err(zbus::Error::MethodError(..)) => shown_session(connection, &manager, own),
            found => found,
        }
    }

    fn shown_session(
        connection: &Connection,
        manager: &Proxy<'_>,
        own: u32,
    ) -> zbus::Result<OwnedObjectPath> {
        let user: OwnedObjectPath = manager.call("GetUserByPID", &(own))?;
        let user = Proxy::new(connection, LOGIN, user, "org.freedesktop.login1.User")?;
        let (_, session): (String, OwnedObjectPath) = user.get_property("Display")?;
        Ok(session)
    }

    fn says_locked(bus: Bus, message: &Message) -> bool {
        match bus {
            Bus::System => true,
            Bus::Session => {
                let header = message.header();
                let saver = header.interface().is_some_and(|it| SAVERS.contains(&it.as_str()));
                saver && message.body().deserialize::<bool>().unwrap_or(false)
            }
        }
    }
}
