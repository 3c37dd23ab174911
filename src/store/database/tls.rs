//! TLS with the database, whose certificate must be for its name: by the authorities of the system, or by those of a file.

use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use aws_lc_rs::digest::{self, digest};
use rustls_platform_verifier::Verifier;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream as Stream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs as provider;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;

use crate::files;

use super::trouble::TlsTrouble;

/// Makes connections secure.
#[derive(Clone)]
pub struct Tls {
    ca_file: Option<PathBuf>,
}

/// Makes one secure.
pub struct Connecting {
    ca_file: Option<PathBuf>,
    server: String,
}

/// A connection that is secure.
pub struct Secured<S>(Stream<S>);

impl Tls {
    /// Trusts the system's authorities, and those of this file.
    pub const fn new(ca_file: Option<PathBuf>) -> Self {
        Self { ca_file }
    }
}

impl<S> MakeTlsConnect<S> for Tls
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    type Stream = Secured<S>;
    type TlsConnect = Connecting;
    type Error = TlsTrouble;

    fn make_tls_connect(&mut self, server: &str) -> Result<Connecting, TlsTrouble> {
        Ok(Connecting {
            ca_file: self.ca_file.clone(),
            server: server.to_owned(),
        })
    }
}

impl<S> TlsConnect<S> for Connecting
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    type Stream = Secured<S>;
    type Error = TlsTrouble;
    type Future = Pin<Box<dyn Future<Output = Result<Secured<S>, TlsTrouble>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move {
            let name = ServerName::try_from(self.server.clone())
                .map_err(|_| TlsTrouble::Name(self.server))?;
            // Reads the system's certificates, each time: they are renewed.
            let config = tokio::task::spawn_blocking(|| config(self.ca_file));
            let config = config.await.map_err(io::Error::other)??;
            let connector = TlsConnector::from(Arc::new(config));
            Ok(Secured(connector.connect(name, stream).await?))
        })
    }
}

fn config(ca_file: Option<PathBuf>) -> Result<ClientConfig, TlsTrouble> {
    let provider = Arc::new(provider::default_provider());
    let own = ca_file.map_or(Ok(Vec::new()), certificates)?;
    let verifier = Verifier::new_with_extra_roots(own, Arc::clone(&provider));
    let verifier = verifier.map_err(TlsTrouble::Setup)?;
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsTrouble::Setup)?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth();
    Ok(config)
}

fn certificates(file: PathBuf) -> Result<Vec<CertificateDer<'static>>, TlsTrouble> {
    let text = match files::read(&file, MOST_BYTES) {
        Ok(text) => text,
        Err(error) => return Err(TlsTrouble::File(file, error)),
    };
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    found
        .ok()
        .filter(|found| !found.is_empty())
        .ok_or(TlsTrouble::NoCertificate(file))
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Secured<S> {
    /// RFC 5929 section 4: a server in the middle that has another certificate cannot pass on the proof of the password.
    fn channel_binding(&self) -> ChannelBinding {
        let (_, session) = self.0.get_ref();
        let sent = session.peer_certificates().and_then(<[_]>::first);
        match sent.and_then(|certificate| end_point(certificate)) {
            Some(end_point) => ChannelBinding::tls_server_end_point(end_point),
            None => ChannelBinding::none(),
        }
    }
}

/// The digest of a certificate by the algorithm that it is signed with. None where that says of none.
fn end_point(certificate: &[u8]) -> Option<Vec<u8>> {
    let parsed = Certificate::from_der(certificate).ok()?;
    let algorithm = match parsed.signature_algorithm().oid.to_string().as_str() {
        // RSA with MD5, SHA-1 and SHA-256, and ECDSA with SHA-1 and SHA-256.
        "1.2.840.113549.1.1.4"
        | "1.2.840.113549.1.1.5"
        | "1.2.840.113549.1.1.11"
        | "1.2.840.10045.4.1"
        | "1.2.840.10045.4.3.2" => &digest::SHA256,
        "1.2.840.113549.1.1.12" | "1.2.840.10045.4.3.3" => &digest::SHA384,
        "1.2.840.113549.1.1.13" | "1.2.840.10045.4.3.4" => &digest::SHA512,
        _ => return None,
    };
    Some(digest(algorithm, certificate).as_ref().to_vec())
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for Secured<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Secured<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

/// A bundle of all authorities that there are has a fifth of that.
const MOST_BYTES: u64 = 1 << 20;
