//! Pages of the sign-in service: as HTML for browsers, and as data for the simulated one.

use super::super::call::{Call, Reply};
use super::refusal::SignInRefusal;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::fmt::Write;

/// The media type under which a page comes as data.
pub(in super::super::super) const AS_DATA: &str = "application/vnd.keydesk.page+json";

/// One page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    pub title: String,
    /// Whose sign-in this is.
    pub tenant: String,
    pub asks: Asks,
    pub text: Option<String>,
    /// Why the last answer was not taken.
    pub problem: Option<String>,
    /// Accounts to choose among.
    pub accounts: Vec<PageAccount>,
    /// Absent when there is nothing to answer.
    pub form: Option<Form>,
    pub status: u16,
}

/// An account that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageAccount {
    pub id: String,
    pub name: String,
    /// User principal name.
    pub upn: String,
    pub detail: String,
}

/// What a page wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Asks {
    /// Who signs in.
    Account,
    /// Who is there, although somebody is signed in.
    FreshSignIn,
    /// A fresh proof for an authentication context.
    Context {
        context: String,
    },
    /// An administrator's consent to the application.
    Consent,
    /// The code that a device shows.
    UserCode,
    Nothing,
}

impl Asks {
    pub(super) fn title(&self) -> &'static str {
        match self {
            Self::Account => "Pick an account",
            Self::FreshSignIn => "Sign in again",
            Self::Context { .. } => "Confirm with your security key",
            Self::Consent => "Permissions requested for your organisation",
            Self::UserCode => "Enter code",
            Self::Nothing => "Sign in",
        }
    }
}

/// Where the answer goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Form {
    pub action: String,
    /// Belongs to this page alone.
    pub flow: String,
}

impl Page {
    /// A page that only says something.
    pub(super) fn told(title: &str, text: &str) -> Self {
        Self {
            title: title.into(),
            tenant: "Practice sign-in".into(),
            asks: Asks::Nothing,
            text: Some(text.into()),
            problem: None,
            accounts: Vec::new(),
            form: None,
            status: StatusCode::OK.as_u16(),
        }
    }

    /// A page that ends the sign-in in the browser; the program hears nothing.
    pub(super) fn refused(call: &Call, now: jiff::Timestamp, refusal: &SignInRefusal) -> Self {
        Self {
            problem: Some(refusal.description(call, now)),
            status: refusal.status.as_u16(),
            ..Self::told("Sorry, but we're having trouble signing you in", "Close this page")
        }
    }

    pub(super) fn reply(&self, call: &Call) -> Reply {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        if call.header("accept").is_some_and(|kinds| kinds.contains(AS_DATA)) {
            return Reply::json(status, &serde_json::json!(self));
        }
        Reply::html(status, self.html())
    }

    fn html(&self) -> String {
        let mut body = format!("<h1>{}</h1>", escaped(&self.title));
        for (class, text) in [("problem", &self.problem), ("text", &self.text)] {
            if let Some(text) = text {
                append(&mut body, format_args!("<p class=\"{class}\">{}</p>", escaped(text)));
            }
        }
        if let Asks::Context { context } = &self.asks {
            append(&mut body, format_args!("<p>Authentication context {}</p>", escaped(context)));
        }
        if let Some(form) = &self.form {
            body.push_str(&self.form(form));
        }
        format!(
            "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title><style>{STYLE}</style></head><body><main><p class=\"tenant\">{tenant}</p>{body}<footer>Practice sign-in: nobody here is real</footer></main></body></html>",
            title = escaped(&self.title),
            tenant = escaped(&self.tenant),
        )
    }

    fn form(&self, form: &Form) -> String {
        let mut inner = format!(
            "<form method=\"post\" action=\"{}\"><input type=\"hidden\" name=\"flow\" value=\"{}\">",
            escaped(&form.action),
            escaped(&form.flow)
        );
        if self.asks == Asks::UserCode {
            inner.push_str("<label>Code <input name=\"otc\" autocomplete=\"off\" autofocus></label><button>Next</button></form>");
            return inner;
        }
        for account in &self.accounts {
            append(
                &mut inner,
                format_args!(
                    "<button name=\"account\" value=\"{}\"><b>{}</b><span>{}</span><span>{}</span></button>",
                    escaped(&account.id),
                    escaped(&account.name),
                    escaped(&account.upn),
                    escaped(&account.detail)
                ),
            );
        }
        inner.push_str("<button class=\"deny\" name=\"deny\" value=\"yes\">Deny</button></form>");
        inner
    }
}

const STYLE: &str = "body{margin:0;background:#eef1f3;color:#1d2429;font:16px/1.4 system-ui,sans-serif}main{max-width:26rem;margin:8vh auto;padding:2rem;background:#fff;border-radius:6px;box-shadow:0 2px 8px #0003}h1{font-size:1.4rem;margin:.3rem 0 1rem}.tenant{margin:0;color:#00695c;font-weight:600}.problem{color:#b3261e}button{display:block;width:100%;margin:.4rem 0;padding:.6rem .8rem;text-align:left;font:inherit;background:#f5f7f8;border:1px solid #c7ced3;border-radius:4px;cursor:pointer}button:hover,button:focus{background:#e3eeec;border-color:#00695c}button span{display:block;font-size:.85rem;color:#4d5960}.deny{text-align:center}input{font:inherit;padding:.4rem}footer{margin-top:1.5rem;font-size:.8rem;color:#4d5960}";

fn append(to: &mut String, text: std::fmt::Arguments) {
    // Writing into a String can't fail.
    to.write_fmt(text).unwrap_or_default();
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_client_sent_is_text_on_the_page_and_not_markup() {
        let page = Page::told("Hello", "<script>alert(\"1\")</script>'&");
        let html = page.html();
        assert!(!html.contains("<script>"), "{html}");
        assert!(html.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;"));
    }
}
