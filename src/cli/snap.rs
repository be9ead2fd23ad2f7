//! `purser snap`: what a client of the SNAP interface should have signed.

use crate::{
    ingress::snap::signature::{Encoding, PrivateKey, service_string, sign_service, token_string},
    terminal::{Failure, print, say},
};
use clap::{Args, Subcommand, ValueEnum};
use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
};

/// Largest body or key that is read; a request has at most 64 KiB.
const MAX_BYTES: u64 = 1024 * 1024;

const SIGN_EXAMPLES: &str = "\
Examples:
  purser snap sign --method GET --path /api/v1.0/get-auth-code --token \"$token\" \\
      --secret \"$secret\" --timestamp 2024-01-01T07:00:00+07:00
  purser snap sign --method POST --path /api/v1.0/debit/payment-host-to-host --token \"$token\" \\
      --secret \"$secret\" --timestamp \"$now\" --body payment.json --encoding base64
";

/// Sign requests to the SNAP interface.
#[derive(Debug, Subcommand)]
pub enum SnapVerb {
    /// Sign a service call: HMAC-SHA512 with the client secret
    ///
    /// Prints the string to sign to standard error, and the signature alone to standard output.
    #[command(after_help = SIGN_EXAMPLES)]
    Sign(SignOptions),
    /// Sign a request for an access token: SHA256withRSA with the private key
    ///
    /// Prints the string to sign to standard error, and the signature alone to standard output.
    SignToken(SignTokenOptions),
}

/// A service call.
#[derive(Args)]
pub struct SignOptions {
    /// HTTP method
    #[arg(long)]
    method: String,
    /// Path, and the query with it where the client's profile signs it
    #[arg(long)]
    path: String,
    /// Access token, without "Bearer"
    #[arg(long, id = "access-token")]
    token: String,
    /// Client secret
    #[arg(long, env = "PURSER_SNAP_SECRET", hide_env_values = true)]
    secret: String,
    /// X-TIMESTAMP as it is sent
    #[arg(long)]
    timestamp: String,
    /// File with the body, - for standard input; without it the body is empty
    #[arg(long, value_name = "FILE")]
    body: Option<PathBuf>,
    /// How the signature is written
    #[arg(long, value_enum, default_value = "hex")]
    encoding: EncodingName,
}

impl std::fmt::Debug for SignOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignOptions({} {})", self.method, self.path)
    }
}

/// A request for an access token.
#[derive(Debug, Args)]
pub struct SignTokenOptions {
    /// X-CLIENT-KEY
    #[arg(long)]
    client_key: String,
    /// File with the private key in PEM, - for standard input
    #[arg(long, value_name = "FILE")]
    private_key: PathBuf,
    /// X-TIMESTAMP as it is sent
    #[arg(long)]
    timestamp: String,
    /// How the signature is written
    #[arg(long, value_enum, default_value = "hex")]
    encoding: EncodingName,
}

/// Encodings as they are typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum EncodingName {
    /// Lower-case hexadecimal digits
    Hex,
    /// Base64 with padding
    Base64,
}

impl From<EncodingName> for Encoding {
    fn from(name: EncodingName) -> Self {
        match name {
            EncodingName::Hex => Self::Hex,
            EncodingName::Base64 => Self::Base64,
        }
    }
}

pub(super) fn run(verb: SnapVerb) -> Result<(), Failure> {
    match verb {
        SnapVerb::Sign(options) => sign(&options),
        SnapVerb::SignToken(options) => sign_token(&options),
    }
}

fn sign(options: &SignOptions) -> Result<(), Failure> {
    let SignOptions { method, path, token, secret, timestamp, .. } = options;
    let body = options.body.as_deref().map(read).transpose()?.unwrap_or_default();
    let text = service_string(method, path, token, &body, timestamp)
        .map_err(|error| Failure::failed(error.to_string()))?;
    say(&text);
    let signature = sign_service(secret.as_bytes(), &text);
    print(Encoding::from(options.encoding).encode(&signature))
}

fn sign_token(options: &SignTokenOptions) -> Result<(), Failure> {
    let pem = read(&options.private_key)?;
    let pem = String::from_utf8(pem).map_err(|_| Failure::failed("the key is no text"))?;
    let failed =
        |error: crate::ingress::snap::signature::BadKey| Failure::failed(error.to_string());
    let key = PrivateKey::from_pem(&pem).map_err(failed)?;
    let text = token_string(&options.client_key, &options.timestamp);
    say(&text);
    let signature = key.sign(&text).map_err(failed)?;
    print(Encoding::from(options.encoding).encode(&signature))
}

fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin().lock().take(MAX_BYTES).read_to_end(&mut bytes)
    } else {
        fs::File::open(file).and_then(|opened| opened.take(MAX_BYTES).read_to_end(&mut bytes))
    };
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Failure::failed(format!("{}: {error}", file.display()))),
    }
}
