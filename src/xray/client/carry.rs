//! Any request to X-Ray, signed on the way: what a daemon's TCP side does for callers without credentials.

use std::sync::{Arc, Mutex, PoisonError};

use aws_sdk_xray::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
};
use aws_sdk_xray::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_xray::error::BoxError;

use super::XRayClient;
use crate::aws::{AwsError, classify};

/// A POST as it came, without what was only between its sender and us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Carried {
    /// The path, and the query if there is one: `/GetSamplingRules`.
    pub path: String,
    /// The type of its body, if the sender named one.
    pub content_type: Option<String>,
    /// Its body.
    pub body: Vec<u8>,
}

/// What came back, whatever it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl XRayClient {
    /// Sends a request to X-Ray, in its own words but under our signature, and returns the answer as it
    /// came: a refusal is an answer, too.
    ///
    /// The SDK has calls for the operations that it knows, and no other. So this is one of those calls whose
    /// path and body are exchanged before it is signed, and whose answer is kept before it is read.
    pub async fn carry(&self, carried: Carried) -> Result<Answer, AwsError> {
        let answer = Arc::new(Mutex::new(None));
        let exchange = Exchange {
            carried,
            answer: answer.clone(),
        };
        let call = self.client.get_groups().customize().interceptor(exchange);
        let called = call.send().await;
        let answer = answer.lock().unwrap_or_else(PoisonError::into_inner).take();
        match (answer, called) {
            (Some(answer), _) => Ok(answer),
            (None, Err(error)) => Err(classify(error)),
            (None, Ok(_)) => Err(AwsError::Odd {
                reason: "the answer was lost".into(),
            }),
        }
    }
}

#[derive(Debug)]
struct Exchange {
    carried: Carried,
    answer: Arc<Mutex<Option<Answer>>>,
}

impl Intercept for Exchange {
    fn name(&self) -> &'static str {
        "carry"
    }

    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Carried {
            path,
            content_type,
            body,
        } = &self.carried;
        let request = context.request_mut();
        // An endpoint may have a path of its own, which stays.
        let base = request.uri().strip_suffix("/Groups").unwrap_or_default();
        let uri = format!("{base}{path}");
        request.set_uri(uri)?;
        let headers = request.headers_mut();
        headers.try_insert("content-length", body.len().to_string())?;
        match content_type {
            Some(content_type) => drop(headers.try_insert("content-type", content_type.clone())?),
            None => drop(headers.remove("content-type")),
        }
        *request.body_mut() = body.clone().into();
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        // By now the SDK has read the body to its end.
        let Some(body) = response.body().bytes() else {
            return Ok(());
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let headers = response.headers().iter_bytes();
        let answer = Answer {
            status: response.status().as_u16(),
            headers: headers
                .map(|(name, value)| (name.to_ascii_lowercase(), text(value)))
                .collect(),
            body: body.to_vec(),
        };
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        Ok(())
    }
}
