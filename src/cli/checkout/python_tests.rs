use super::*;

fn calls(text: &str, name: &str) -> Vec<usize> {
    Python::read(text)
        .calls_of(name)
        .map(|call| call.line)
        .collect()
}

#[test]
fn only_what_runs_is_a_call() {
    for (text, lines) in [
        ("XRayMiddleware(app, xray_recorder)", vec![1]),
        ("\n  XRayMiddleware (app, xray_recorder)", vec![2]),
        ("# XRayMiddleware(app, xray_recorder)", vec![]),
        ("x = 1 # XRayMiddleware(app, r)", vec![]),
        ("XRayMiddleware = (app, xray_recorder)", vec![]),
        (
            "'''\nXRayMiddleware(app, r)\n'''\nXRayMiddleware(app, r)",
            vec![4],
        ),
        ("print(\"XRayMiddleware(app, r)\")", vec![]),
        ("print('it\\'s XRayMiddleware(app, r)')", vec![]),
        ("s = 'not closed\nXRayMiddleware(app, r)", vec![2]),
        ("s = '#'; XRayMiddleware(app, r)", vec![1]),
        ("class XRayMiddleware(object):\n  pass", vec![]),
        ("def XRayMiddleware(app, r):\n  pass", vec![]),
        ("NotXRayMiddleware(app, r)", vec![]),
        ("m.XRayMiddleware(\n  app,\n  r,\n)", vec![1]),
        (
            "from aws_xray_sdk.ext.flask.middleware import XRayMiddleware as X\nX(app, r)",
            vec![2],
        ),
        (
            "from a import (\n  b,\n  XRayMiddleware as X,\n)\nX(app, r)",
            vec![5],
        ),
        ("if on:\r\n    XRayMiddleware(app, r)\r\n", vec![2]),
        ("ä = 'ö' ; XRayMiddleware(app, r)", vec![1]),
    ] {
        assert_eq!(calls(text, "XRayMiddleware"), lines, "{text}");
    }
    assert!(calls("(((((", "x").is_empty());
}

#[test]
fn a_call_knows_its_chain_its_arguments_and_its_variable() {
    let python = Python::read(
        "import watchtower as wt\napp = Flask(__name__)\nFlaskInstrumentor().instrument_app(app)\nprovider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))\nh = wt.CloudWatchLogHandler(log_group='a,b', level=(1, 2))\n",
    );
    let names: Vec<(&str, usize)> = python
        .calls
        .iter()
        .map(|call| (call.name.as_str(), call.line))
        .collect();
    assert_eq!(
        names,
        [
            ("Flask", 2),
            ("FlaskInstrumentor", 3),
            ("FlaskInstrumentor().instrument_app", 3),
            ("provider.add_span_processor", 4),
            ("BatchSpanProcessor", 4),
            ("OTLPSpanExporter", 4),
            ("watchtower.CloudWatchLogHandler", 5),
        ]
    );
    assert_eq!(python.calls[0].target.as_deref(), Some("app"));
    assert_eq!(python.calls[5].target, None);
    let handler = &python.calls[6];
    assert_eq!(handler.target.as_deref(), Some("h"));
    assert_eq!(handler.argument("log_group"), Some("'a,b'"));
    assert_eq!(handler.argument("level"), Some("(1, 2)"));
    assert_eq!(handler.argument("other"), None);
    assert_eq!(python.calls[2].argument(""), Some("app"));
}

#[test]
fn decorators_and_assignments_have_their_lines() {
    let python = Python::read(
        "@app.before_first_request\ndef f(): pass\n@app.route('/x')\ndef g(): pass\nXRayMiddleware = (app, xray_recorder)\nx == (1)\n",
    );
    let decorators: Vec<(&str, usize)> = python
        .decorators
        .iter()
        .map(|it| (it.name.as_str(), it.line))
        .collect();
    assert_eq!(
        decorators,
        [("app.before_first_request", 1), ("app.route", 3)]
    );
    assert_eq!(
        python.assignments,
        [Assignment {
            target: "XRayMiddleware".to_string(),
            line: 5,
            value: "(app, xray_recorder)".to_string(),
        }]
    );
}
