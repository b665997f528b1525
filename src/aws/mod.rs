//! From a target to the SDK's configuration, and from the SDK's errors to ours.
//!
//! The only room that names aws-config. A local target gets fixed credentials and a client that
//! cannot speak TLS, so it starts in a millisecond and nothing can leave the machine by mistake.

mod watched;

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use aws_config::SdkConfig;
use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::{
    EnvironmentVariableCredentialsProvider, EnvironmentVariableRegionProvider,
};
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_config::{AppName, BehaviorVersion, ConfigLoader, Region};
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_smithy_http_client::Builder;
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::endpoint::EndpointResolverParams;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::client::retries::ErrorKind;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use crate::model::foreign::Foreign;
use crate::settings::secret::Secret;
use crate::settings::targets::{AwsTarget, LOCAL_KEY};
pub use watched::Watching;
use watched::{Waits, unreached, watched};

/// Why a call to AWS, or to the local stack in its place, failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum AwsError {
    /// Nobody answered.
    #[error("cannot reach {address}: {reason}")]
    Unreachable {
        /// Where we tried: host, and port if it is not the usual one.
        address: Foreign,
        /// What happened.
        reason: Foreign,
    },
    /// There are no credentials, or they were rejected.
    #[error("AWS credentials are missing or were rejected: {reason}")]
    Credentials {
        /// What the SDK or the service said.
        reason: Foreign,
    },
    /// Nothing says which region.
    #[error("no AWS region is set")]
    Region,
    /// Too many calls; the SDK has tried again and given up.
    #[error("the service asks for fewer calls: {message}")]
    Throttled {
        /// What the service said.
        message: Foreign,
    },
    /// The service has a fault of its own; the same call may go through later.
    #[error("the service failed with HTTP status {status}: {message}")]
    Failing {
        /// The status, 500 to 599.
        status: u16,
        /// What the service said.
        message: Foreign,
    },
    /// The service said no.
    #[error("the service refused with {code}: {message}")]
    Refused {
        /// The error's code, such as `InvalidRequestException`.
        code: Foreign,
        /// What the service said.
        message: Foreign,
    },
    /// No answer in time.
    #[error("the service did not answer in time")]
    Timeout,
    /// The answer could not be understood.
    #[error("the service's answer could not be understood: {reason}")]
    Odd {
        /// What was wrong with it.
        reason: Foreign,
    },
}

impl AwsError {
    /// Tells whether the service refused with `wanted`.
    pub fn is_code(&self, wanted: &str) -> bool {
        matches!(self, AwsError::Refused { code, .. } if code.raw() == wanted)
    }

    /// Tells whether the same call may go through later.
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            AwsError::Unreachable { .. }
                | AwsError::Throttled { .. }
                | AwsError::Failing { .. }
                | AwsError::Timeout
        )
    }
}

/// Resolves the configuration for both services.
///
/// In the cloud, region and credentials come from the environment, the shared files, a web identity
/// or a container, in this order. The instance metadata service is never asked: where there is none,
/// it would hold every command up for seconds.
///
/// # Errors
/// `Region` if the cloud is meant and nothing says which region.
pub async fn configuration(target: &AwsTarget) -> Result<SdkConfig, AwsError> {
    configuration_saying(target, Watching::nothing()).await
}

/// The same; `watching` is told before each attempt of a call that was put off unusually often, and of what its
/// header says.
///
/// # Errors
/// As [`configuration`].
pub async fn configuration_saying(
    target: &AwsTarget,
    watching: Watching,
) -> Result<SdkConfig, AwsError> {
    let waits: Waits = Arc::new(watching);
    let loader = loader();
    let configuration = match target {
        AwsTarget::Local {
            address,
            region,
            key,
        } => {
            let secret = key.as_ref().map_or(LOCAL_KEY, Secret::expose);
            loader
                .empty_test_environment()
                .endpoint_url(format!("http://{address}"))
                .region(Region::new(region.clone()))
                .credentials_provider(Credentials::from_keys(LOCAL_KEY, secret, None))
                .http_client(watched(Builder::new().build_http(), waits))
                .retry_config(RetryConfig::standard().with_max_attempts(2))
                .load()
                .await
        }
        AwsTarget::Cloud => cloud(loader, None, waits).await?,
    };
    Ok(configuration)
}

