//! STS GetCallerIdentity, which clients ask before they tag anything.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;

use crate::model::region::LOCAL_ACCOUNT;

/// Returns the answer to a form body, or `None` if it asks for something else.
///
/// Source: STS API, GetCallerIdentity; the Query protocol answers in XML.
pub fn answer(body: &[u8]) -> Option<Response> {
    let form = std::str::from_utf8(body).ok()?;
    if !form
        .split('&')
        .any(|pair| pair == "Action=GetCallerIdentity")
    {
        return None;
    }
    let xml = format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <GetCallerIdentityResult><Arn>arn:aws:iam::{LOCAL_ACCOUNT}:user/local</Arn>\
         <UserId>LOCAL</UserId><Account>{LOCAL_ACCOUNT}</Account></GetCallerIdentityResult>\
         <ResponseMetadata><RequestId>00000000-0000-0000-0000-000000000000</RequestId></ResponseMetadata>\
         </GetCallerIdentityResponse>"
    );
    let mut response = Response::new(Body::from(xml));
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/xml"));
    Some(response)
}
