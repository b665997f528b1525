//! One request: what each lens has of it, and what is missing.

use std::net::SocketAddr;

use super::id::began_lately;
use super::losses::{self, NoLine, NoSegment, NoSpans};
use super::remotes::{self, LONGEST_SECONDS, Remotes};
use super::spooled::{Spooled, spooled};
use crate::cli::failure::Failure;
use crate::honeycomb::client::FoundSpans;
use crate::model::query::QuerySpec;
use crate::model::recorded::RequestKind;
use crate::model::span_tree::{DECIDED, span_tree};
use crate::model::three_lenses::{ThreeLenses, TraceLine, View};
use crate::model::time::{MILLISECOND, SECOND, Window};
use crate::model::trace_id::hex_from_xray;
use crate::model::trace_summary::{host_of, path_of};
use crate::model::trace_tree::{Piece, TraceTree};
use crate::settings::secret::Secret;
use crate::stack::{self, Tenure};

/// What looking came to.
pub struct Looked {
    /// What there is.
    pub lenses: ThreeLenses,
    /// Where the trace is shown in Honeycomb's web pages, if it is Honeycomb that was asked.
    pub link: Option<String>,
    /// Why lenses could not be asked.
    pub failures: Vec<Failure>,
}

// How far from a trace's beginning its spans may lie.
const BEFORE: i64 = 3_600 * SECOND;
const AFTER: i64 = 6 * 3_600 * SECOND;
// How far from a request its lines are looked for; lines of work that it left behind come later.
const LINES_BEFORE: i64 = 60 * SECOND;
const LINES_AFTER: i64 = 900 * SECOND;
// What was written, and what was sampled, at about the same time.
const NEAR: i64 = 2 * SECOND;
const AROUND: i64 = 300 * SECOND;
const ONLY_LONE: &str = "only subsegments that were sent on their own arrived; the segment that they belong to did not, and without it X-Ray shows nothing of them";
// Honeycomb keeps events for 60 days, and so does a local stack.
const KEPT_DAYS: i64 = 60;

