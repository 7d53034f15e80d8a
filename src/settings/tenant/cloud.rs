//! Microsoft's clouds: which one a tenant is in follows from its two addresses.

use super::EntraSettings;
use url::Url;

/// A cloud of its own sign-in and Graph addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cloud {
    /// Public, GCC included.
    Global,
    /// GCC High, L4.
    UsGov,
    /// DoD, L5.
    UsGovDod,
    /// Operated by 21Vianet.
    China,
    /// Addresses of their own, such as those of a test server.
    Other,
}

impl Cloud {
    /// In the order they are offered.
    pub const ALL: [Self; 5] =
        [Self::Global, Self::UsGov, Self::UsGovDod, Self::China, Self::Other];

    /// As the operator reads it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Global => "Global",
            Self::UsGov => "US Government (GCC High)",
            Self::UsGovDod => "US Government (DoD)",
            Self::China => "China (21Vianet)",
            Self::Other => "Other addresses",
        }
    }

    /// Sign-in and Graph; nothing where they are not fixed.
    pub fn addresses(self) -> Option<(&'static str, &'static str)> {
        Some(match self {
            Self::Global => ("https://login.microsoftonline.com", "https://graph.microsoft.com"),
            Self::UsGov => ("https://login.microsoftonline.us", "https://graph.microsoft.us"),
            Self::UsGovDod => {
                ("https://login.microsoftonline.us", "https://dod-graph.microsoft.us")
            }
            Self::China => (
                "https://login.partner.microsoftonline.cn",
                "https://microsoftgraph.chinacloudapi.cn",
            ),
            Self::Other => return None,
        })
    }
}

impl EntraSettings {
    pub fn cloud(&self) -> Cloud {
        let here = (same_form(&self.login_url), same_form(&self.graph_url));
        let is_here = |cloud: &Cloud| {
            cloud
                .addresses()
                .is_some_and(|(login, graph)| (here.0.as_str(), here.1.as_str()) == (login, graph))
        };
        Cloud::ALL.into_iter().find(is_here).unwrap_or(Cloud::Other)
    }

    /// Where an administrator of the tenant lets the application in; without a redirect, the
    /// service goes to the application's own address afterwards.
    pub fn consent_link(&self) -> Option<String> {
        let mut link = Url::parse(self.login_url.trim()).ok()?;
        link.path_segments_mut().ok()?.pop_if_empty().extend([self.tenant.trim(), "adminconsent"]);
        link.query_pairs_mut().append_pair("client_id", self.client_id.trim());
        let known = !self.tenant.trim().is_empty() && !self.client_id.trim().is_empty();
        known.then(|| link.into())
    }

    /// Sets both addresses; other addresses stay as they are typed.
    pub fn set_cloud(&mut self, cloud: Cloud) {
        if let Some((login, graph)) = cloud.addresses() {
            self.login_url = login.to_owned();
            self.graph_url = graph.to_owned();
        }
    }
}

fn same_form(address: &str) -> String {
    address.trim().trim_end_matches('/').to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cloud_is_told_from_its_addresses_and_sets_them() {
        let mut entra = EntraSettings::default();
        assert_eq!(entra.cloud(), Cloud::Global);
        for cloud in [Cloud::UsGov, Cloud::UsGovDod, Cloud::China, Cloud::Global] {
            entra.set_cloud(cloud);
            assert_eq!(entra.cloud(), cloud);
        }
        entra.login_url = "HTTPS://login.microsoftonline.com/".into();
        assert_eq!(entra.cloud(), Cloud::Global);
        entra.graph_url = "https://graph.microsoft.us".into();
        assert_eq!(entra.cloud(), Cloud::Other);
        entra.set_cloud(Cloud::Other);
        assert_eq!(entra.graph_url, "https://graph.microsoft.us");
    }

    #[test]
    fn the_consent_link_leads_to_the_tenants_own_cloud() {
        let mut entra = EntraSettings::default();
        assert_eq!(entra.consent_link(), None);
        entra.tenant = "harbourfoods.example".into();
        entra.client_id = "c&1".into();
        entra.set_cloud(Cloud::UsGov);
        let link =
            "https://login.microsoftonline.us/harbourfoods.example/adminconsent?client_id=c%261";
        assert_eq!(entra.consent_link().as_deref(), Some(link));
    }
}
