//! Where the state is kept.

use secrecy::{ExposeSecret, SecretString};
use std::{convert::Infallible, fmt, path::PathBuf, str::FromStr};

/// Names a store. Printing it never shows a password.
#[derive(Clone)]
pub enum StoreTarget {
    /// A database file; its folder must exist.
    Sqlite(PathBuf),
    /// A connection URL, `postgres://user:password@host:port/database`.
    Postgres(SecretString),
}

impl FromStr for StoreTarget {
    type Err = Infallible;

    /// Reads a `postgres://` or `postgresql://` URL; anything else is the path of a SQLite file.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let is_url = text.starts_with("postgres://") || text.starts_with("postgresql://");
        Ok(if is_url { Self::Postgres(text.into()) } else { Self::Sqlite(text.into()) })
    }
}

impl fmt::Display for StoreTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "{}", path.display()),
            Self::Postgres(url) => match url::Url::parse(url.expose_secret()) {
                Ok(url) => write!(
                    f,
                    "postgres://{}:{}{}",
                    url.host_str().unwrap_or("localhost"),
                    url.port().unwrap_or(5432),
                    url.path()
                ),
                Err(_) => f.write_str("postgres"),
            },
        }
    }
}

impl fmt::Debug for StoreTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_shown_without_its_password() {
        let target: StoreTarget =
            "postgres://purser:s3cret@db:5433/books?x=s3cret".parse().unwrap();
        assert_eq!(target.to_string(), "postgres://db:5433/books");
        assert_eq!(format!("{target:?}"), "postgres://db:5433/books");
    }

    #[test]
    fn anything_but_a_url_is_a_path() {
        let target: StoreTarget = "data/purser.db".parse().unwrap();
        assert!(matches!(target, StoreTarget::Sqlite(path) if path == *"data/purser.db"));
    }
}
