//! The first minutes: a sandbox merchant, its credentials in a file, and commands to paste.

mod snippet;

use crate::{
    admin::{
        ApiAccess, MerchantAccess, NewMerchant, Operations, SnapAccess, TermsChange,
        random_merchant_id,
    },
    data_dir::DataDir,
    terminal::{Failure, chain, say},
};
use purser_actors::ports::Store;
use purser_subjects::{ErrorCode, MerchantId, Rejection, Timestamp, merchant::Environment};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Setting of the store that remembers the sandbox merchant's id.
const SETTING: &str = "sandbox_merchant";
const NAME: &str = "Sandbox";
const FILE: &str = "sandbox.json";

/// Sees to it that there is a sandbox merchant and that sandbox.json tells how to use it.
///
/// # Errors
/// [`Failure`] when the merchant cannot be created or read, or the file not written.
pub async fn welcome(
    operations: &Operations,
    store: &dyn Store,
    dir: &DataDir,
    now: Timestamp,
) -> Result<(), Failure> {
    let id = sandbox_id(store).await?;
    let found = match operations.reveal(&id).await {
        Err(missing) if missing.code == ErrorCode::NotFound => {
            operations.create_as(&id, sandbox_merchant()).await.map(|access| (access, true))
        }
        revealed => revealed.map(|access| (access, false)),
    };
    let (mut access, is_new) = match found {
        Ok(found) => found,
        // Its actor is on another node, which cannot be reached. That must keep no node from starting.
        Err(rejection) if rejection.code.is_retryable() => {
            say(&format!("The sandbox merchant {id} cannot be seen at present ({rejection})."));
            return Ok(());
        }
        Err(rejection) => return Err(refused(rejection)),
    };
    if !is_new {
        let written = written(dir);
        access.snap = known_client(operations, &id, access.snap, written.as_ref()).await?;
        access.api = known_key(operations, &id, written).await?;
    }
    write(dir, &access)?;
    let file = dir.sandbox_file();
    if is_new {
        say(&snippet::first_payment(&file, &access, now));
    } else {
        say(&format!("Credentials of the sandbox merchant {id}: {}", file.display()));
    }
    if access.snap.as_ref().is_some_and(|snap| snap.private_key_pem.is_none()) {
        say(&format!(
            "It has no private key for SNAP there; make a pair, and give its public half to \
             `purser merchant set-snap {id} --public-key FILE`."
        ));
    }
    if access.api.is_none() {
        say(&format!(
            "It has no API key there; `purser merchant api-key create {id}` makes and shows one."
        ));
    }
    Ok(())
}

/// What an earlier start wrote.
fn written(dir: &DataDir) -> Option<MerchantAccess> {
    let written = std::fs::read(dir.sandbox_file()).ok()?;
    serde_json::from_slice(&written).ok()
}

/// The merchant's SNAP client with the private key of the file that an earlier start wrote, which is
/// stored nowhere else. A merchant that is older than the interface gets a client.
async fn known_client(
    operations: &Operations,
    id: &MerchantId,
    stored: Option<SnapAccess>,
    written: Option<&MerchantAccess>,
) -> Result<Option<SnapAccess>, Failure> {
    let Some(mut client) = stored else {
        return match operations.create_snap_client(id).await {
            // As above: what cannot be done now is done at the next start.
            Err(rejection) if rejection.code.is_retryable() => Ok(None),
            created => created.map_err(refused),
        };
    };
    let written = written.and_then(|access| access.snap.as_ref());
    client.private_key_pem = written
        .filter(|written| written.client_key == client.client_key)
        .and_then(|written| written.private_key_pem.clone());
    Ok(Some(client))
}

/// The key of the file that an earlier start wrote, if it is still valid: it is stored nowhere else.
async fn known_key(
    operations: &Operations,
    id: &MerchantId,
    written: Option<MerchantAccess>,
) -> Result<Option<ApiAccess>, Failure> {
    let Some(api) = written.and_then(|access| access.api) else { return Ok(None) };
    match operations.has_api_key(id, &api.key).await {
        Ok(is_valid) => Ok(is_valid.then_some(api)),
        // As above: what was written stays.
        Err(rejection) if rejection.code.is_retryable() => Ok(Some(api)),
        Err(rejection) => Err(refused(rejection)),
    }
}

/// Fixed before the merchant is created, so that a crash in between leaves one merchant, not two.
async fn sandbox_id(store: &dyn Store) -> Result<MerchantId, Failure> {
    let drawn = random_merchant_id();
    let stored = store.init_setting(SETTING, drawn.as_str().as_bytes()).await;
    let stored = stored.map_err(|error| Failure::cannot_begin(chain(&error)))?;
    String::from_utf8(stored)
        .ok()
        .and_then(|id| id.parse().ok())
        .ok_or_else(|| Failure::cannot_begin(format!("the stored setting {SETTING} is no id")))
}

/// As a merchant gets it whose operator asks for nothing in particular.
fn sandbox_merchant() -> NewMerchant {
    let terms = TermsChange::default();
    NewMerchant { name: NAME.to_owned(), environment: Environment::Sandbox, terms }
}

fn refused(rejection: Rejection) -> Failure {
    Failure::cannot_begin(format!("sandbox merchant: {rejection}"))
}

fn write(dir: &DataDir, access: &MerchantAccess) -> Result<(), Failure> {
    serde_json::to_string_pretty(access)
        .map_err(std::io::Error::from)
        .and_then(|json| dir.write_private(FILE, format!("{json}\n").as_bytes()))
        .map_err(|error| {
            Failure::cannot_begin(format!("{}: {error}", dir.sandbox_file().display()))
        })
}

/// Where clients on this machine reach a server that listens on `address`.
pub fn base_url(address: SocketAddr) -> String {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    format!("http://{}", SocketAddr::new(ip, address.port()))
}

/// The same for an address as it is configured.
pub fn url_of(listen: &str) -> String {
    listen.parse().map_or_else(|_| format!("http://{listen}"), base_url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_address_is_reached_through_loopback() {
        assert_eq!(url_of("0.0.0.0:8080"), "http://127.0.0.1:8080");
        assert_eq!(url_of("[::]:80"), "http://[::1]:80");
        assert_eq!(url_of("10.0.0.7:80"), "http://10.0.0.7:80");
        assert_eq!(url_of("localhost:80"), "http://localhost:80");
    }
}
