//! The person at the station.

use super::Roles;

/// A person as the directory names them, whatever they are called.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OperatorId {
    /// The directory's id of the tenant they signed in to.
    pub tenant: String,
    /// The directory's id of the person in it.
    pub subject: String,
}

/// Who is signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    pub id: OperatorId,
    pub name: String,
    /// User principal name; empty for a station that signs in as an application.
    pub upn: String,
    pub roles: Roles,
}

impl Operator {
    /// As the history names them: two people can have one name, but not one user name.
    pub fn in_history(&self) -> String {
        match self.upn.is_empty() || self.upn == self.name {
            true => self.name.clone(),
            false => format!("{} ({})", self.name, self.upn),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_history_tells_namesakes_apart() {
        let operator = |upn: &str| Operator {
            id: OperatorId { tenant: "t".into(), subject: "s".into() },
            name: "Omar Haddad".into(),
            upn: upn.into(),
            roles: Roles::default(),
        };
        assert_eq!(operator("omar@x.example").in_history(), "Omar Haddad (omar@x.example)");
        assert_eq!(operator("").in_history(), "Omar Haddad");
    }
}
