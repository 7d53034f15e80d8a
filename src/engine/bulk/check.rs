//! What the directory says of everybody in the table.

use super::on_its_way::{OnTheirWay, on_their_way};
use super::prepare::{Found, FoundWhat, send};
use crate::bulk::{Readiness, readiness};
use crate::directory::{
    Directory, DirectoryError, LookedUp, PasskeyPolicy, PersonCard, Sought, SoughtBy,
};
use crate::engine::ports::Ports;
use crate::engine::station::Station;
use crate::problem::{Explain, Problem};
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Verdicts told at once.
const CHUNK: usize = 500;

/// What the directory said of one row.
pub(in crate::engine) struct Checked {
    pub card: Option<Box<PersonCard>>,
    pub readiness: Readiness,
}

impl Station {
    /// Asks the directory about everybody in the table.
    pub(super) async fn check_people(&mut self) {
        let Some(ports) = self.connected().await else { return };
        let prepared = &mut self.bulk.prepared;
        prepared.stop();
        let edition = prepared.edition;
        let forgotten = prepared.forget_answers();
        let (sought, names) = (prepared.sought(), prepared.names_beside_ids());
        if !forgotten.is_empty() {
            self.tell_checked(forgotten).await;
        }
        let found = self.found.clone();
        self.bulk.prepared.works_on(tokio::spawn(async move {
            let what = match check(&ports, sought, names, (&found, edition)).await {
                Ok(()) => FoundWhat::AllChecked,
                Err(problem) => FoundWhat::NotChecked(problem),
            };
            send(&found, edition, what).await;
        }));
    }
}

async fn check(
    ports: &Ports,
    sought: Vec<Sought>,
    names: HashMap<usize, String>,
    (found, edition): (&mpsc::Sender<Found>, u64),
) -> Result<(), Problem> {
    let directory = Arc::clone(&ports.tenant.directory);
    let policy = directory.policy().await.map_err(|error| error.problem())?;
    let tenant = ports.tenant.name.clone();
    let made = ports.journal.call(move |journal| on_their_way(journal, &tenant)).await;
    let on_their_way = made.map_err(|error| error.problem())?;
    let mut judge = Judge { policy, on_their_way, names, of_two_names: HashMap::new() };
    ask(&*directory, sought, &mut judge, (found, edition)).await?;
    // The names beside ids that are not their owners': anybody's?
    let names = judge.names_in_doubt();
    ask(&*directory, names, &mut judge, (found, edition)).await
}

/// Gathers what comes in, so that the window is told in pieces.
async fn ask(
    directory: &dyn Directory,
    sought: Vec<Sought>,
    judge: &mut Judge,
    (found, edition): (&mpsc::Sender<Found>, u64),
) -> Result<(), Problem> {
    if sought.is_empty() {
        return Ok(());
    }
    let (to, mut answers) = mpsc::channel(CHUNK);
    let told = async {
        let mut some = Vec::new();
        while answers.recv_many(&mut some, CHUNK).await > 0 {
            let verdicts = some.drain(..).filter_map(|one| judge.judge(one)).collect();
            send(found, edition, FoundWhat::Checked(verdicts)).await;
        }
    };
    let (looked, ()) = tokio::join!(directory.look_up(sought, to), told);
    looked.map_err(|error| error.problem())
}

/// What everybody is judged by.
struct Judge {
    policy: PasskeyPolicy,
    on_their_way: OnTheirWay,
    /// User names that the list has beside the ids that are asked for, by place.
    names: HashMap<usize, String>,
    /// Whom the id means where the name is another one.
    of_two_names: HashMap<usize, PersonCard>,
}

impl Judge {
    /// The verdict on a row; none yet where its user name is still to be asked for.
    fn judge(&mut self, LookedUp { place, card }: LookedUp) -> Option<(usize, Checked)> {
        if let Some(by_id) = self.of_two_names.remove(&place) {
            return Some((place, self.of_two(by_id, card)));
        }
        match card {
            Ok(card) if self.has_another_name(place, &card) => {
                self.of_two_names.insert(place, card);
                None
            }
            card => Some((place, self.of_one(card))),
        }
    }

    fn has_another_name(&self, place: usize, card: &PersonCard) -> bool {
        let listed = self.names.get(&place);
        listed.is_some_and(|name| name.to_lowercase() != card.person.upn.to_lowercase())
    }

    fn names_in_doubt(&self) -> Vec<Sought> {
        let name = |place: &usize| Some((*place, self.names.get(place)?.clone()));
        let names = self.of_two_names.keys().filter_map(name);
        names.map(|(place, name)| Sought { place, by: SoughtBy::Upn(name) }).collect()
    }

    /// Whoever was renamed since has another name than the list; a list whose columns were sorted
    /// apart has another person's, and its key and badge may be either's.
    fn of_two(&self, by_id: PersonCard, by_name: Result<PersonCard, DirectoryError>) -> Checked {
        match by_name {
            Ok(other) if other.person.id != by_id.person.id => {
                let (id, name) = (&by_id.person.upn, &other.person.upn);
                let why = format!("The object id is that of {id}, the user name that of {name}");
                Checked { card: None, readiness: Readiness::WrongRow(why) }
            }
            Ok(_) | Err(DirectoryError::NotFound(_) | DirectoryError::Ambiguous { .. }) => {
                self.of_one(Ok(by_id))
            }
            Err(error) => self.of_one(Err(error)),
        }
    }

    fn of_one(&self, card: Result<PersonCard, DirectoryError>) -> Checked {
        let readiness = match &card {
            Ok(card) => {
                let on_its_way = self.on_their_way.get(&card.person.id).copied();
                readiness(card, &self.policy, on_its_way)
            }
            Err(DirectoryError::NotFound(_)) => Readiness::NotFound,
            Err(error @ DirectoryError::Ambiguous { .. }) => {
                Readiness::WrongRow(error.problem().what)
            }
            Err(error) => Readiness::NotChecked(error.problem()),
        };
        Checked { card: card.ok().map(Box::new), readiness }
    }
}
