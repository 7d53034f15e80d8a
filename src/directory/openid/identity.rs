//! Who an id token names.

/// The person who signed in, as the id token says after it was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    pub issuer: String,
    /// `tid`, or the issuer where there is none.
    pub tenant_id: String,
    /// `oid`, or `sub` where there is none. Names the person within the tenant, for ever.
    pub subject: String,
    pub name: String,
    /// `preferred_username`: to be shown, never to be compared.
    pub upn: String,
    /// `roles`: the application's roles that the person has.
    pub app_roles: Vec<String>,
    /// `groups`; nothing when the token doesn't list them, or not all.
    pub groups: Option<Vec<String>>,
    /// `acrs`: authentication contexts that were satisfied.
    pub contexts: Vec<String>,
    /// Unix time of the last time that credentials were shown, where the service tells.
    pub auth_time: Option<i64>,
    /// Unix time.
    pub issued_at: i64,
}

impl Identity {
    /// Whether both name one person of one tenant, whatever the names say.
    pub fn is_same_person(&self, other: &Self) -> bool {
        self.issuer == other.issuer
            && self.tenant_id == other.tenant_id
            && self.subject == other.subject
    }
}
