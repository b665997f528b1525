//! `query` as pictures: what stands alone, what is drawn on it, and where it is not drawn.

use serde_json::json;

use crate::http::post_json;
use crate::otlp_text::Span;
use crate::place::{Place, Stack};
use crate::question::{THEN, at_ms, send};
use crate::traces::filled;

const ROUTES: [&str; 3] = ["/api/activities/home", "/api/<x>&", "/api/messages"];
// The ten minutes from `THEN`.
const WHEN: [&str; 4] = [
    "--since",
    "2026-11-22T07:09:00Z",
    "--until",
    "2026-11-22T07:19:00Z",
];

/// A stack with sixty steps of ten seconds, each with requests of many durations, and a marker.
fn stack(place: &Place) -> Stack {
    let stack = place.stack();
    for step in 0..60u64 {
        let spans = (0..100u64).map(|i| {
            let start = at_ms(step * 10_000 + i * 90);
            let route = ROUTES[(i % 3) as usize];
            let mut span = Span::named("GET", start).with("http.route", route);
            span.end = start + (1 + (i * 37 + step * 11) % 100) * 2_000_000;
            span
        });
        send(stack.address, "backend-flask", spans.collect());
    }
    let marker = json!({
        "start_time": THEN + 120, "end_time": THEN + 180, "type": "load", "message": "load: 10 a second, <the> mix",
    });
    let made = post_json(stack.address, "/1/markers/backend-flask", &marker);
    assert_eq!(made.status, 201);
    stack
}

fn query(place: &Place, arguments: &[&str]) -> String {
    let all: Vec<&str> = ["query"]
        .iter()
        .chain(arguments)
        .chain(&WHEN)
        .copied()
        .collect();
    place.run(&all).expect_code(0).stdout
}

/// Checks that every element is closed in order, and that no bare `<` or `&` is left in the text.
#[track_caller]
pub fn assert_well_formed(xml: &str) {
    let mut open: Vec<&str> = Vec::new();
    for piece in xml.split('<').skip(1) {
        let (tag, text) = piece.split_once('>').unwrap();
        for entity in text.split('&').skip(1).chain(tag.split('&').skip(1)) {
            let known = ["amp;", "lt;", "gt;", "quot;"];
            assert!(known.iter().any(|it| entity.starts_with(it)), "&{entity}");
        }
        if tag.starts_with('!') || tag.ends_with('/') {
            continue;
        }
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{piece}"),
            None => open.push(tag.split([' ', '\n']).next().unwrap()),
        }
    }
    assert_eq!(open, [""; 0]);
}

#[track_caller]
pub fn assert_loads_nothing(picture: &str) {
    let without_names = picture.replace("http://www.w3.org/2000/svg", "");
    for reference in [
        "http:", "https:", "//", "src=", "@import", "url(", "<script", "<link", "<image",
    ] {
        assert!(!without_names.contains(reference), "{reference}");
    }
}

fn events(svg: &str) -> u64 {
    let columns = svg.split("class=\"z\"").skip(1);
    let words = columns.map(|it| it.split("</title>").next().unwrap());
    words
        .flat_map(|it| it.lines().skip(1))
        .map(|line| line.rsplit(": ").next().unwrap().parse::<u64>().unwrap())
        .sum()
}

#[test]
fn a_heatmap_stands_alone_has_every_event_and_stays_small() {
    let place = Place::new();
    let _stack = stack(&place);
    let question = "heatmap,p50,p90,p99";
    let svg = query(
        &place,
        &[question, "--granularity", "10s", "--output", "svg"],
    );
    assert_well_formed(&svg);
    assert_loads_nothing(&svg);
    assert!(svg.len() < 100_000, "{}", svg.len());
    assert_eq!(events(&svg), 6000);
    for line in ["P50", "P90", "P99"] {
        assert!(svg.contains(&format!("<title>{line}</title>")), "{line}");
    }
    assert!(svg.contains("prefers-color-scheme:dark"));
    assert!(svg.contains("<desc>Heatmap of duration_ms"));
    assert!(svg.contains("load: 10 a second, &lt;the&gt; mix"));

    let groups = query(
        &place,
        &["heatmap", "--by", "http.route", "--output", "svg"],
    );
    assert_well_formed(&groups);
    assert_eq!(events(&groups), 6000);
    assert_eq!(groups.matches(">/api/&lt;x&gt;&amp;</text>").count(), 1);
}