/// Asks all three for a trace (its id in X-Ray's form); `known` is when it was, if somebody knows. With
/// `has_all`, spans come with all their attributes.
pub async fn look(
    remotes: &Remotes,
    id: &str,
    known: Option<i64>,
    has_all: bool,
    now: i64,
) -> Looked {
    let mut looking = Looking {
        remotes,
        id,
        began: known.or_else(|| began_lately(id, KEPT_DAYS, now)),
        now,
    };
    let (mut spans, segments) = tokio::join!(looking.spans(has_all), looking.segments());
    let is_missed = spans.as_ref().is_ok_and(|found| found.rows.is_empty());
    if is_missed && known.is_none() && looking.began.is_some() {
        // A random id may look as if it said when it was made.
        let began = looking.began.take();
        spans = looking.spans(has_all).await;
        if spans.as_ref().is_ok_and(|found| found.rows.is_empty()) {
            looking.began = began;
        }
    }
    let mut failures = Vec::new();
    let spans = kept(spans, &mut failures);
    let mut segments = kept(segments, &mut failures);
    // The service leaves out subsegments that hang on nothing.
    let has_pieces = |tree: &TraceTree| !tree.pieces.is_empty() || tree.n_unreadable > 0;
    let is_lone = matches!(&segments, Ok(Some(tree)) if !has_pieces(tree));
    segments = segments.map(|found| found.filter(has_pieces));
    let rows = spans.as_ref().map_or(&[][..], |found| &found.rows);
    let is_cut = spans.as_ref().is_ok_and(|found| found.is_cut);
    let span_tree = (!rows.is_empty()).then(|| span_tree(id, rows, is_cut));
    let segment_tree = segments.as_ref().ok().and_then(Option::as_ref);
    let when = looking.when([span_tree.as_ref(), segment_tree]);
    let lines = kept(looking.lines(when).await, &mut failures);

    let is_whole = span_tree.is_some()
        && segment_tree.is_some()
        && matches!(&lines, Ok(Some(all)) if !all.is_empty());
    let waiting = match &remotes.spool {
        Some(folder) if !is_whole => spooled(folder, id),
        _ => Spooled::default(),
    };
    // An id alone says when the request was only perhaps: a random one may look as if it did.
    let is_dated = known.is_some() || span_tree.is_some() || segment_tree.is_some();
    let place = match remotes.dataset.as_str() {
        QuerySpec::ALL_DATASETS => "Honeycomb".to_string(),
        dataset => format!("Honeycomb, dataset {dataset}"),
    };
    let link = looking.link(span_tree.as_ref(), when).await;
    let mut of_spans = match (&spans, &span_tree) {
        (Err(words), _) => vec![losses::unasked("spans", words)],
        (Ok(_), None) => {
            let has_segment = segment_tree.is_some();
            vec![
                looking
                    .no_spans(when.filter(|_| is_dated), has_segment, &waiting)
                    .await,
            ]
        }
        (Ok(_), Some(tree)) => losses::odd_spans(rows, tree, segment_tree, is_cut),
    };
    if let (None, Some(link)) = (&span_tree, &link) {
        of_spans.push(format!("in the browser: {link}"));
    }
    let of_segments = match (&segments, segment_tree) {
        (Err(words), _) => vec![losses::unasked("segments", words)],
        (Ok(_), Some(_)) => Vec::new(),
        (Ok(_), None) if is_lone => vec![ONLY_LONE.to_string()],
        (Ok(_), None) => match looking
            .no_segment(span_tree.as_ref(), known, when, &waiting)
            .await
        {
            Ok(sentences) => sentences,
            Err(failure) => vec![losses::unasked("sampling rules", &failure.words())],
        },
    };
    let of_lines = match &lines {
        Err(words) => vec![losses::unasked("log lines", words)],
        Ok(Some(found)) if !found.is_empty() => Vec::new(),
        Ok(found) => match looking
            .no_line(found.is_some(), when.filter(|_| is_dated), &waiting)
            .await
        {
            Ok(sentence) => vec![sentence],
            Err(failure) => vec![losses::unasked("the log group", &failure.words())],
        },
    };
    let lines = lines.ok().flatten().filter(|lines| !lines.is_empty());
    let lenses = ThreeLenses {
        trace_id: id.to_string(),
        spans: View {
            place,
            found: span_tree,
            losses: of_spans,
        },
        segments: View {
            place: "X-Ray".to_string(),
            found: segments.ok().flatten(),
            losses: of_segments,
        },
        lines: View {
            place: format!("CloudWatch Logs, group {}", remotes.log_group),
            found: lines,
            losses: of_lines,
        },
    };
    Looked {
        lenses,
        link,
        failures,
    }
}

// A failure becomes its words, for the lens, and is kept, for the exit code.
fn kept<T>(asked: Result<T, Failure>, failures: &mut Vec<Failure>) -> Result<T, String> {
    asked.map_err(|failure| {
        let words = failure.words();
        failures.push(failure);
        words
    })
}

struct Looking<'a> {
    remotes: &'a Remotes,
    id: &'a str,
    began: Option<i64>,
    now: i64,
}

