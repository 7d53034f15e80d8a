//! Whose phones: a group by its name or id, or a file.

use super::refusal::PhonesRefusal;
use crate::directory::{Directory, Group, GroupKind};
use crate::engine::phones::lists::{read_file, read_group};
use crate::engine::phones::live::Listed;
use crate::engine::ports::off_the_network;
use crate::problem::{Detail, Problem};
use std::path::PathBuf;

/// Groups of one name that are told apart.
const MOST_GROUPS: usize = 50;

/// Where the people of a plan come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PeopleFrom {
    /// A group's name or id; with the groups in it where `nested`.
    Group { name: String, nested: bool },
    /// A table of any shape or a JSON list.
    File(PathBuf),
}

pub(super) async fn read(
    directory: &dyn Directory,
    from: PeopleFrom,
) -> Result<Listed, PhonesRefusal> {
    match from {
        PeopleFrom::File(path) => {
            off_the_network(move || read_file(&path, false)).await.map_err(PhonesRefusal::settings)
        }
        PeopleFrom::Group { name, nested } => {
            let group = group(directory, &name).await?;
            Ok(read_group(directory, &group, nested).await?)
        }
    }
}

async fn group(directory: &dyn Directory, name: &str) -> Result<Group, PhonesRefusal> {
    if uuid::Uuid::parse_str(name).is_ok() {
        return Ok(Group {
            id: name.to_owned(),
            name: name.to_owned(),
            description: None,
            mail: None,
            kind: GroupKind::Security,
            synced: false,
        });
    }
    let mut found = directory.groups(name, MOST_GROUPS).await?;
    found.retain(|group| group.name.to_lowercase() == name.to_lowercase());
    match found.len() {
        1 => Ok(found.remove(0)),
        0 => Err(PhonesRefusal::settings(Problem {
            what: format!("No group is called {name:?}"),
            next: "Give --group its whole name, or its id".into(),
            details: Vec::new(),
        })),
        count => Err(PhonesRefusal::settings(Problem {
            what: format!("{count} groups are called {name:?}"),
            next: "Give --group the id of one of them".into(),
            details: found.into_iter().map(|group| Detail::new("group", group.id)).collect(),
        })),
    }
}
