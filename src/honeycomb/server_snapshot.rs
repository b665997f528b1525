//! A small picture of a result's course over time: lines, or cells if it is a heatmap.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Value as Json};

use super::server_result_page::escaped;
use crate::model::left_out::LeftOut;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 240.0;
const MARGIN: f64 = 24.0;
// More lines than that cannot be told from each other.
const MOST_LINES: usize = 10;
// Source: the palette of Okabe and Ito (2008), which people tell apart who see fewer colours.
const COLOURS: [&str; 7] = [
    "#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000",
];

/// Returns the picture of a result's `data`, as SVG; `None` if it has no series.
///
/// It shows the first calculation, of the first groups.
pub fn snapshot(data: &Json) -> Option<String> {
    let steps = data["series"].as_array()?;
    let steps: Vec<(&str, &Map<String, Json>)> = steps
        .iter()
        .filter_map(|step| Some((step["time"].as_str()?, step["data"].as_object()?)))
        .collect();
    let mut times: Vec<&str> = steps.iter().map(|(time, _)| *time).collect();
    times.dedup();
    let name = steps.iter().find_map(|(_, row)| calculation_of(row))?;
    let heatmap: Vec<(usize, &Json)> = steps
        .iter()
        .filter_map(|(time, row)| Some((position(&times, time)?, row.get(name)?)))
        .filter(|(_, value)| value.is_object())
        .collect();
    let drawn = match heatmap.is_empty() {
        true => lines(&steps, &times, name),
        false => cells(&heatmap, times.len()),
    };
    let (first, last) = (times.first()?, times.last()?);
    let foot = HEIGHT - 6.0;
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
         font-family=\"sans-serif\" font-size=\"11\">\n\
         <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"#fff\"/>\n{drawn}\
         <text x=\"{MARGIN}\" y=\"14\">{}</text>\n<text x=\"{MARGIN}\" y=\"{foot}\">{}</text>\n\
         <text x=\"{}\" y=\"{foot}\" text-anchor=\"end\">{}</text>\n{}</svg>\n",
        escaped(name),
        escaped(first),
        WIDTH - MARGIN,
        escaped(last),
        caution(data),
    ))
}

// The page below the link says more.
fn caution(data: &Json) -> String {
    let left_out = LeftOut::of_json(&data["left_out"]);
    if left_out.is_empty() {
        return String::new();
    }
    let x = WIDTH - MARGIN;
    format!("<text x=\"{x}\" y=\"14\" text-anchor=\"end\">warning: events are left out</text>\n")
}

// Calculations come after the breakdowns; a heatmap is more than a number beside it.
fn calculation_of(row: &Map<String, Json>) -> Option<&String> {
    let heatmap = row.iter().find(|(_, value)| value.is_object());
    let number = row.iter().find(|(name, value)| {
        value.is_number() && (name.contains('(') || name.chars().all(|c| !c.is_ascii_lowercase()))
    });
    let any = || row.iter().rev().find(|(_, value)| value.is_number());
    heatmap.or(number).or_else(any).map(|(name, _)| name)
}

fn position(times: &[&str], time: &str) -> Option<usize> {
    times.iter().position(|it| *it == time)
}

fn x_of(idx: usize, n_steps: usize) -> f64 {
    MARGIN + (WIDTH - 2.0 * MARGIN) * idx as f64 / n_steps.max(1) as f64
}

