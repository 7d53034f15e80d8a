//! What a column holds, by its name.

/// A column that means something to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// A name of the person that may be any of the four below; each cell tells for itself.
    Person,
    Upn,
    ObjectId,
    Mail,
    EmployeeId,
    /// The person's handle at the relying party in the scripts' files, else an id of some kind.
    UserId,
    DisplayName,
    GivenName,
    Surname,
    /// Of the key that is meant for the person.
    Serial,
    Badge,
    Challenge,
    ChallengeExpiry,
    RelyingParty,
    /// Of the list of registered keys: tells which file this is.
    MethodId,
    /// Of the list of registered keys. Never kept.
    Pin,
}

impl Column {
    pub(super) const COUNT: usize = Self::Pin as usize + 1;

    /// Whether it can name the person alone.
    pub(super) fn names_a_person(self) -> bool {
        matches!(
            self,
            Self::Person
                | Self::Upn
                | Self::ObjectId
                | Self::Mail
                | Self::EmployeeId
                | Self::UserId
        )
    }
}

/// Names without case and without anything that is neither letter nor digit: as Entra and its
/// tools, HR systems, the scripts' two generations and we ourselves write them.
const NAMES: [(Column, &[&str]); 16] = [
    (
        Column::Person,
        &[
            "user",
            "username",
            "login",
            "loginname",
            "logon",
            "logonname",
            "account",
            "accountname",
            "member",
            "memberobjectidorupn",
            "identity",
            "useridentity",
        ],
    ),
    (
        Column::Upn,
        &[
            "upn",
            "userprincipalname",
            "principalname",
            "userupn",
            "memberupn",
            "signinname",
            "userlogonname",
            "azureadupn",
            "entraupn",
        ],
    ),
    (
        Column::ObjectId,
        &[
            "id",
            "objectid",
            "oid",
            "userobjectid",
            "entraobjectid",
            "entraid",
            "entraidobjectid",
            "azureadobjectid",
            "aadobjectid",
            "azureobjectid",
            "externaldirectoryobjectid",
        ],
    ),
    (
        Column::Mail,
        &[
            "mail",
            "email",
            "emailaddress",
            "mailaddress",
            "usermail",
            "useremail",
            "workemail",
            "workmail",
            "emailwork",
            "businessemail",
            "companyemail",
            "primaryemail",
            "primaryemailaddress",
            "primarysmtpaddress",
            "windowsemailaddress",
        ],
    ),
    (
        Column::EmployeeId,
        &[
            "employeeid",
            "employee",
            "employeenumber",
            "employeeno",
            "employeecode",
            "emplid",
            "empid",
            "staffid",
            "staffnumber",
            "staffno",
            "personnelid",
            "personnelnumber",
            "personnelno",
            "payrollnumber",
            "workerid",
            "workernumber",
        ],
    ),
    (Column::UserId, &["userid"]),
    (
        Column::DisplayName,
        &[
            "displayname",
            "name",
            "fullname",
            "userdisplayname",
            "employeename",
            "preferredname",
            "legalname",
            "commonname",
            "cn",
            "person",
            "personname",
        ],
    ),
    (
        Column::GivenName,
        &["givenname", "firstname", "first", "forename", "legalfirstname", "preferredfirstname"],
    ),
    (Column::Surname, &["surname", "lastname", "last", "familyname", "legallastname", "sn"]),
    (
        Column::Serial,
        &[
            "serial",
            "serialnumber",
            "serialno",
            "keyserial",
            "keyserialnumber",
            "securitykeyserial",
            "securitykeyserialnumber",
            "securitykey",
            "yubikey",
            "yubikeyserial",
            "yubikeyserialnumber",
            "tokenserial",
            "deviceserial",
            "deviceserialnumber",
        ],
    ),
    (
        Column::Badge,
        &[
            "badge",
            "badgeid",
            "badgenumber",
            "badgeno",
            "badgecode",
            "card",
            "cardid",
            "cardnumber",
            "cardno",
            "accesscard",
            "accesscardnumber",
            "rfid",
        ],
    ),
    (Column::Challenge, &["challenge"]),
    (
        Column::ChallengeExpiry,
        &[
            "challengeexpirytime",
            "challengeexpiry",
            "challengeexpires",
            "challengeexpiresat",
            "challengetimeoutdatetime",
        ],
    ),
    (Column::RelyingParty, &["rpid", "relyingparty", "relyingpartyid"]),
    (Column::MethodId, &["entraidauthmethodobjectid"]),
    (Column::Pin, &["pin"]),
];

/// What a column of this name holds. `User name [userPrincipalName] Required`, as Entra's own
/// templates have it, goes by the name in brackets.
pub(super) fn named(header: &str) -> Option<Column> {
    let inner = header.split_once('[').and_then(|(_, rest)| rest.split_once(']'));
    let header = inner.map_or(header, |(inner, _)| inner);
    // Longer than any name we know: a cell of data.
    if header.len() > 80 {
        return None;
    }
    let plain: String = header.chars().filter(|c| c.is_alphanumeric()).collect();
    let plain = plain.to_lowercase();
    NAMES.iter().find(|(_, names)| names.contains(&plain.as_str())).map(|(column, _)| *column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_known_whatever_their_case_and_punctuation() {
        for (header, expected) in [
            ("#User.Name", Some(Column::Person)),
            ("User.DisplayName", Some(Column::DisplayName)),
            ("User.ID", Some(Column::UserId)),
            ("RP.ID", Some(Column::RelyingParty)),
            ("ChallengeExpiryTime", Some(Column::ChallengeExpiry)),
            ("#upn", Some(Column::Upn)),
            ("serialNumber", Some(Column::Serial)),
            ("User principal name", Some(Column::Upn)),
            ("USER_PRINCIPAL_NAME", Some(Column::Upn)),
            (" e-mail ", Some(Column::Mail)),
            ("Employee No.", Some(Column::EmployeeId)),
            ("User name [userPrincipalName] Required", Some(Column::Upn)),
            (
                "Member object ID or user principal name [memberObjectIdOrUpn] Required",
                Some(Column::Person),
            ),
            ("Department", None),
            ("", None),
            ("[", None),
        ] {
            assert_eq!(named(header), expected, "{header}");
        }
    }

    #[test]
    fn a_name_stands_for_one_column() {
        let mut all: Vec<&str> = NAMES.iter().flat_map(|(_, names)| *names).copied().collect();
        all.sort_unstable();
        let count = all.len();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
