//! Links that run a question in the browser.

use super::{HoneycombClient, encoded, spec_to_json};
use crate::model::catalogue::Identity;
use crate::model::query::QuerySpec;

impl HoneycombClient {
    /// Returns the address of Honeycomb's web pages for this API: `https://ui.eu1.honeycomb.io`.
    pub fn pages(&self) -> String {
        pages(self.address())
    }

    /// Returns the query template link of a question: whoever opens it, runs it.
    ///
    /// Source: Honeycomb's documentation, Share a Query: the dataset's address with the specification as the
    /// parameter `query`. Classic teams have no environments.
    pub fn template_link(&self, identity: &Identity, dataset: &str, spec: &QuerySpec) -> String {
        let team = encoded(&identity.team.1);
        let environment = match identity.environment.1.as_str() {
            "" => String::new(),
            slug => format!("/environments/{}", encoded(slug)),
        };
        let query = encoded(spec_to_json(spec).to_string());
        let dataset = encoded(dataset);
        let pages = self.pages();
        format!("{pages}/{team}{environment}/datasets/{dataset}?query={query}")
    }
}

// `api.eu1.honeycomb.io` has its pages at `ui.eu1.honeycomb.io`; what stands in front of the API has none.
fn pages(address: &str) -> String {
    match address.strip_prefix("api.") {
        Some(rest) if rest.ends_with("honeycomb.io") => format!("https://ui.{rest}"),
        _ => "https://ui.honeycomb.io".to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_region_has_its_own_pages() {
        assert_eq!(pages("api.honeycomb.io"), "https://ui.honeycomb.io");
        assert_eq!(pages("api.eu1.honeycomb.io"), "https://ui.eu1.honeycomb.io");
        assert_eq!(pages("127.0.0.1:80"), "https://ui.honeycomb.io");
        assert_eq!(pages("api.elsewhere.test"), "https://ui.honeycomb.io");
    }
}
