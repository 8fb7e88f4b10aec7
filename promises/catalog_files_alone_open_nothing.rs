//! The catalog's files alone open nothing: whoever can read and write all files but the root key learns no name and no
//! secret of anybody from them, and makes nobody into somebody else by moving rows and columns about.

use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::client::Response;
use crate::house::{Access, House};
use crate::nothing_is_stored_in_clear::readable;
use crate::person::{Founded, Person, search, text};

const OWNER: &str = "ada@example.com";
const MALLORY: &str = "mallory@example.com";
const PASSPHRASE: &str = "seven wet otters juggle turnips";
const MALLORYS: &str = "four dry beavers mend one kite";

/// A tenant with an owner, and Mallory: a member whose role sees the tenant and no more, who has a session, a passphrase,
/// a passkey, and the files.
struct World {
    house: House,
    tenant: String,
    access: Access,
    other: String,
    owner: String,
    owner_session: String,
    mallory: Person,
    mallory_id: String,
    service_key: String,
}

impl World {
    #[track_caller]
    fn new() -> Self {
        let (house, link) = House::open_empty();
        let Founded { tenant, access, mut owner } = Founded::by(&house, &link, OWNER);
        let at = |what: &str| format!("/v1/tenants/{tenant}/{what}");
        access.send(&mut house.client(&access), r#"{"message":"a line"}"#);
        let other = text(&owner.does("POST", &at("sources"), &json!({ "name": "other" }))["id"]);
        let sees = json!({ "name": "sees", "permissions": ["tenant:view"] });
        let role = text(&owner.does("POST", &at("roles"), &sees)["id"]);
        let reads = json!({ "name": "reads", "permissions": ["logs:read", "people:view"] });
        owner.does("POST", &at("roles"), &reads);
        let mut mallory = Person::invited(&house, &mut owner, &tenant, MALLORY, &json!([{ "role": role }]));
        let accounts = at("service-accounts");
        let roles = json!([{ "role": role }]);
        let weak = text(&owner.does("POST", &accounts, &json!({ "name": "weak", "roles": roles }))["id"]);
        let reads = json!([{ "role": "read-only" }]);
        let strong = text(&owner.does("POST", &accounts, &json!({ "name": "strong", "roles": reads }))["id"]);
        let service_key = text(&owner.does("POST", &format!("{accounts}/{weak}/keys"), &json!({}))["key"]);
        owner.does("POST", &format!("{accounts}/{strong}/keys"), &json!({}));
        for (person, passphrase) in [(&mut owner, PASSPHRASE), (&mut mallory, MALLORYS)] {
            person.does("PUT", "/v1/me/passphrase", &json!({ "passphrase": passphrase }));
            person.adds_passkey();
        }
        let (owner_session, mallory_id) = (text(&owner.reads("/v1/me")["session"]["id"]), mallory.user());
        Self { owner: owner.user(), house, tenant, access, other, owner_session, mallory, mallory_id, service_key }
    }

    fn catalog(&self) -> PathBuf {
        self.house.data().join("identity.sqlite")
    }

    /// Whoever a sign-in let in is Mallory.
    #[track_caller]
    fn is_nobody_else(&self, signed_in: &Response, by: &str) {
        let answer = signed_in.json();
        let Some(token) = answer["token"].as_str() else { return assert!(signed_in.status >= 400, "{by}: {answer}") };
        let me = Person::with(&self.house, token).ask("GET", "/v1/me", &Value::Null);
        assert!(me.status >= 400 || me.json()["email"] == MALLORY, "{by}: {}", me.text());
    }

    /// What Mallory would be glad of, after the files were changed.
    #[track_caller]
    fn nothing_is_gained(&mut self, by: &str) {
        self.mallory.reconnects();
        let people = format!("/v1/tenants/{}/people", self.tenant);
        let tries = [("/v1/me", Some(MALLORY)), (people.as_str(), None), (&search(&self.access.source_id, ""), None)];
        for (path, own) in tries {
            let answer = self.mallory.ask("GET", path, &Value::Null);
            let is_own = answer.status == 200 && own.is_some_and(|own| answer.json()["email"] == own);
            assert!(answer.status >= 400 || is_own, "{by}: {path}: {}", answer.text());
        }
        for (email, passphrase) in [(OWNER, MALLORYS), (MALLORY, MALLORYS)] {
            let entered = json!({ "email": email, "passphrase": passphrase, "token": true });
            let answer = Person::stranger(&self.house).ask("POST", "/v1/sign-in/passphrase", &entered);
            self.is_nobody_else(&answer, &format!("{by}: sign-in as {email}"));
        }
        let answer = self.mallory.tries_passkey();
        self.is_nobody_else(&answer, &format!("{by}: passkey"));
        let mut service = Person::with(&self.house, &self.service_key);
        assert!(service.ask("GET", &search(&self.access.source_id, ""), &Value::Null).status >= 400, "{by}: service");
        let read = Person::with(&self.house, &self.access.read_key).ask("GET", &search(&self.other, ""), &Value::Null);
        assert!(read.status >= 400, "{by}: key");
    }
}

/// A copy of a closed catalog, to begin each tampering from.
fn restore(catalog: &Path, kept: &[u8]) {
    for beside in ["-wal", "-shm"] {
        drop(fs::remove_file(format!("{}{beside}", catalog.display())));
    }
    fs::write(catalog, kept).unwrap();
}

#[test]
#[expect(clippy::too_many_lines, reason = "one list of what somebody with the files could try, in order")]
fn moved_rows_and_columns_make_nobody_into_somebody_else() {
    let mut world = World::new();
    world.nothing_is_gained("before");
    assert!(world.house.stop().success());
    let kept = fs::read(world.catalog()).unwrap();
    let (owner, mallory, session) = (&world.owner, &world.mallory_id, &world.owner_session);
    let copy = |table: &str, column: &str, key: &str, from: &str, to: &str| {
        format!("UPDATE {table} SET {column} = (SELECT {column} FROM {table} WHERE {key} = '{from}') WHERE {key} = '{to}'")
    };
    let tamperings: Vec<(&str, String)> = vec![
        ("the owner's membership in Mallory's row", copy("members", "document", "user", owner, mallory)),
        (
            "Mallory's name on the owner's membership",
            format!(
                "UPDATE members SET user = 'x' WHERE user = '{mallory}'; UPDATE members SET user = '{mallory}' WHERE user = '{owner}'"
            ),
        ),
        (
            "a stronger role in the row of Mallory's",
            "CREATE TEMP TABLE kept AS SELECT id, document FROM roles;
             UPDATE roles SET document = (SELECT document FROM kept WHERE kept.id <> roles.id)"
                .to_owned(),
        ),
        (
            "addresses exchanged",
            format!(
                "CREATE TEMP TABLE kept AS SELECT id, email_index FROM users;
                 UPDATE users SET email_index = CAST(id AS BLOB);
                 UPDATE users SET email_index = (SELECT email_index FROM kept WHERE kept.id = '{mallory}') WHERE id = '{owner}';
                 UPDATE users SET email_index = (SELECT email_index FROM kept WHERE kept.id = '{owner}') WHERE id = '{mallory}'"
            ),
        ),
        ("Mallory's passphrase in the owner's account", copy("users", "secrets", "id", mallory, owner)),
        ("Mallory's whole account under the owner's id", copy("users", "document", "id", mallory, owner)),
        ("Mallory's session of the owner", format!("UPDATE sessions SET user = '{owner}' WHERE user = '{mallory}'")),
        (
            "Mallory's token on the owner's session",
            format!(
                "CREATE TEMP TABLE kept AS SELECT digest FROM sessions WHERE user = '{mallory}' LIMIT 1;
                 DELETE FROM sessions WHERE user = '{mallory}';
                 UPDATE sessions SET digest = (SELECT digest FROM kept) WHERE id = '{session}'"
            ),
        ),
        (
            "the owner's session under Mallory's id",
            format!(
                "UPDATE sessions SET document = (SELECT document FROM sessions WHERE id = '{session}') WHERE user = '{mallory}'"
            ),
        ),
        ("Mallory's passkey of the owner", format!("UPDATE passkeys SET user = '{owner}' WHERE user = '{mallory}'")),
        (
            "a weak service's key of a strong one",
            "CREATE TEMP TABLE kept AS SELECT id, account FROM service_keys;
             UPDATE service_keys SET account = (SELECT account FROM kept WHERE kept.account <> service_keys.account)"
                .to_owned(),
        ),
        (
            "a strong service's roles in a weak one's row",
            "CREATE TEMP TABLE kept AS SELECT id, document FROM service_accounts;
             UPDATE service_accounts SET document = (SELECT document FROM kept WHERE kept.id <> service_accounts.id)"
                .to_owned(),
        ),
        ("a key moved to another source", format!("UPDATE api_keys SET source = '{}'", world.other)),
    ];
    for (by, sql) in tamperings {
        restore(&world.catalog(), &kept);
        let db = Connection::open(world.catalog()).unwrap();
        db.pragma_update(None, "foreign_keys", false).unwrap();
        db.execute_batch(&sql).unwrap_or_else(|error| panic!("{by}: {error}"));
        db.close().unwrap();
        world.house.start(&world.access);
        world.nothing_is_gained(by);
        world.house.kill();
    }
    restore(&world.catalog(), &kept);
    world.house.start(&world.access);
    world.mallory.reconnects();
    assert_eq!(world.mallory.reads("/v1/me")["email"], MALLORY, "untouched, it is all there");
}

#[test]
fn no_name_and_no_secret_of_anybody_is_in_any_file() {
    const PERSON: &str = "canaryperson4hTq8z";
    const FRIEND: &str = "canaryfriend6mWe2p";
    const WORDS: &str = "canarypassphrase nine tall herons 7Rk";
    const ROLE: &str = "canaryrole5Gd9Yx";
    const PASSKEY: &str = "canarypasskey3Bv7Lq";
    let (mut house, link) = House::open_empty();
    let Founded { tenant, access, mut owner } = Founded::by(&house, &link, &format!("{PERSON}@canarymail2Jf6.example"));
    owner.does("PATCH", "/v1/me", &json!({ "name": "Canary Surname8Tn1Cs" }));
    owner.does("PUT", "/v1/me/passphrase", &json!({ "passphrase": WORDS }));
    let secret = text(&owner.does("POST", "/v1/me/totp/start", &json!({}))["secret"]);
    let codes = owner.does("POST", "/v1/me/recovery-codes", &json!({}))["codes"].clone();
    owner.adds_passkey();
    let passkey = text(&owner.reads("/v1/me/passkeys")["passkeys"][0]["id"]);
    owner.does("PATCH", &format!("/v1/me/passkeys/{passkey}"), &json!({ "name": PASSKEY }));
    let role = json!({ "name": ROLE, "description": "canarydescription0Kp", "permissions": ["logs:read"] });
    owner.does("POST", &format!("/v1/tenants/{tenant}/roles"), &role);
    let invited = json!({ "email": format!("{FRIEND}@example.com"), "roles": [{ "role": "member" }] });
    let invitation = owner.does("POST", &format!("/v1/tenants/{tenant}/invitations"), &invited);
    let link = text(&invitation["link"]);
    let (code, invitation) = (text(&codes[0]), link.split_once('#').unwrap().1);
    let token = owner.token.clone();
    let secrets = [
        ("an address", PERSON),
        ("an address's domain", "canarymail2jf6"),
        ("a name", "Surname8Tn1Cs"),
        ("an invited address", FRIEND),
        ("a passphrase", WORDS),
        ("a secret of one-time codes", &secret),
        ("a recovery code", &code),
        ("a passkey's name", PASSKEY),
        ("a role's name", ROLE),
        ("a role's description", "canarydescription0Kp"),
        ("a session's token", &token),
        ("an invitation's token", invitation),
    ];
    assert_eq!(readable(house.data(), &secrets), [""; 0], "while it runs");
    house.kill();
    assert_eq!(readable(house.data(), &secrets), [""; 0], "after a kill");
    house.start(&access);
    assert!(house.stop().success());
    assert_eq!(readable(house.data(), &secrets), [""; 0], "after a stop");
    // Addresses are kept in lower case.
    let log = house.log().to_lowercase();
    let logged: Vec<_> =
        secrets.iter().filter(|(_, secret)| log.contains(&secret.to_lowercase())).map(|(what, _)| what).collect();
    assert!(logged.is_empty(), "in the server's own log: {logged:?}");
}
