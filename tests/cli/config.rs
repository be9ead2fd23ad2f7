//! Where settings come from, and what is refused.

use super::process::Place;

#[test]
fn an_option_wins_over_its_variable_and_that_over_the_file() {
    let mut place = Place::new();
    place.write("purser.toml", "data_dir = 'from-file'");
    let made = |folder: &str| place_has(&place, folder);
    place.run(&["migrate"]).success();
    assert!(made("from-file"));

    place.set_env("PURSER_DATA_DIR", "from-variable");
    place.run(&["migrate"]).success();
    assert!(place_has(&place, "from-variable"));

    place.run(&["migrate", "--data-dir", "from-option"]).success();
    assert!(place_has(&place, "from-option"));
}

fn place_has(place: &Place, folder: &str) -> bool {
    place.root().join(folder).join("purser.db").exists()
}

#[test]
fn an_empty_variable_counts_as_not_set() {
    let mut place = Place::new();
    for name in [
        "CONFIG",
        "DATA_DIR",
        "DATABASE_URL",
        "NATS_URL",
        "LISTEN",
        "ROLES",
        "NODE_NAME",
        "LOG",
        "LOG_FORMAT",
    ] {
        place.set_env(&format!("PURSER_{name}"), "");
    }
    place.run(&["migrate"]).success();
    assert!(place.data("purser.db").exists());
}

#[test]
fn an_unknown_key_in_the_file_is_refused_by_name() {
    let place = Place::new();
    place.write("purser.toml", "databse_url = 'postgres://x'");
    let told = place.run(&["serve"]).failure(2);
    assert!(told.contains("databse_url") && told.contains("purser.toml"), "{told}");
}

#[test]
fn nats_without_postgresql_or_with_settings_that_contradict_each_other_is_refused() {
    let mut place = Place::new().with_env("PURSER_NATS_URL", "nats://u:hunter2@localhost:4222");
    let told = place.run(&["serve", "--listen", "127.0.0.1:0"]).failure(2);
    assert!(told.contains("--nats-url needs --database-url"), "{told}");
    place.set_env("PURSER_DATABASE_URL", "postgres://localhost/x");
    for (option, value, hint) in [
        ("--nats-url", "http://u:hunter2@localhost", "nats://host:port"),
        ("--nats-prefix", "a.*", "prefix"),
        ("--nats-replicas", "9", "between 1 and 5"),
        ("--nats-events-days", "0", "at least 1"),
        ("--nats-tls-cert", "cert.pem", "tls_key"),
        ("--nats-user", "u", "password"),
    ] {
        let told = place.run(&["serve", "--listen", "127.0.0.1:0", option, value]).failure(2);
        assert!(told.contains(hint) && !told.contains("hunter2"), "{option}: {told}");
    }
    assert!(!place.data("").exists(), "nothing was begun");
}

#[test]
fn a_wrong_filter_url_or_option_cannot_begin() {
    let place = Place::new();
    let told = place.run(&["serve", "--log", "purser=loud"]).failure(2);
    assert!(told.contains("purser=loud"), "{told}");
    let told = place.run(&["verify", "--database-url", "mysql://u:hunter2@db/x"]).failure(2);
    assert!(told.contains("postgres://") && !told.contains("hunter2"), "{told}");
    let told = place.run(&["serve", "--log-format", "xml"]).failure(2);
    assert!(told.contains("xml") && told.contains("human"), "{told}");
    let told = place.run(&["serve", "--roles", "actors,ingres"]).failure(2);
    assert!(told.contains("actors,ingres") && told.contains("callbacks"), "{told}");
    place.run(&["serve", "--lisen", "x"]).failure(2);
    place.run(&["serve", "--listen", "256.0.0.1:0"]).failure(2);
}

#[test]
fn help_never_shows_a_password_from_the_environment() {
    let place = Place::new()
        .with_env("PURSER_DATABASE_URL", "postgres://u:hunter2@db/x")
        .with_env("PURSER_NATS_URL", "nats://u:hunter2@db")
        .with_env("PURSER_NATS_PASSWORD", "hunter2")
        .with_env("PURSER_NATS_TOKEN", "hunter2");
    let help = place.run(&["serve", "--help"]).success();
    assert!(help.contains("PURSER_DATABASE_URL") && !help.contains("hunter2"), "{help}");
    for card in ["4242424242424242", "4000000000000002", "4000000000003220"] {
        assert!(help.contains(card), "{card}");
    }
    assert!(place.run(&["cards"]).success().contains("4000000000009995"));
    assert!(place.run(&["version"]).success().starts_with("purser "));
}

#[test]
fn migrate_tells_from_where_to_where() {
    let place = Place::new();
    assert!(place.run(&["migrate"]).success().starts_with("Made "));
    assert!(place.run(&["migrate"]).success().contains("up to date at version"));
}