impl Looking<'_> {
    /// Returns where spans are looked for: around its beginning, or as far back as Honeycomb looks at once.
    fn whole(&self) -> Window {
        match self.began {
            Some(began) => Window {
                start: began.saturating_sub(BEFORE),
                end: began.saturating_add(AFTER).min(self.now.max(began)),
            },
            None => Window {
                start: self.now.saturating_sub(LONGEST_SECONDS * SECOND),
                end: self.now,
            },
        }
    }

    /// Returns when it was, as the trees say, or else its id.
    fn when(&self, trees: [Option<&TraceTree>; 2]) -> Option<Window> {
        let windows = || trees.iter().flatten().map(|tree| tree.window);
        let start = windows().map(|it| it.start).min().or(self.began)?;
        let end = windows().map(|it| it.end).max();
        Some(Window {
            start,
            end: end.unwrap_or(start.saturating_add(SECOND)),
        })
    }

    async fn spans(&self, has_all: bool) -> Result<FoundSpans, Failure> {
        let client = self.remotes.honeycomb.as_ref().map_err(Failure::again)?;
        let asked = self
            .remotes
            .spans(client, self.id, self.whole(), has_all, self.now);
        asked.await
    }

    async fn segments(&self) -> Result<Option<TraceTree>, Failure> {
        let (xray, _) = self.remotes.aws.as_ref().map_err(Failure::again)?;
        Ok(xray.segment_tree(self.id).await?)
    }

    async fn lines(&self, when: Option<Window>) -> Result<Option<Vec<TraceLine>>, Failure> {
        let (_, logs) = self.remotes.aws.as_ref().map_err(Failure::again)?;
        let window = when.map_or_else(
            || self.whole(),
            |when| around(when, LINES_BEFORE, LINES_AFTER),
        );
        remotes::lines(logs, &self.remotes.log_group, self.id, window).await
    }

    /// Says why there are no spans; `when` is when the request was, if more than its id says so.
    async fn no_spans(&self, when: Option<Window>, has_segment: bool, waiting: &Spooled) -> String {
        let mut missing = NoSpans {
            dataset: &self.remotes.dataset,
            when,
            now: self.now,
            tenure: None,
            n_near: None,
            waits_in: waiting.spans.clone(),
        };
        // A query of Honeycomb's counts against its limits; one of the stack's does not.
        if let Some(address) = self.remotes.stack_of_spans {
            missing.tenure = self.tenure(address, has_segment).await;
            if let (Ok(client), Some(when)) = (self.remotes.honeycomb.as_ref(), when) {
                let near = around(when, AROUND, AROUND);
                let asked = self.remotes.n_roots(client, near, self.now).await;
                missing.n_near = asked.ok().map(Option::unwrap_or_default);
            }
        }
        losses::no_spans(&missing)
    }

    /// Returns what a stack says of itself; not since when it runs if it has the other signal of the request,
    /// which shows that it, or the one before it, ran by then.
    async fn tenure(&self, address: SocketAddr, has_other: bool) -> Option<Tenure> {
        let asked = tokio::task::spawn_blocking(move || stack::tenure(address)).await;
        let mut tenure = asked.ok().flatten()?;
        let is_same = self.remotes.stack_of_spans == self.remotes.stack_of_segments;
        if has_other && is_same {
            tenure.started = None;
        }
        Some(tenure)
    }

    async fn no_segment(
        &self,
        spans: Option<&TraceTree>,
        known: Option<i64>,
        when: Option<Window>,
        waiting: &Spooled,
    ) -> Result<Vec<String>, Failure> {
        let (xray, _) = self.remotes.aws.as_ref().map_err(Failure::again)?;
        let kind = spans.and_then(TraceTree::root).map(request_kind);
        let service = kind.as_ref().map(|kind| kind.service_name.as_str());
        let window = around(when.unwrap_or_else(|| self.whole()), AROUND, AROUND);
        let (rules, others) = remotes::rules_and_others(xray, service, window).await?;
        let [caller_sampled, sdk_enabled] = DECIDED.map(|name| truth(spans, name));
        let (mut refused, mut tenured) = (None, None);
        if let Some(address) = self.remotes.stack_of_segments {
            refused = refusal(address, self.remotes.stack_key.clone(), self.id).await;
            tenured = self.tenure(address, spans.is_some()).await;
        }
        Ok(losses::no_segment(NoSegment {
            id: self.id,
            now: self.now,
            when: when.filter(|_| spans.is_some() || known.is_some()),
            request: kind.as_ref(),
            caller_sampled,
            is_sdk_off: sdk_enabled == Some(false),
            rules,
            others,
            refused,
            tenure: tenured,
            waits_in: waiting.segments.clone(),
        }))
    }

    async fn no_line(
        &self,
        has_group: bool,
        when: Option<Window>,
        waiting: &Spooled,
    ) -> Result<String, Failure> {
        let (_, logs) = self.remotes.aws.as_ref().map_err(Failure::again)?;
        let group = &self.remotes.log_group;
        let mut missing = NoLine {
            group,
            retention_days: None,
            created: None,
            waits_in: waiting.lines.clone(),
            has_group,
            when,
            now: self.now,
            neighbours: None,
        };
        if has_group && let Some(when) = when {
            let near = around(when, NEAR, NEAR);
            let (known, neighbours) = remotes::group_and_neighbours(logs, group, near).await?;
            let known = known.as_ref();
            missing.retention_days = known.and_then(|known| known.group.retention_days);
            let created_ms = known.and_then(|known| known.created_ms);
            missing.created = created_ms.map(|ms| ms.saturating_mul(MILLISECOND));
            missing.neighbours = Some(neighbours);
        }
        Ok(losses::no_line(&missing))
    }

    // A link is an offer: where it cannot be had, there is none.
    async fn link(&self, spans: Option<&TraceTree>, when: Option<Window>) -> Option<String> {
        let client = self.remotes.honeycomb.as_ref().ok()?;
        if client.is_local() {
            return None;
        }
        let identity = client.identity().await.ok()?;
        let service = spans
            .and_then(TraceTree::root)
            .map(|root| root.service.as_str());
        let dataset = self
            .remotes
            .dataset_of(service.filter(|name| !name.is_empty()));
        let hex = hex_from_xray(self.id)?;
        let window = around(
            when.unwrap_or_else(|| self.whole()),
            60 * SECOND,
            60 * SECOND,
        );
        Some(client.trace_link(&identity, &dataset, &hex, window))
    }
}

