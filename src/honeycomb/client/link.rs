//! Links that run a question in the browser.

use super::{HoneycombClient, encoded, spec_to_json};
use crate::model::catalogue::Identity;
use crate::model::query::QuerySpec;
use crate::model::time::{SECOND, Window};

impl HoneycombClient {
    /// Returns the address of Honeycomb's web pages for this API: `https://ui.eu1.honeycomb.io`.
    pub fn pages(&self) -> String {
        pages(self.address())
    }

    /// Returns the query template link of a question: whoever opens it, runs it.
    ///
    /// Source: Honeycomb's documentation, Share a Query: the dataset's address with the specification as the
    /// parameter `query`.
    pub fn template_link(&self, identity: &Identity, dataset: &str, spec: &QuerySpec) -> String {
        let query = encoded(spec_to_json(spec).to_string());
        format!("{}?query={query}", self.dataset_page(identity, dataset))
    }

    /// Returns the direct link of a trace, `id` as 32 hexadecimal digits, that lies in `window`.
    ///
    /// Source: Honeycomb's documentation, Share a Trace: whole seconds since the epoch.
    pub fn trace_link(
        &self,
        identity: &Identity,
        dataset: &str,
        id: &str,
        window: Window,
    ) -> String {
        let page = self.dataset_page(identity, dataset);
        let (start, end) = (
            window.start.div_euclid(SECOND),
            window.end.div_euclid(SECOND) + 1,
        );
        format!(
            "{page}/trace?trace_id={}&trace_start_ts={start}&trace_end_ts={end}",
            encoded(id)
        )
    }

    // Classic teams have no environments.
    fn dataset_page(&self, identity: &Identity, dataset: &str) -> String {
        let team = encoded(&identity.team.1);
        let environment = match identity.environment.1.as_str() {
            "" => String::new(),
            slug => format!("/environments/{}", encoded(slug)),
        };
        let (pages, dataset) = (self.pages(), encoded(dataset));
        format!("{pages}/{team}{environment}/datasets/{dataset}")
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
