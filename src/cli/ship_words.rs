//! What became of shipped lines, in a sentence and as JSON.

use serde_json::{Value as Json, json};

use super::render::json::SCHEMA_VERSION;
use super::ship_input::InputCounts;
use crate::cloudwatch::sink::Delivery;

/// What became of an input.
pub(super) struct Shipped {
    pub delivery: Delivery,
    pub input: InputCounts,
}

pub(super) fn sentence(shipped: &Shipped) -> String {
    let Shipped { delivery, input } = shipped;
    let mut text = format!("accepted {}", delivery.accepted);
    if delivery.from_before > 0 {
        text.push_str(&format!(" and {} from before", delivery.from_before));
    }
    text.push_str(&format!(
        ", delivered {}, rejected {}",
        delivery.delivered,
        delivery.rejected.total()
    ));
    let reasons: Vec<String> = delivery
        .rejected
        .reasons()
        .into_iter()
        .map(|(reason, n)| format!("{n} {reason}"))
        .collect();
    if !reasons.is_empty() {
        text.push_str(&format!(" ({})", reasons.join(", ")));
    }
    text.push_str(&format!(", spooled {}", delivery.kept));
    for (n, what) in [
        (delivery.dropped, "read but not accepted".to_string()),
        (input.empty, "empty and skipped".to_string()),
        (input.split, format!("split into {} pieces", input.pieces)),
        (input.mended, "with broken UTF-8 replaced".to_string()),
        (input.untimed, "without a time of their own".to_string()),
        (
            input.odd.twice,
            "at a local time that exists twice (the reading that follows the line before was taken)"
                .to_string(),
        ),
        (
            input.odd.never,
            "at a local time that does not exist (taken as before the clock was put forward)"
                .to_string(),
        ),
    ] {
        if n > 0 {
            text.push_str(&format!("; {n} {what}"));
        }
    }
    text
}

pub(super) fn json_of(shipped: &Shipped) -> Json {
    let Shipped { delivery, input } = shipped;
    let reasons: Vec<Json> = delivery
        .rejected
        .reasons()
        .into_iter()
        .map(|(reason, n)| json!({ "reason": reason, "lines": n }))
        .collect();
    json!({
        "schema_version": SCHEMA_VERSION,
        "accepted": delivery.accepted,
        "from_before": delivery.from_before,
        "delivered": delivery.delivered,
        "rejected": delivery.rejected.total(),
        "rejected_by_reason": reasons,
        "spooled": delivery.kept,
        "not_accepted": delivery.dropped,
        "empty_lines": input.empty,
        "split_lines": input.split,
        "pieces": input.pieces,
        "mended_lines": input.mended,
        "untimed_lines": input.untimed,
        "lines_at_times_that_exist_twice": input.odd.twice,
        "lines_at_times_that_do_not_exist": input.odd.never,
        "trouble": delivery.trouble,
    })
}