fn lines(steps: &[(&str, &Map<String, Json>)], times: &[&str], name: &str) -> String {
    let mut groups: BTreeMap<String, Vec<(usize, f64)>> = BTreeMap::new();
    for (time, row) in steps {
        let (Some(idx), Some(value)) =
            (position(times, time), row.get(name).and_then(Json::as_f64))
        else {
            continue;
        };
        let group: Vec<String> = row
            .iter()
            .filter(|(_, value)| !value.is_number() && !value.is_object())
            .map(|(_, value)| value.to_string())
            .collect();
        groups
            .entry(group.join(", "))
            .or_default()
            .push((idx, value));
    }
    let values = || groups.values().flatten().map(|(_, value)| *value);
    let (low, high) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
    let height = HEIGHT - 2.0 * MARGIN;
    let y_of = |value: f64| MARGIN + height * (high - value) / (high - low).max(f64::MIN_POSITIVE);
    let mut drawn = String::new();
    for (idx, (group, points)) in groups.iter().take(MOST_LINES).enumerate() {
        let colour = COLOURS.get(idx % COLOURS.len()).unwrap_or(&"#000");
        let mut path = String::new();
        for (at, value) in points {
            let (x, y) = (x_of(*at, times.len()), y_of(*value));
            let _ = write!(path, "{x:.1},{y:.1} ");
        }
        let _ = writeln!(
            drawn,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.5\" points=\"{}\"><title>{}</title></polyline>",
            path.trim_end(),
            escaped(group)
        );
    }
    drawn
}

fn cells(heatmap: &[(usize, &Json)], n_steps: usize) -> String {
    let number = |it: &Json, name: &str| it[name].as_f64().unwrap_or_default();
    let low = heatmap.iter().map(|(_, it)| number(it, "min_value"));
    let low = low.fold(f64::INFINITY, f64::min);
    let high = heatmap.iter().map(|(_, it)| number(it, "max_value"));
    let high = high.fold(f64::NEG_INFINITY, f64::max);
    let counts = |it: &Json| -> Vec<f64> {
        let counts = it["counts"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default();
        counts.iter().filter_map(Json::as_f64).collect()
    };
    let most = heatmap
        .iter()
        .flat_map(|(_, it)| counts(it))
        .fold(1.0, f64::max);
    let height = HEIGHT - 2.0 * MARGIN;
    let width = (WIDTH - 2.0 * MARGIN) / n_steps.max(1) as f64;
    let mut drawn = String::new();
    for (idx, it) in heatmap {
        let step = number(it, "step_size");
        for (bucket, count) in counts(it).into_iter().enumerate().filter(|(_, n)| *n > 0.0) {
            let value = number(it, "min_value") + step * (bucket + 1) as f64;
            let share = (high - low).max(f64::MIN_POSITIVE);
            let y = MARGIN + height * (high - value) / share;
            // The darker, the more: by the root, so that single events can be seen.
            let light = 85.0 - 60.0 * (count / most).sqrt();
            let _ = writeln!(
                drawn,
                "<rect x=\"{:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{:.1}\" fill=\"hsl(205 70% {light:.0}%)\"/>",
                x_of(*idx, n_steps),
                height * step / share,
            );
        }
    }
    drawn
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_group_has_a_line_and_a_heatmap_its_cells() {
        let step = |time: &str, route: &str, n: u64| json!({ "time": time, "data": { "http.route": route, "COUNT": n } });
        let data = json!({ "series": [
            step("2026-12-01T00:00:00Z", "/<b>", 1), step("2026-12-01T00:00:00Z", "/x", 4),
            step("2026-12-01T00:01:00Z", "/<b>", 2), step("2026-12-01T00:01:00Z", "/x", 0),
        ] });
        let svg = snapshot(&data).unwrap();
        assert_eq!(svg.matches("<polyline").count(), 2, "{svg}");
        assert!(svg.contains("&lt;b&gt;") && !svg.contains("<b>"), "{svg}");
        let heatmap =
            json!({ "counts": [1, 0, 3], "min_value": 0, "max_value": 3, "step_size": 1 });
        let data = json!({ "series": [
            { "time": "2026-12-01T00:00:00Z", "data": { "HEATMAP(duration_ms)": heatmap, "COUNT": 4 } },
            { "time": "2026-12-01T00:01:00Z", "data": { "HEATMAP(duration_ms)": null, "COUNT": 0 } },
        ] });
        // The ground, and two cells.
        assert_eq!(snapshot(&data).unwrap().matches("<rect").count(), 3);
    }

    #[test]
    fn a_result_without_a_series_has_no_picture() {
        for data in [
            json!({}),
            json!({ "series": [] }),
            json!({ "series": [{ "time": "t", "data": {} }] }),
        ] {
            assert_eq!(snapshot(&data), None, "{data}");
        }
    }
}
