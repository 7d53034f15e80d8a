//! Microsoft Entra ID: sign-in, people, policy and passkeys through Microsoft Graph.