/// How often a call is tried that the service puts off.
pub const MAX_ATTEMPTS: u32 = 8;

/// Lets a call be tried again that met another one about the same thing, as CloudWatch Logs asks for.
#[derive(Debug)]
pub struct Conflicts;

impl ClassifyRetry for Conflicts {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let body = context.response().and_then(|response| {
            let is_refusal = response.status().is_client_error();
            response.body().bytes().filter(|_| is_refusal)
        });
        let text = body.map(String::from_utf8_lossy);
        match text {
            Some(text) if text.contains("OperationAbortedException") => {
                RetryAction::retryable_error(ErrorKind::ServerError)
            }
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "conflicts"
    }
}

/// Resolves the configuration for a program that stands between others and AWS: in `region` if one is
/// named, and every call is made once, since who calls knows better when to try again.
///
/// # Errors
/// `Region` if nothing says which region; `Credentials` if nothing gives any.
pub async fn relay_configuration(region: Option<String>) -> Result<SdkConfig, AwsError> {
    let configuration = cloud(loader(), region, Arc::new(Watching::nothing())).await?;
    if let Some(provider) = configuration.credentials_provider() {
        let provided = provider.provide_credentials().await;
        provided.map_err(|error| {
            let reason = chain_of(&error).pop().unwrap_or_default();
            // The chain's own text is a line for each provider.
            let has_none = reason.contains("no credentials found in chain");
            AwsError::Credentials {
                reason: match has_none {
                    true => "no provider has any".into(),
                    false => reason.into(),
                },
            }
        })?;
    }
    Ok(without_retries(&configuration))
}

/// Returns the same configuration for another region.
pub fn in_region(configuration: &SdkConfig, region: &str) -> SdkConfig {
    let builder = configuration.clone().into_builder();
    builder.region(Region::new(region.to_string())).build()
}

/// Returns the same configuration for calls that are made once.
pub fn without_retries(configuration: &SdkConfig) -> SdkConfig {
    let builder = configuration.clone().into_builder();
    builder.retry_config(RetryConfig::disabled()).build()
}

fn loader() -> ConfigLoader {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(3))
        .operation_attempt_timeout(Duration::from_secs(20))
        .operation_timeout(Duration::from_secs(60))
        .build();
    let loader = aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts);
    match AppName::new("cruddurctl") {
        Ok(name) => loader.app_name(name),
        Err(_) => loader,
    }
}

async fn cloud(
    loader: ConfigLoader,
    region: Option<String>,
    waits: Waits,
) -> Result<SdkConfig, AwsError> {
    let client = https(waits);
    let region = match region {
        Some(region) => Some(Region::new(region)),
        None => {
            RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new())
                .or_else(ProfileFileRegionProvider::new())
                .region()
                .await
        }
    };
    let provider = ProviderConfig::without_region()
        .with_http_client(client.clone())
        .with_region(region.clone());
    let loader = loader
        .http_client(client)
        .credentials_provider(credentials(&provider))
        .retry_config(
            RetryConfig::standard()
                // What is throttled is put off with jitter, by 19 s in all at most.
                .with_max_attempts(MAX_ATTEMPTS)
                .with_max_backoff(Duration::from_secs(5))
                // Somebody waits at a terminal.
                .with_initial_backoff(Duration::from_millis(300)),
        );
    Ok(loader.region(region.ok_or(AwsError::Region)?).load().await)
}

