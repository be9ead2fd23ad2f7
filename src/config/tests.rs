use super::*;
use serde_json::json;
use std::fs;

fn file(contents: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("purser.toml");
    fs::write(&path, contents).unwrap();
    (folder, path)
}

#[test]
fn the_file_overrides_defaults_and_the_command_line_overrides_the_file() {
    let (_folder, path) = file("listen = '0.0.0.0:1'\ndata_dir = '/file'\nlog_format = 'json'");
    let config = Config::load(Some(&path), (json!({ "data_dir": "/flag" }), json!({}))).unwrap();
    assert_eq!(config.data_dir, Path::new("/flag"));
    assert_eq!(config.listen, "0.0.0.0:1");
    assert_eq!(config.log_format, LogFormat::Json);
    assert_eq!(config.database_url, None);
}

#[test]
fn an_unknown_key_is_refused_by_name() {
    let (_folder, path) = file("listne = '0.0.0.0:1'");
    let error = Config::load(Some(&path), (json!({}), json!({}))).unwrap_err().to_string();
    assert!(error.contains("\"listne\""), "{error}");
    assert!(error.contains("purser.toml"), "{error}");
    assert!(error.contains("database_url"), "{error}");
}

#[test]
fn a_value_of_the_wrong_type_names_its_key_and_its_file() {
    let (_folder, path) = file("listen = 8080");
    let error = Config::load(Some(&path), (json!({}), json!({}))).unwrap_err().to_string();
    assert!(error.contains("listen") && error.contains("purser.toml"), "{error}");
}

#[test]
fn a_named_file_must_exist() {
    let error =
        Config::load(Some(Path::new("/nowhere/purser.toml")), (json!({}), json!({}))).unwrap_err();
    assert!(matches!(error, ConfigError::NoFile(_)));
}

#[test]
fn the_example_file_names_every_key_with_its_default() {
    let example = include_str!("../../purser.example.toml");
    let keys: String = example
        .lines()
        .filter_map(|line| line.strip_prefix('#').filter(|line| !line.starts_with(' ')))
        .map(|line| format!("{line}\n"))
        .collect();
    let (_folder, path) = file(&keys);
    let shown = Config::load(Some(&path), (json!({}), json!({}))).unwrap();
    let default = Config::default();
    assert_eq!(shown.data_dir, default.data_dir);
    assert_eq!(shown.listen, default.listen);
    assert_eq!(shown.log_format, default.log_format);
    assert_eq!(shown.roles, default.roles);
    assert!(shown.node_name.is_some());
    assert!(shown.database_url.is_some() && shown.nats_url.is_some() && shown.log.is_some());
    assert!(!shown.connectors.is_empty());
    let snap = SnapConfig { public_url: None, ..shown.snap.clone() };
    assert_eq!(snap, default.snap);
    assert!(shown.smtp.url.is_some() && shown.smtp.from.is_some());
    // Those without a default are shown too.
    assert!(shown.snap.public_url.is_some());
    let nats = &shown.nats;
    for is_shown in [nats.user.is_some(), nats.password.is_some(), nats.token.is_some()] {
        assert!(is_shown);
    }
    assert!(nats.credentials.is_some() && nats.tls_ca.is_some());
    assert!(nats.tls_cert.is_some() && nats.tls_key.is_some());
    let without = NatsConfig {
        user: None,
        password: None,
        token: None,
        credentials: None,
        tls_ca: None,
        tls_cert: None,
        tls_key: None,
        ..shown.nats
    };
    assert_eq!(without, default.nats);
}

#[test]
fn a_secret_of_nats_is_layered_and_never_shown() {
    let (_folder, path) = file("[nats]\nuser = 'purser'\npassword = 'hunter2'");
    let config = Config::load(Some(&path), (json!({ "nats": { "prefix": "x" } }), json!({})));
    let config = config.unwrap();
    assert_eq!((config.nats.prefix.as_str(), config.nats.user.as_deref()), ("x", Some("purser")));
    assert_eq!(config.nats.password, Some("hunter2".parse().unwrap()));
    assert!(!format!("{config:?}").contains("hunter2"));
}
