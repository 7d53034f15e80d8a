//! Faults on demand: what the bench, a test or another process may tell the cloud to do.

use super::phones::HeldNumber;
use super::policy::{PolicyForm, Restriction};
use super::share::Share;
use super::twilio::TextFate;
use crate::access::Role;
use crate::phones::PhoneKind;
use crate::services::messaging::PushAnswer;
use serde::{Deserialize, Serialize};

/// One order, as JSON `{"order": "fail_next", ...}` on `POST /_control`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case", deny_unknown_fields)]
pub enum Order {
    /// The next matching calls fail.
    FailNext(Fault),
    /// Of all matching calls, those inside a batch too, a share fails from now on.
    FailShare(Share),
    /// Of all matching calls, those inside a batch too, the share that fails by itself is carried
    /// out, and its answer is lost: inside a batch 504, else the connection is cut.
    LoseShare(Share),
    /// Every call takes at least this long.
    Latency { ms: u64 },
    /// The service takes so many writes in so many seconds, and 429 answers what is more; none at
    /// all stands for no such limit.
    WriteQuota { writes: u32, per_s: u32 },
    /// Another program registers this number for somebody (object id or user principal name), by
    /// no rule, or removes it.
    SetPhone { person: String, kind: PhoneKind, number: Option<HeldNumber> },
    /// Somebody (object id or user principal name) has had a passkey of this name for a year.
    HasOldPasskey { person: String, name: String },
    /// extensionAttribute1 to 15 of somebody (object id or user principal name).
    SetAttribute { person: String, number: u8, value: Option<HeldNumber> },
    /// Somebody answers the question on their phone (the service's id of it).
    AnswerPush { id: String, answer: PushAnswer },
    /// New passkeys and phones are missing from lists so long, deleted ones linger.
    ListingDelay { ms: u64 },
    /// The last page of a list names itself as the next one.
    EndlessLists { on: bool },
    /// Access tokens issued from now on live so long.
    TokenLifetime { seconds: u64 },
    /// All access tokens end now.
    ExpireTokens,
    /// All challenges end now.
    ExpireChallenges,
    /// The application loses a permission, such as `User.Read.All`.
    RemovePermission { permission: String },
    /// The application gets a permission.
    GrantPermission { permission: String },
    /// How excluded credentials' ids are written.
    IdEncoding { encoding: IdEncoding },
    /// Changes the passkey policy; members that are absent stay.
    Policy(PolicyChange),
    /// The cloud's clock goes ahead.
    AdvanceClock { seconds: u64 },
    /// The cloud's clock is wrong by so much, either way; zero puts it right.
    ClockSkew { seconds: i64 },
    /// The application is allowed in a tenant, or no longer.
    Consent { domain: String, given: bool },
    /// Something about sign-in, as `{"order": "sign_in", "what": "fail", ...}`.
    SignIn(SignInOrder),
    /// Something about Twilio, as `{"order": "twilio", "what": "stop", ...}`.
    Twilio(TwilioOrder),
    /// Something about the ticket system, as `{"order": "halo", "what": "expire_tokens"}`.
    Halo(HaloOrder),
    /// Something about Duo, as `{"order": "duo", "what": "bypass", ...}`.
    Duo(DuoOrder),
    /// Faults, latency, delays, quota, encodings, clock and what was ordered about sign-in as at the
    /// start; passkeys, phones, policy, consents and revocations stay.
    EndFaults,
}

/// What the sign-in service may be told to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum SignInOrder {
    /// The next sign-ins end with this AADSTS number at this stage.
    Fail { at: SignInStage, number: u32, times: u32 },
    /// The next id_token is wrong in one way.
    SpoilIdToken { how: Spoilt },
    /// The next sign-in gives tokens of this operator (user principal name), whoever was chosen.
    WrongPerson { upn: String },
    /// Every refresh token ends now; access tokens go on until they end.
    RevokeRefreshTokens,
    /// Calls of operators to the directory are refused until their token has this authentication
    /// context, such as `c1`.
    ClaimsChallenge { context: String },
    /// Another key signs from now on; the one before is still published.
    RotateSigningKey,
    /// How groups stand in tokens.
    GroupClaims { form: GroupClaims },
    /// The app roles that id_tokens name from now on, whoever signs in.
    AppRoles { roles: Vec<Role> },
    /// Whether the application may be used without a secret ("Allow public client flows").
    PublicClient { allowed: bool },
    /// The application's client secret ends in so many days; below zero it has ended.
    SecretEnds { days: i32 },
    /// Tokens of another login service, which can't be checked here, are this operator's (user
    /// principal name): for a sign-in at a foreign one.
    TrustForeignTokens { upn: String },
}