/// Turns an SDK's error into ours.
pub fn classify<E>(error: SdkError<E, HttpResponse>) -> AwsError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    let chain = chain_of(&error);
    let is_about_credentials = chain.iter().any(|text| {
        let signs = [
            "credentials provider",
            "no providers in chain",
            "no credentials found in chain",
        ];
        signs.iter().any(|sign| text.contains(sign))
    });
    let address = unreached(&error);
    // The innermost cause says what the system said; what is around it says where in the SDK.
    let reason = chain.last().cloned().unwrap_or_else(|| error.to_string());
    match error {
        SdkError::ServiceError(context) => {
            let error = context.err();
            let status = context.raw().status().as_u16();
            let code = match error.code() {
                Some(code) => code.to_string(),
                None => format!("HTTP status {status}"),
            };
            let message = error.message().unwrap_or_default().to_string();
            by_code(code, status, message)
        }
        SdkError::TimeoutError(_) => AwsError::Timeout,
        SdkError::DispatchFailure(_) | SdkError::ConstructionFailure(_) if is_about_credentials => {
            AwsError::Credentials {
                reason: "no provider has any".into(),
            }
        }
        SdkError::DispatchFailure(failure) if failure.is_timeout() && address.is_none() => {
            AwsError::Timeout
        }
        SdkError::DispatchFailure(_) => AwsError::Unreachable {
            address: address.unwrap_or_else(|| "the service".to_string()).into(),
            reason: reason.into(),
        },
        _ => AwsError::Odd {
            reason: reason.into(),
        },
    }
}

fn by_code(code: String, status: u16, message: String) -> AwsError {
    // Source: AWS common errors; X-Ray and CloudWatch Logs API models.
    const CREDENTIALS: [&str; 10] = [
        "UnrecognizedClientException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "SignatureDoesNotMatch",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "ExpiredTokenException",
        "AccessDeniedException",
    ];
    const THROTTLED: [&str; 2] = ["ThrottledException", "ThrottlingException"];
    if CREDENTIALS.contains(&code.as_str()) {
        AwsError::Credentials {
            reason: format!("{code}: {message}").into(),
        }
    } else if THROTTLED.contains(&code.as_str()) || status == 429 {
        AwsError::Throttled {
            message: message.into(),
        }
    } else if status >= 500 {
        let message = match message.is_empty() {
            true => code,
            false => message,
        };
        let message = message.into();
        AwsError::Failing { status, message }
    } else {
        AwsError::Refused {
            code: code.into(),
            message: message.into(),
        }
    }
}

/// Returns what a service's endpoint was chosen by, for an interceptor that asks whether somebody named
/// one; `P` is the service's own type.
pub fn endpoint_choice<P: fmt::Debug + Send + Sync + 'static>(config: &ConfigBag) -> Option<&P> {
    config.load::<EndpointResolverParams>()?.get::<P>()
}

fn credentials(provider: &ProviderConfig) -> CredentialsProviderChain {
    let profile = ProfileFileCredentialsProvider::builder()
        .configure(provider)
        .build();
    let web = WebIdentityTokenCredentialsProvider::builder()
        .configure(provider)
        .build();
    let container = EcsCredentialsProvider::builder()
        .configure(provider)
        .build();
    CredentialsProviderChain::first_try(
        "Environment",
        EnvironmentVariableCredentialsProvider::new(),
    )
    .or_else("Profile", profile)
    .or_else("WebIdentityToken", web)
    .or_else("Container", container)
}

fn https(waits: Waits) -> SharedHttpClient {
    let client = Builder::new().tls_provider(tls::Provider::Rustls(CryptoMode::Ring));
    watched(client.build_https(), waits)
}

fn chain_of(error: &dyn Error) -> Vec<String> {
    let mut chain = vec![error.to_string()];
    let mut source = error.source();
    while let Some(cause) = source {
        chain.push(cause.to_string());
        source = cause.source();
    }
    chain
}
