use super::*;
use crate::model::service_graph::Call;
use crate::model::time::Window;

const FRAME: Frame<'static> = Frame {
    group: None,
    zone: Zone::UTC,
};

fn statistics(ok: u64, fault: u64) -> Statistics {
    Statistics {
        ok,
        fault,
        total: ok + fault,
        response_seconds: (ok + fault) as f64 * 0.042,
        ..Statistics::default()
    }
}

fn service(name: &str, kind: Option<&str>, total: u64, calls: &[usize]) -> Service {
    let call = |to: &usize| Call {
        to: *to,
        statistics: statistics(total, 1),
    };
    Service {
        name: name.to_string(),
        kind: kind.map(str::to_string),
        statistics: statistics(total, 1),
        calls: calls.iter().map(call).collect(),
        ..Service::default()
    }
}

fn graph_of(services: Vec<Service>) -> ServiceGraph {
    let window = Window { start: 0, end: 1 };
    ServiceGraph { window, services }
}

#[test]
fn every_service_and_call_is_drawn_and_told_in_words() {
    let graph = graph_of(vec![
        service("backend", Some("client"), 1_233, &[1]),
        service("backend", None, 1_233, &[2, 1]),
        service("<db>", Some("remote"), 3, &[1]),
    ]);
    let svg = graph_svg(&graph, &FRAME);
    let words =
        "clients to backend: 1,234 requests, 42 ms on average, &gt;99.9 % ok, &lt;0.1 % fault";
    assert_eq!(svg.matches(words).count(), 2, "{svg}");
    assert!(
        svg.contains("<title>&lt;db&gt; (remote): 4 requests"),
        "{svg}"
    );
    assert!(svg.contains("backend to backend: ") && !svg.contains("<db>"));
    assert_eq!(svg.matches("<g><title>").count(), 3 + 4);
}

#[test]
fn of_many_services_those_with_the_most_requests_are_drawn() {
    let services = (0..200).map(|idx| {
        let total = if idx % 2 == 0 { 1 } else { 1_000 + idx as u64 };
        service(&format!("s{idx}"), None, total, &[(idx + 2) % 200])
    });
    let svg = graph_svg(&graph_of(services.collect()), &FRAME);
    assert!(svg.contains("and 140 services more"), "{svg}");
    assert!(svg.contains("<title>s199:") && !svg.contains("<title>s198:"));
}

#[test]
fn an_empty_graph_is_a_sentence_in_the_picture() {
    assert!(graph_svg(&graph_of(Vec::new()), &FRAME).contains("no traces in this time"));
}

#[test]
fn numbers_are_short_enough_for_a_ring() {
    for (number, words) in [
        (0, "0"),
        (99_999, "99,999"),
        (123_456, "123 k"),
        (1_000_000, "1 M"),
        (u64::MAX, "18446744074 G"),
    ] {
        assert_eq!(short(number), words);
    }
}
