//! Sign-in on another device.

use super::{Desk, PETRA};
use keydesk::directory::openid::{Proof, SignInError, Wish};
use keydesk::practice::browser::{Browser, Shown};
use keydesk::problem::Explain;

/// What the person sees after the code was typed.
async fn typed(url: &url::Url, code: &str) -> Browser {
    let mut browser = Browser::new().unwrap();
    browser.open(url).await.unwrap();
    let shown = browser.enter_code(code).await.unwrap();
    assert!(matches!(shown, Shown::Page(_)), "{shown:?}");
    browser
}

#[tokio::test]
async fn a_code_that_is_typed_elsewhere_signs_in_here() {
    let desk = Desk::start().await;
    let waiting = desk.open_id.begin_device(&Wish::new(Proof::AnyAccount)).await.unwrap();
    assert!(waiting.user_code().len() >= 8);
    let (url, code) = (waiting.verification_url().clone(), waiting.user_code().to_owned());
    let (outcome, _) = tokio::join!(waiting.finish(), async {
        typed(&url, &code).await.choose(PETRA).await.unwrap()
    });
    let signed_in = outcome.unwrap();
    assert_eq!(signed_in.identity.upn, PETRA);
    assert!(signed_in.refresh.is_some());
}

#[tokio::test]
async fn a_code_that_is_declined_elsewhere_is_told_here() {
    let desk = Desk::start().await;
    let waiting = desk.open_id.begin_device(&Wish::new(Proof::AnyAccount)).await.unwrap();
    let (url, code) = (waiting.verification_url().clone(), waiting.user_code().to_owned());
    let (outcome, _) =
        tokio::join!(waiting.finish(), async { typed(&url, &code).await.deny().await.unwrap() });
    let error = outcome.map(drop).unwrap_err();
    assert!(matches!(error, SignInError::Refused(_)), "{error:?}");
    assert!(error.what().contains("declined"), "{}", error.what());
}
