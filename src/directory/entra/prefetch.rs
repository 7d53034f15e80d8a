//! Creation options for many people ahead of time: from beta, which lets them live longer than
//! five minutes.
//!
//! Asking again is harmless: the state of a challenge is inside it, nothing is kept at the
//! service.

use super::super::http::answer::Answer;
use super::super::http::endpoint::segment;
use super::super::{Begun, DirectoryError, Lifetime, PersonId, Tally};
use super::batch::Request;
use super::graph::Graph;
use super::many::{self, Errand, Settled};
use super::permission;
use crate::webauthn::CreationOptions;
use std::collections::HashSet;
use tokio::sync::mpsc;
use url::Url;

pub(super) async fn begin_many(
    graph: &Graph,
    people: Vec<PersonId>,
    lifetime: Lifetime,
    to: mpsc::Sender<Begun>,
) -> Result<Tally, DirectoryError> {
    let different = people.iter().collect::<HashSet<_>>().len();
    let took = many::run(graph, Begin { graph, lifetime }, people, to).await?;
    Ok(Tally { people: different, asked: took.asked, batches: took.batches, ended: took.ended })
}

struct Begin<'a> {
    graph: &'a Graph,
    lifetime: Lifetime,
}

impl Errand for Begin<'_> {
    type Ask = PersonId;
    type Result = Begun;
    const NAME: &'static str = "passkeys.begin_many";

    fn batch(&self) -> Result<Url, DirectoryError> {
        self.graph.beta(&["$batch"])
    }

    fn request(&self, person: &PersonId) -> Result<Request, DirectoryError> {
        address(person, self.lifetime).map(Request::get)
    }

    fn permission(&self, _: &PersonId) -> &'static str {
        permission::PASSKEYS
    }

    fn settle(
        &mut self,
        person: PersonId,
        answer: Result<Answer, DirectoryError>,
    ) -> Settled<PersonId, Begun> {
        let options = answer.and_then(|answer| {
            CreationOptions::parse(&answer.body)
                .map_err(|error| DirectoryError::Options(error.to_string()))
        });
        Settled::result(Begun { person, options })
    }
}

/// In the documented form; relative to the version's root, as a batch wants it.
fn address(person: &PersonId, lifetime: Lifetime) -> Result<String, DirectoryError> {
    let (person, minutes) = (segment(&person.0)?, lifetime.minutes());
    Ok(format!(
        "/users/{person}/authentication/fido2Methods/creationOptions(challengeTimeoutInMinutes={minutes})"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_stays_one_segment_of_the_address() {
        let address = |id: &str| address(&PersonId(id.into()), Lifetime::LONGEST);
        assert_eq!(
            address("a/b#EXT#@l.example").unwrap(),
            "/users/a%2Fb%23EXT%23%40l.example/authentication/fido2Methods/creationOptions(challengeTimeoutInMinutes=43200)"
        );
        assert!(address("..").is_err());
    }
}
