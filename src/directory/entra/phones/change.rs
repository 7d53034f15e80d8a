//! Changes many phones: three small requests for each, those of one person one after the other.

use super::super::super::http::answer::Answer;
use super::super::super::http::endpoint::segment;
use super::super::super::http::jitter;
use super::super::super::phones::{PhoneChange, PhoneChanged};
use super::super::super::{DirectoryError, PersonId};
use super::super::batch::Request;
use super::super::graph::{Graph, Page, garbled};
use super::super::many::{self, Errand, Settled, Times};
use super::super::permission;
use super::super::seek::read;
use super::methods::{WirePhone, id_of, to_phone, type_of};
use super::row::{Row, Step};
use crate::phones::{NumberText, PhoneKind, PhoneNumber};
use serde_json::json;
use std::collections::{HashMap, VecDeque};
use std::time::Duration;
use tokio::sync::mpsc;
use url::Url;

pub(super) async fn change(
    graph: &Graph,
    changes: Vec<PhoneChange>,
    to: mpsc::Sender<PhoneChanged>,
) -> Result<(), DirectoryError> {
    let (change, asks) = Change::new(graph, changes);
    many::run(graph, change, asks, to).await.map(drop)
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Ask {
    row: usize,
    deed: Deed,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Deed {
    Look,
    Write,
}

struct Change<'a> {
    graph: &'a Graph,
    /// By [`Ask::row`]; nothing once there was a result.
    rows: Vec<Option<Row>>,
    /// Rows that wait for another one of the same person.
    waiting: HashMap<PersonId, VecDeque<usize>>,
    outage: Option<DirectoryError>,
}

impl<'a> Change<'a> {
    /// And the looks it begins with.
    fn new(graph: &'a Graph, changes: Vec<PhoneChange>) -> (Self, Vec<Ask>) {
        let mut waiting: HashMap<PersonId, VecDeque<usize>> = HashMap::new();
        let mut asks = Vec::new();
        for (row, change) in changes.iter().enumerate() {
            match waiting.get_mut(&change.person) {
                Some(rows) => rows.push_back(row),
                None => {
                    waiting.insert(change.person.clone(), VecDeque::new());
                    asks.push(Ask { row, deed: Deed::Look });
                }
            }
        }
        let rows = changes.into_iter().map(|change| Some(Row::new(change))).collect();
        (Self { graph, rows, waiting, outage: None }, asks)
    }

    fn step(&mut self, ask: Ask, answer: Result<Answer, DirectoryError>) -> Option<Step> {
        let row = self.rows.get_mut(ask.row)?.as_mut()?;
        let (limits, jitter) = (self.graph.http.limits(), jitter());
        Some(match ask.deed {
            Deed::Look => {
                let now = answer.and_then(|answer| registered(&answer, row.change.kind));
                row.looked(now, limits, jitter)
            }
            Deed::Write => row.wrote(answer.map(drop), limits, jitter),
        })
    }
}

impl Errand for Change<'_> {
    type Ask = Ask;
    type Result = PhoneChanged;
    const NAME: &'static str = "phones.change";

    fn batch(&self) -> Result<Url, DirectoryError> {
        self.graph.url(&["$batch"])
    }

    fn request(&self, ask: &Ask) -> Result<Request, DirectoryError> {
        let row = self.rows.get(ask.row).and_then(Option::as_ref);
        let change = &row.ok_or_else(|| garbled("nothing is to be changed"))?.change;
        match ask.deed {
            Deed::Look => address(&change.person).map(Request::get),
            Deed::Write => write(change),
        }
    }

    fn permission(&self, _: &Ask) -> &'static str {
        permission::PHONES
    }

    fn times(&self, ask: &Ask) -> Times {
        match ask.deed {
            Deed::Look => Times::UntilAnswered,
            Deed::Write => Times::Once,
        }
    }

    fn ended(&self) -> Option<DirectoryError> {
        self.outage.clone()
    }

    fn settle(
        &mut self,
        ask: Ask,
        answer: Result<Answer, DirectoryError>,
    ) -> Settled<Ask, PhoneChanged> {
        let row = ask.row;
        let later = |deed, wait: Duration| Settled {
            later: vec![(Ask { row, deed }, wait)],
            ..Settled::nothing()
        };
        match self.step(ask, answer) {
            None => Settled::nothing(),
            Some(Step::LookAfter(wait)) => later(Deed::Look, wait),
            // Not after a wait, or the look would be an old one.
            Some(Step::Write) => later(Deed::Write, Duration::ZERO),
            Some(Step::Outage(error)) => {
                self.outage = Some(error);
                Settled::nothing()
            }
            Some(Step::Over(outcome)) => {
                let Some(over) = self.rows[row].take() else { return Settled::nothing() };
                let PhoneChange { place, person, .. } = over.change;
                let next = self.waiting.get_mut(&person).and_then(VecDeque::pop_front);
                let next = next.map(|row| (Ask { row, deed: Deed::Look }, Duration::ZERO));
                Settled {
                    results: vec![PhoneChanged { place, outcome }],
                    later: next.into_iter().collect(),
                    ..Settled::nothing()
                }
            }
        }
    }
}

/// The person's number of this kind.
fn registered(answer: &Answer, kind: PhoneKind) -> Result<Option<NumberText>, DirectoryError> {
    let page: Page<WirePhone> = read(answer)?;
    let mut phones = page.value.into_iter().filter_map(to_phone);
    Ok(phones.find(|phone| phone.kind == kind).map(|phone| phone.number))
}

fn address(person: &PersonId) -> Result<String, DirectoryError> {
    Ok(format!("/users/{}/authentication/phoneMethods", segment(&person.0)?))
}

fn write(change: &PhoneChange) -> Result<Request, DirectoryError> {
    let list = address(&change.person)?;
    let one = format!("{list}/{}", id_of(change.kind));
    let body = |number: &PhoneNumber| json!({"phoneNumber": number.entra(), "phoneType": type_of(change.kind)});
    Ok(match (&change.before, &change.after) {
        (None, Some(number)) => Request::post(list, body(number)),
        (Some(_), Some(number)) => Request::patch(one, body(number)),
        (_, None) => Request::delete(one),
    })
}
