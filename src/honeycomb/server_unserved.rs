//! What the service has and the stack has not: boards, SLOs, burn alerts, triggers and recipients.
//!
//! Tools that list everything list these too, so their lists are there, and empty. Making one is refused,
//! with a status that no client tries again.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use axum::routing::any;
use serde_json::json;

use super::server::HoneycombServer;
use super::server_datasets::{NO_DATASET, parts};
use super::server_fields::answer;
use super::server_refusal::Refusal;

/// A kind of resource: the path of its list, whether each dataset has one, and what it is called.
struct Kind {
    path: &'static str,
    is_of_dataset: bool,
    name: &'static str,
    missing: &'static str,
}

const KINDS: [Kind; 5] = [
    Kind {
        path: "/boards",
        is_of_dataset: false,
        name: "boards",
        missing: "Board not found",
    },
    Kind {
        path: "/recipients",
        is_of_dataset: false,
        name: "recipients",
        missing: "Recipient not found",
    },
    Kind {
        path: "/slos",
        is_of_dataset: true,
        name: "SLOs",
        missing: "SLO not found",
    },
    Kind {
        path: "/burn_alerts",
        is_of_dataset: true,
        name: "burn alerts",
        missing: "Burn Alert not found",
    },
    Kind {
        path: "/triggers",
        is_of_dataset: true,
        name: "triggers",
        missing: "Trigger not found",
    },
];

/// Returns the routes of all of them.
pub fn routes() -> Router<Arc<HoneycombServer>> {
    let mut router = Router::new();
    for kind in &KINDS {
        let of_all =
            move |method, headers: HeaderMap| async move { respond(&headers, kind.list(&method)) };
        let of_dataset = move |State(server): State<Arc<HoneycombServer>>,
                               Path(dataset): Path<String>,
                               method: Method,
                               headers: HeaderMap| async move {
            let known = parts(&server.store, &dataset).ok_or(NO_DATASET);
            respond(&headers, known.and_then(|_| kind.list(&method)))
        };
        let one = move |method: Method, headers: HeaderMap| async move {
            let refusal = match method {
                Method::GET | Method::HEAD | Method::DELETE => Refusal::NotFound(kind.missing),
                _ => Refusal::Unserved(kind.name),
            };
            respond(&headers, Err(refusal))
        };
        router = match kind.is_of_dataset {
            false => router
                .route(kind.path, any(of_all))
                .route(&format!("{}/{{id}}", kind.path), any(one)),
            true => router
                .route(&format!("{}/{{dataset}}", kind.path), any(of_dataset))
                .route(&format!("{}/{{dataset}}/{{id}}", kind.path), any(one)),
        };
    }
    router
}

impl Kind {
    fn list(&self, method: &Method) -> Result<(), Refusal> {
        match *method {
            Method::GET | Method::HEAD => Ok(()),
            _ => Err(Refusal::Unserved(self.name)),
        }
    }
}

fn respond(headers: &HeaderMap, listed: Result<(), Refusal>) -> Response {
    answer(headers, StatusCode::OK, listed.map(|()| json!([])))
}