#[test]
fn a_page_has_the_picture_and_the_rows_and_loads_nothing() {
    let place = Place::new();
    let _stack = stack(&place);
    for calculation in ["heatmap", "p90,count"] {
        let question = [calculation, "--by", "http.route", "--output", "html"];
        let html = query(&place, &question);
        let body = html.split_once("<body>").unwrap().1;
        let body = body.split_once("</body>").unwrap().0;
        assert_well_formed(body);
        assert_loads_nothing(&html);
        assert!(html.contains("default-src 'none'") && body.contains("<svg"));
        assert_eq!(body.matches("<tr>").count(), 1 + ROUTES.len());
        assert!(body.contains("<td>/api/&lt;x&gt;&amp;</td>"), "{body}");
    }
}

#[test]
fn other_results_are_lines_with_markers_and_without_a_course_bars() {
    let place = Place::new();
    let _stack = stack(&place);
    let by_route = ["p90", "--by", "http.route", "--output", "svg"];
    let svg = query(&place, &[&by_route[..], &["--granularity", "10s"]].concat());
    assert_well_formed(&svg);
    assert_loads_nothing(&svg);
    assert_eq!(svg.matches("class=\"z\"").count(), 60);
    for (idx, _) in ROUTES.iter().enumerate() {
        assert!(svg.contains(&format!("<path class=\"l g{idx} q{idx}\"")));
    }
    assert!(svg.contains("load: 10 a second"));
    // One step, on its own bounds.
    let whole = [
        "--granularity",
        "10m",
        "--since",
        "2026-11-22T07:10:00Z",
        "--until",
        "2026-11-22T07:20:00Z",
    ];
    let asked = [&["query"], &by_route[..], &whole].concat();
    let bars = place.run(&asked).expect_code(0).stdout;
    assert_well_formed(&bars);
    let n_bars = bars.matches("<rect class=\"f0\"").count();
    assert_eq!(n_bars, ROUTES.len(), "{bars}");
}

#[test]
fn the_scale_is_the_one_that_was_asked_for_and_markers_are_in_the_terminal_too() {
    let place = Place::new();
    let _stack = stack(&place);
    let is_log = |picture: &str| {
        picture
            .lines()
            .any(|line| line.trim_start().starts_with("log "))
    };
    let linear = query(&place, &["heatmap", "--scale", "linear"]);
    let log = query(&place, &["heatmap", "--scale", "log"]);
    assert!(!is_log(&linear), "{linear}");
    assert!(is_log(&log), "{log}");
    assert!(linear.contains("vload: 10 a second"), "{linear}");
    let svg = |scale| query(&place, &["heatmap", "--output", "svg", "--scale", scale]);
    assert!(!svg("linear").contains(">log</text>"));
    assert!(svg("log").contains(">log</text>"));
}

fn bytes(place: &Place, arguments: &[&str]) -> Vec<u8> {
    let output = place.command(arguments).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {stderr}");
    output.stdout
}

/// Reads a PNG back: its size, and the red, green and blue of each pixel.
fn read_png(bytes: &[u8]) -> ((u32, u32), Vec<[u8; 3]>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let frame = reader.next_frame(&mut pixels).unwrap();
    let colours = pixels.chunks(4).map(|it| [it[0], it[1], it[2]]);
    ((frame.width, frame.height), colours.collect())
}

