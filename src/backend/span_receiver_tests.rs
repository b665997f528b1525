//! What becomes of a batch, for each answer that a receiver may give.

use super::super::receiver_double::{Canned, Double};
use super::*;

fn install() {
    let _ = rustls::crypto::ring::default_provider().install_default();
}

async fn answers(canned: Vec<Canned>) -> Vec<Answer> {
    install();
    let double = Double::default();
    let url = double.open().await;
    let n_calls = canned.len();
    double.canned.lock().unwrap().extend(canned);
    let patience = Duration::from_secs(30);
    let receiver = SpanReceiver::new(&url, HeaderMap::new(), true, patience).unwrap();
    let mut answers = Vec::new();
    for _ in 0..n_calls {
        answers.push(receiver.carry(&Batch::loose(5, "spans".into())).await);
    }
    answers
}

fn plain(status: u16) -> Canned {
    (status, Vec::new(), Vec::new())
}

#[tokio::test]
async fn what_passes_is_tried_again_and_what_does_not_is_refused_with_the_next_step() {
    let passing = [408, 429, 500, 502, 503, 504, 507];
    for answer in answers(passing.map(plain).to_vec()).await {
        assert!(
            matches!(answer, Answer::Later { after: None, .. }),
            "{answer:?}"
        );
    }
    for answer in answers([401, 403].map(plain).to_vec()).await {
        let Answer::Barred { why } = answer else {
            panic!("{answer:?}");
        };
        assert!(
            why.contains("set CRUDDUR_STACK_KEY and start again"),
            "{why}"
        );
    }
    let final_ones = [
        (400, ""),
        (404, "which usually ends in /v1/traces"),
        (413, "set OTEL_BSP_MAX_EXPORT_BATCH_SIZE to less"),
    ];
    for (status, advice) in final_ones {
        let answer = answers(vec![plain(status)]).await.remove(0);
        let Answer::Settled {
            n_delivered: 0,
            n_refused: 5,
            trouble: Some(trouble),
        } = answer
        else {
            panic!("{answer:?}");
        };
        assert!(
            trouble.contains(&format!("HTTP status {status}")) && trouble.contains(advice),
            "{trouble}"
        );
    }
}

#[tokio::test]
async fn an_answer_says_how_many_it_took_and_a_web_page_is_none() {
    // partial_success { rejected_spans: 2, error_message: "odd" }
    let partial = vec![0x0a, 7, 0x08, 2, 0x12, 3, b'o', b'd', b'd'];
    // google.rpc.Status { code: 3, message: "bad span" }
    let status = [&[0x08, 3, 0x12, 8][..], b"bad span"].concat();
    let page = ("content-type", "text/html; charset=utf-8".to_string());
    let answers = answers(vec![
        plain(200),
        (200, Vec::new(), partial),
        (200, vec![page], b"<html>".to_vec()),
        (400, Vec::new(), status),
    ])
    .await;
    let settled = |answer: &Answer| match answer {
        Answer::Settled {
            n_delivered,
            n_refused,
            trouble,
        } => (
            *n_delivered,
            *n_refused,
            trouble.clone().unwrap_or_default(),
        ),
        other => panic!("{other:?}"),
    };
    assert_eq!(settled(&answers[0]), (5, 0, String::new()));
    let (delivered, refused, trouble) = settled(&answers[1]);
    assert_eq!((delivered, refused), (3, 2));
    assert!(trouble.ends_with("refuses some: odd"), "{trouble}");
    assert!(
        matches!(answers[2], Answer::Later { .. }),
        "{:?}",
        answers[2]
    );
    assert!(
        settled(&answers[3]).2.ends_with(": bad span"),
        "{answers:?}"
    );
}

#[tokio::test]
async fn a_pause_may_be_asked_for_in_seconds_or_by_a_date() {
    let asking = |value: &str| (503, vec![("retry-after", value.to_string())], Vec::new());
    let answers = answers(vec![
        asking("7"),
        asking("Fri, 31 Dec 2100 23:59:59 GMT"),
        asking("Sun, 06 Nov 1994 08:49:37 GMT"),
        asking("soon"),
    ])
    .await;
    let afters = answers.iter().map(|answer| match answer {
        Answer::Later { after, .. } => *after,
        other => panic!("{other:?}"),
    });
    let afters: Vec<Option<Duration>> = afters.collect();
    assert_eq!(afters[0], Some(Duration::from_secs(7)));
    assert!(afters[1] > Some(Duration::from_secs(86_400)));
    assert_eq!(afters[2..], [None, None]);
}

#[tokio::test]
async fn what_is_said_of_a_receiver_has_no_secret_in_it() {
    install();
    // Nobody listens on a port that was just let go.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let url = format!("http://me:secret@{address}/v1/traces?key=secret");
    let receiver =
        SpanReceiver::new(&url, HeaderMap::new(), false, Duration::from_secs(30)).unwrap();
    assert_eq!(receiver.place(), format!("http://{address}/v1/traces"));
    let Answer::Later { why, .. } = receiver.carry(&Batch::loose(1, "s".into())).await else {
        panic!("nobody answers there");
    };
    assert!(!why.contains("secret") && why.contains("refused"), "{why}");
}