/// What Twilio may be told to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum TwilioOrder {
    /// Texts to this person (user principal name) fail on the way with this error number.
    Undelivered { person: String, code: u32 },
    /// Texts to this person are refused with this error number.
    Refuse { person: String, code: u32 },
    /// What becomes of the next texts, Verify's too.
    NextTexts { fate: TextFate, times: u32 },
    /// Somebody answered STOP, or START (object id or user principal name).
    Stop { person: String, on: bool },
    /// Every verification is over now.
    EndVerifications,
    /// Another station sends a code of Verify's to somebody.
    OtherStation { person: String },
    /// Verify's text tells people not to share the code.
    WarnAgainstSharing { on: bool },
    /// Verify's codes have so many digits.
    CodeLength { digits: usize },
}

/// What the ticket system may be told to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum HaloOrder {
    /// All its access tokens end now.
    ExpireTokens,
    /// A ticket is gone.
    RemoveTicket { number: u64 },
    /// New notes can be read by the person of the ticket, whatever was asked for.
    PublicNotes { on: bool },
    /// Notes can't be deleted.
    KeepNotes { on: bool },
    /// The application gets a permission, such as `read:tickets`, or loses it.
    Permission { name: String, given: bool },
}

/// What Duo may be told to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case", deny_unknown_fields)]
pub enum DuoOrder {
    /// Somebody (user principal name) is let in without a question, or no longer.
    Bypass { person: String, on: bool },
}

/// Where a sign-in fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignInStage {
    /// In the browser, once the operator has chosen.
    Authorize,
    /// When the program asks for tokens.
    Token,
}

/// What is wrong with an id_token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spoilt {
    Nonce,
    NoNonce,
    /// Signed with another key than the one it names.
    Signature,
    /// Names a key that is not published.
    UnknownKey,
    /// Says it needs no signature.
    Unsigned,
    Issuer,
    Audience,
    Tenant,
    /// Ended an hour ago.
    Expired,
    /// Begins in an hour.
    NotYet,
    /// Lacks the authentication context that was asked for.
    Context,
    /// Is no token at all.
    Garbled,
    /// Is missing from the answer.
    Absent,
}

/// How an operator's groups stand in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupClaims {
    /// Their ids.
    #[default]
    Ids,
    /// Too many: a pointer to the directory.
    Overage,
    /// Not at all.
    Absent,
}

/// What fails, how often, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// `GET`, `POST`, ...; any when absent.
    #[serde(default)]
    pub method: Option<String>,
    /// A part of the path, such as `fido2Methods`; empty for any.
    #[serde(default)]
    pub path: String,
    /// How many calls.
    pub times: u32,
    pub effect: Effect,
}

/// How a call fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Effect {
    /// Nothing is done; this status is answered, 429 with or without Retry-After.
    Status {
        status: u16,
        #[serde(default)]
        retry_after_s: Option<u64>,
    },
    /// The connection is cut before anything is done.
    CutBefore,
    /// Everything is done, then the connection is cut: the answer is lost.
    CutAfter,
    /// Everything is done, and the answer is not JSON.
    Garbage,
    /// This call alone takes longer.
    Delay { ms: u64 },
}

/// The three ways in which credential ids were seen in creation options.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdEncoding {
    /// Base64url without padding (v1.0 documentation).
    #[default]
    Base64Url,
    /// Base64url and one digit, the number of padding characters (beta documentation).
    Token,
    /// Standard base64 with padding (a capture of 2024).
    Base64,
}

/// What changes in the policies of sign-in methods.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PolicyChange {
    pub enabled: Option<bool>,
    pub self_service: Option<bool>,
    pub form: Option<PolicyForm>,
    /// Of the default profile.
    pub attestation_enforced: Option<bool>,
    /// Of the default profile.
    pub restriction: Option<Restriction>,
    /// The Temporary Access Pass.
    pub pass_enabled: Option<bool>,
    /// In minutes.
    pub pass_least: Option<u32>,
    /// In minutes.
    pub pass_most: Option<u32>,
    /// In minutes.
    pub pass_default: Option<u32>,
    /// Passes can be used once only.
    pub pass_once: Option<bool>,
    /// The text message.
    pub sms_enabled: Option<bool>,
    /// Whether people can sign in with a text message.
    pub sms_sign_in: Option<bool>,
}
