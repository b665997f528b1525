use super::super::waterfall::tests::{FRAME, only, piece, three, tree};
use super::*;
use crate::model::trace_tree::Exception;

#[test]
fn every_piece_has_a_bar_in_its_place_and_its_numbers_in_words() {
    let mut root = piece("backend-flask", None, 0, 0, Some(100));
    root.status = Some(500);
    root.marks.fault = true;
    root.exceptions.push(Exception {
        kind: "KeyError".to_string(),
        message: "'<handle>'".to_string(),
    });
    let child = piece("DynamoDB", Some(0), 1, 25, Some(75));
    let open = piece("later", Some(0), 1, 90, None);
    let svg = waterfall_svg(&only(tree(vec![root, child, open], 100)), &FRAME);
    assert!(
        svg.contains("<title>DynamoDB, at 25 ms, took 50 ms</title>"),
        "{svg}"
    );
    assert!(svg.contains("KeyError: '&lt;handle&gt;'"), "{svg}");
    let x = LEFT + AXIS / 4.0;
    let bar = format!("<rect class=\"vo\" x=\"{x:.1}\"");
    assert!(svg.contains(&bar), "{svg}");
    assert!(svg.contains(">open</text>") && svg.contains("stroke-dasharray"));
    assert!(svg.contains("status 500, fault"), "{svg}");
}

#[test]
fn a_chain_of_hundreds_stays_inside_of_the_page() {
    let chain = (0..300)
        .map(|depth: usize| piece("x", depth.checked_sub(1), depth, depth as i64, Some(300)));
    let svg = waterfall_svg(&only(tree(chain.collect(), 300)), &FRAME);
    assert!(svg.contains("(150) x"), "{svg}");
    let number = |text: &str| text.split('"').next().unwrap().parse::<f64>().unwrap();
    let places = svg.split(" x=\"").skip(1).map(number);
    assert!(places.clone().count() > 500);
    for x in places {
        assert!((0.0..WIDTH).contains(&x), "{x}");
    }
}

#[test]
fn lines_are_marks_on_the_axis_with_their_words_and_losses_are_said() {
    let svg = waterfall_svg(&three(), &FRAME);
    for said in [
        ">spans</text>",
        ">segments</text>",
        ">log lines</text>",
        ">20 ms</text>",
        ">HomeActivities</text>",
        "GET http /api/activities/home? 200 OK</text>",
        "<title>00:00:02.500, 2500 ms after the start: ERROR after the fact</title>",
        "parent missing: span 53995c3f42cd8ad8",
    ] {
        assert!(svg.contains(said), "{said}\n{svg}");
    }
    let x = LEFT + AXIS * 0.2;
    assert!(
        svg.contains(&format!("<path class=\"vo\" d=\"M{x:.1} ")),
        "{svg}"
    );
}

#[test]
fn an_empty_trace_is_drawn() {
    let svg = waterfall_svg(&only(tree(Vec::new(), 0)), &FRAME);
    assert!(svg.ends_with("</svg>\n"), "{svg}");
}
