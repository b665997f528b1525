//! Which region a request is for, and the names that AWS gives to things.

/// The account that the local stack plays: the one that AWS uses in its own examples.
pub const LOCAL_ACCOUNT: &str = "123456789012";

/// What an unsigned request is counted for.
pub const DEFAULT_REGION: &str = "us-east-1";

/// Returns the region in the credential scope of an `Authorization` header.
///
/// The scope is `Credential=KEY/20261122/REGION/SERVICE/aws4_request`. Unsigned requests, which the
/// X-Ray SDKs and OpenTelemetry's samplers send, belong to [`DEFAULT_REGION`].
/// Source: AWS Signature Version 4, the Authorization header.
pub fn region_of_signature(authorization: Option<&str>) -> &str {
    authorization
        .and_then(|header| header.split_once("Credential="))
        .and_then(|(_, scope)| scope.split(',').next())
        .and_then(|scope| scope.rsplit('/').nth(2))
        .filter(|region| is_region_like(region))
        .unwrap_or(DEFAULT_REGION)
}

/// Returns the Amazon Resource Name of `resource` of `service` in `region` of the local account.
pub fn arn(service: &str, region: &str, resource: &str) -> String {
    format!("arn:aws:{service}:{region}:{LOCAL_ACCOUNT}:{resource}")
}

// The region becomes part of keys in the store, so nothing but a plain name gets through.
fn is_region_like(region: &str) -> bool {
    !region.is_empty()
        && region.len() <= 32
        && region
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_comes_from_the_credential_scope() {
        let header = "AWS4-HMAC-SHA256 Credential=AK/20261122/ca-central-1/xray/aws4_request, SignedHeaders=host";
        assert_eq!(region_of_signature(Some(header)), "ca-central-1");
    }

    #[test]
    fn unsigned_and_odd_headers_belong_to_the_default_region() {
        assert_eq!(region_of_signature(None), "us-east-1");
        assert_eq!(region_of_signature(Some("Bearer x")), "us-east-1");
        assert_eq!(
            region_of_signature(Some("Credential=a/b/../xray/aws4_request")),
            "us-east-1"
        );
    }
}