fn around(window: Window, before: i64, after: i64) -> Window {
    Window {
        start: window.start.saturating_sub(before),
        end: window.end.saturating_add(after),
    }
}

/// Returns what a span of the trace says by an attribute that is true or false.
fn truth(spans: Option<&TraceTree>, name: &str) -> Option<bool> {
    let mut all = spans?.pieces.iter().flat_map(|piece| &piece.annotations);
    let (_, value) = all.find(|(key, _)| key == name)?;
    value.to_string().parse().ok()
}

// The stack may be our own, on this very runtime, and is asked by blocking calls.
async fn refusal(address: SocketAddr, key: Option<Secret>, id: &str) -> Option<String> {
    let asking = move || stack::rejects(address, key.as_ref(), 0);
    let asked = tokio::task::spawn_blocking(asking).await;
    let all = asked.ok().flatten()?.into_iter();
    let mut of_trace = all.filter(|reject| reject.trace_id.as_deref() == Some(id));
    of_trace.next().map(|reject| reject.explanation)
}

/// Returns what a sampler looked at, as the span tells it.
fn request_kind(span: &Piece) -> RequestKind {
    let text = |name: &str| {
        let mut all = span.annotations.iter();
        all.find(|(key, _)| key == name)
            .map(|(_, value)| value.to_string())
    };
    let url = span.url.as_deref().unwrap_or_default();
    let address = text("server.address").map(|name| match text("server.port") {
        Some(port) => format!("{name}:{port}"),
        None => name,
    });
    let host = text("http.host").or(address);
    RequestKind {
        service_name: span.service.clone(),
        service_type: String::new(),
        host: host.unwrap_or_else(|| host_of(url).to_string()),
        http_method: span.method.clone().unwrap_or_default(),
        url_path: if url.is_empty() { "" } else { path_of(url) }.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::span_tree::SpanRow;

    #[test]
    fn a_span_tells_what_the_sampler_looked_at_by_either_name() {
        let span = |attributes: &[(&str, &str)]| {
            let attributes = attributes.iter();
            let row = SpanRow {
                service: "backend-flask".to_string(),
                attributes: attributes
                    .map(|(key, value)| (key.to_string(), (*value).into()))
                    .collect(),
                ..SpanRow::default()
            };
            request_kind(&span_tree("", &[row], false).pieces[0])
        };
        let stable = span(&[
            ("http.request.method", "GET"),
            ("url.path", "/api/activities/home"),
            ("server.address", "127.0.0.1"),
            ("server.port", "4567"),
        ]);
        let legacy = span(&[
            ("http.method", "GET"),
            ("http.target", "/api/activities/home?x=1"),
            ("http.host", "127.0.0.1:4567"),
        ]);
        assert_eq!(stable, legacy);
        assert_eq!(stable.host, "127.0.0.1:4567");
        assert_eq!(stable.url_path, "/api/activities/home");
    }
}
