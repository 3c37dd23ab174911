//! The certificates that a server sends, whoever vouches for them: to be shown, and trusted in nothing.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::Url;
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::client::danger::{
    HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier,
};
use tokio_rustls::rustls::crypto::{CryptoProvider, aws_lc_rs};
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::{
    CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme,
};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use crate::doctor::facts::Vouched;
use crate::token::shown;

/// The certificates that the server at this address sends; empty where it sends none.
pub async fn sent(url: &str) -> Vec<Vouched> {
    let seen = Arc::new(Seen {
        chain: Mutex::default(),
        provider: aws_lc_rs::default_provider().into(),
    });
    let handshake = handshake(url, Arc::clone(&seen));
    // It ends with the refusal of what was seen.
    timeout(PATIENCE, handshake).await.unwrap_or_default();
    let chain = seen.chain.lock().unwrap_or_else(PoisonError::into_inner);
    chain.iter().filter_map(|found| vouched(found)).collect()
}

async fn handshake(url: &str, seen: Arc<Seen>) -> Option<()> {
    let url = Url::parse(url).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
    let port = url.port_or_known_default()?;
    let config = ClientConfig::builder_with_provider(Arc::clone(&seen.provider))
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(seen)
        .with_no_client_auth();
    let stream = TcpStream::connect((host.as_str(), port)).await.ok()?;
    let name = ServerName::try_from(host).ok()?;
    let connector = TlsConnector::from(Arc::new(config));
    connector.connect(name, stream).await.ok().map(drop)
}

fn vouched(found: &[u8]) -> Option<Vouched> {
    let certificate = Certificate::from_der(found).ok()?;
    let certificate = certificate.tbs_certificate();
    let text = |name: String| shown::escaped(&name).into_owned();
    Some(Vouched {
        subject: text(certificate.subject().to_string()),
        issuer: text(certificate.issuer().to_string()),
    })
}

/// Records the certificates and always fails the handshake.
#[derive(Debug)]
struct Seen {
    chain: Mutex<Vec<CertificateDer<'static>>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Seen {
    fn verify_server_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        _name: &ServerName<'_>,
        _stapled: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let chain = [own].into_iter().chain(others);
        let chain = chain.map(|found| found.clone().into_owned()).collect();
        *self.chain.lock().unwrap_or_else(PoisonError::into_inner) = chain;
        Err(refused())
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(refused())
    }

    fn verify_tls13_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(refused())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

const fn refused() -> Error {
    Error::InvalidCertificate(CertificateError::ApplicationVerificationFailure)
}

const PATIENCE: Duration = Duration::from_secs(3);