#[test]
fn every_picture_is_there_as_a_png_of_twice_its_size() {
    let place = Place::new();
    let stack = stack(&place);
    filled(&stack);
    let simulate = ["xray", "sampling", "simulate", "--rps", "3", "--for", "2m"];
    let heatmap = ["query", "heatmap", WHEN[0], WHEN[1], WHEN[2], WHEN[3]];
    let lines = [
        "query",
        "p90",
        "--by",
        "http.route",
        WHEN[0],
        WHEN[1],
        WHEN[2],
        WHEN[3],
    ];
    for command in [
        &heatmap[..],
        &lines,
        &["trace", "--slowest"],
        &["xray", "graph"],
        &simulate,
    ] {
        let svg = place
            .run(&[command, &["--output", "svg"]].concat())
            .expect_code(0)
            .stdout;
        let side = |name: &str| {
            let (_, from) = svg.split_once(&format!(" {name}=\"")).unwrap();
            from.split('"').next().unwrap().parse::<f64>().unwrap()
        };
        let as_png = [command, &["--output", "png"]].concat();
        let (size, pixels) = read_png(&bytes(&place, &as_png));
        let expected = (
            (side("width") * 2.0).round() as u32,
            (side("height") * 2.0).round() as u32,
        );
        assert_eq!(size, expected, "{command:?}");
        let share = |of: &[[u8; 3]], ground: [u8; 3]| {
            of.iter().filter(|it| **it == ground).count() as f64 / of.len() as f64
        };
        let bright = share(&pixels, [255; 3]);
        assert!((0.3..0.98).contains(&bright), "{command:?}: {bright}");
        // Where the heading stands, 24 units from the left and 36 from the top.
        let heading: Vec<[u8; 3]> = (44..76u32)
            .flat_map(|y| (48..300u32).map(move |x| (y * size.0 + x) as usize))
            .map(|place| pixels[place])
            .collect();
        let bright = share(&heading, [255; 3]);
        assert!((0.3..0.95).contains(&bright), "{command:?}: {bright}");
        let dark = [&as_png[..], &["--theme", "dark"]].concat();
        let (dark_size, pixels) = read_png(&bytes(&place, &dark));
        assert_eq!(dark_size, size);
        assert!(share(&pixels, [0x10, 0x15, 0x1c]) > 0.3, "{command:?}");
    }
}

#[test]
fn a_theme_that_is_said_is_the_only_one() {
    let place = Place::new();
    let _stack = stack(&place);
    for output in ["svg", "html"] {
        let drawn = |theme| query(&place, &["heatmap", "--output", output, "--theme", theme]);
        let (light, dark) = (drawn("light"), drawn("dark"));
        for one in [&light, &dark] {
            assert!(!one.contains("prefers-color-scheme"), "{output}");
        }
        assert!(light.contains("#ffffff") && !light.contains("#10151c"));
        assert!(dark.contains(".b{fill:#10151c}"));
        assert!(drawn("auto").contains("prefers-color-scheme"));
    }
}

#[test]
fn watching_needs_a_terminal_and_says_what_to_do_without_one() {
    let place = Place::new();
    let watch = |more: &[&str]| {
        let all = [&["query", "heatmap"][..], more].concat();
        place.run(&all).expect_code(2)
    };
    let piped = watch(&["--watch"]);
    assert!(piped.stderr.contains("stdout is no terminal"));
    assert!(piped.stderr.contains("hint: ") && piped.stdout.is_empty());
    let data = watch(&["--watch", "5", "--output", "svg"]);
    assert!(data.stderr.contains("--output asks for data"));
    for pause in ["0", "-1", "soon", "2h"] {
        let ran = watch(&[&format!("--watch={pause}")]);
        assert!(ran.stderr.contains(&format!("`{pause}`")), "{}", ran.stderr);
    }
    assert!(!place.data().exists(), "nothing was started for it");
}
