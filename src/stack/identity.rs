//! STS GetCallerIdentity, which clients ask before they tag anything.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;

use crate::model::region::LOCAL_ACCOUNT;

const NAMESPACE: &str = "https://sts.amazonaws.com/doc/2011-06-15/";
const NO_ID: &str = "00000000-0000-0000-0000-000000000000";

/// Tells whether a query asks for it, as one that is signed for others to use does.
pub fn is_asked(query: Option<&str>) -> bool {
    let mut pairs = query.unwrap_or_default().split('&');
    pairs.any(|pair| pair == "Action=GetCallerIdentity")
}

/// Returns the answer to a form, in a body or in a query, or `None` if it asks for something else.
///
/// Source: STS API, GetCallerIdentity; the Query protocol answers in XML.
pub fn answer(form: &str) -> Option<Response> {
    if !is_asked(Some(form)) {
        return None;
    }
    let xml = format!(
        "<GetCallerIdentityResponse xmlns=\"{NAMESPACE}\">\
         <GetCallerIdentityResult><Arn>arn:aws:iam::{LOCAL_ACCOUNT}:user/local</Arn>\
         <UserId>LOCAL</UserId><Account>{LOCAL_ACCOUNT}</Account></GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>{NO_ID}</RequestId></ResponseMetadata>\
         </GetCallerIdentityResponse>"
    );
    let mut response = Response::new(Body::from(xml));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    Some(response)
}

/// Returns the body of a refusal. Source: STS API, "Common Errors".
pub fn refusal(code: &str, message: &str) -> String {
    let message = message.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error><RequestId>{NO_ID}</RequestId></ErrorResponse>"
    )
}
