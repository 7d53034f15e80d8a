//! Many people at once, each by what a list says of them.

use super::{CallFacts, Directory, DirectoryError, Person, PersonCard, PersonId};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::mpsc;

/// People asked about at the same time, one call after the other for each.
const AT_ONCE: usize = 4;

/// Somebody in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// Comes back with the result.
    pub place: usize,
    pub by: SoughtBy,
}

/// What is known of somebody.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum SoughtBy {
    Id(PersonId),
    /// User principal name.
    Upn(String),
    Mail(String),
    EmployeeId(String),
}

/// What the directory says of somebody in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LookedUp {
    pub place: usize,
    /// Without a photo. Of the groups those that the passkey policy names are there for sure; the
    /// other methods may not have been read, which the card says.
    /// [`DirectoryError::NotFound`] for nobody, [`DirectoryError::Ambiguous`] for several people.
    pub card: Result<PersonCard, DirectoryError>,
}

impl SoughtBy {
    /// The error for several people.
    pub(super) fn ambiguous(&self) -> DirectoryError {
        DirectoryError::Ambiguous {
            what: match self {
                Self::Id(_) => "id",
                Self::Upn(_) => "user principal name",
                Self::Mail(_) => "mail address",
                Self::EmployeeId(_) => "employee id",
            },
        }
    }

    fn is(&self, person: &Person) -> bool {
        let same = |known: &str, sought: &str| known.to_lowercase() == sought.trim().to_lowercase();
        let has = |known: &Option<String>, sought: &str| {
            known.as_deref().is_some_and(|known| same(known, sought))
        };
        match self {
            Self::Id(id) => person.id == *id,
            Self::Upn(upn) => same(&person.upn, upn),
            Self::Mail(mail) => has(&person.mail, mail),
            Self::EmployeeId(id) => has(&person.employee_id, id),
        }
    }
}

/// For a directory without requests for many people: few at a time.
pub(super) async fn one_by_one<D: Directory + ?Sized>(
    directory: &D,
    people: Vec<Sought>,
    to: mpsc::Sender<LookedUp>,
) -> Result<(), DirectoryError> {
    let mut people = people.into_iter();
    let mut flying: FuturesUnordered<_> =
        people.by_ref().take(AT_ONCE).map(|sought| look(directory, sought)).collect();
    loop {
        let found = tokio::select! {
            found = flying.next() => found,
            () = to.closed() => return Ok(()),
        };
        let Some(found) = found else { return Ok(()) };
        if let Err(error) = &found.card
            && concerns_everybody(error)
        {
            return Err(error.clone());
        }
        if to.send(found).await.is_err() {
            return Ok(());
        }
        flying.extend(people.next().map(|sought| look(directory, sought)));
    }
}

async fn look<D: Directory + ?Sized>(directory: &D, sought: Sought) -> LookedUp {
    let card = card(directory, &sought.by).await;
    LookedUp { place: sought.place, card: card.map(|card| PersonCard { photo: None, ..card }) }
}

async fn card<D: Directory + ?Sized>(
    directory: &D,
    by: &SoughtBy,
) -> Result<PersonCard, DirectoryError> {
    match by {
        SoughtBy::Id(id) => directory.person(id).await,
        SoughtBy::Upn(text) | SoughtBy::Mail(text) | SoughtBy::EmployeeId(text) => {
            let id = only(directory, by, text).await?;
            directory.person(&id).await
        }
    }
}

/// The one person it fits. The whole text is searched for first, then what is before its `@`: a
/// directory may know people by that alone.
async fn only<D: Directory + ?Sized>(
    directory: &D,
    by: &SoughtBy,
    text: &str,
) -> Result<PersonId, DirectoryError> {
    let user = text.rsplit_once('@').map(|(user, _)| user);
    for query in [Some(text), user].into_iter().flatten() {
        let found = directory.find(query, usize::MAX).await?;
        let mut fitting = found.into_iter().filter(|person| by.is(person));
        match (fitting.next(), fitting.next()) {
            (None, _) => {}
            (Some(person), None) => return Ok(person.id),
            (Some(_), Some(_)) => return Err(by.ambiguous()),
        }
    }
    let message = Some("nobody is called so".into());
    Err(DirectoryError::NotFound(CallFacts { message, ..CallFacts::default() }))
}

/// Whether it would be the same for the next one.
fn concerns_everybody(error: &DirectoryError) -> bool {
    matches!(
        error,
        DirectoryError::SignIn { .. }
            | DirectoryError::Operator(_)
            | DirectoryError::NoSecret
            | DirectoryError::Unauthorized(_)
            | DirectoryError::Settings(_)
    )
}
