//! Who writes into the files of people, keys, the trail and the evidence, beside the server.

use std::path::Path;

use rusqlite::Connection;
use serde_json::json;

use super::undo::{Kept, Undo, run};
use super::world::{OWNER, World};

pub(super) fn unrevoked_keys(world: &mut World) -> Undo {
    change(&world.catalog(), "api_keys", "revoked_at IS NOT NULL", "revoked_at = NULL")
}

pub(super) fn key_in_clear(world: &mut World) -> Undo {
    let row = format!("source = '{}' AND kind = 'write'", world.access.source_id);
    change(&world.catalog(), "api_keys", &row, &format!("digest = CAST('{}' AS BLOB)", world.access.write_key))
}

pub(super) fn address_in_clear(world: &mut World) -> Undo {
    let catalog = world.catalog();
    run(&catalog, &format!("CREATE TABLE remarks (about TEXT); INSERT INTO remarks VALUES ('{OWNER}')"));
    Undo::sql(&catalog, "DROP TABLE remarks")
}

pub(super) fn passphrase_of_another(world: &mut World) -> Undo {
    let row = format!("id = '{}'", world.owner_id);
    let copied = format!("secrets = (SELECT secrets FROM users WHERE id = '{}')", world.member_id);
    change(&world.catalog(), "users", &row, &copied)
}

/// The owner demands a second factor, and somebody with the file takes that back unseen.
pub(super) fn older_rule(world: &mut World) -> Undo {
    let path = format!("/v1/tenants/{}/sign-in", world.tenant);
    let older = Kept::of(&world.catalog(), "tenant_settings", &format!("tenant = '{}'", world.tenant));
    // Whoever did nothing for so long was hung up on.
    world.owner.reconnects();
    world.owner.does("PUT", &path, &json!({ "second_factor": "required" }));
    older.put_back();
    Undo::by(move |world| {
        world.owner.reconnects();
        drop(world.owner.does("PUT", &path, &json!({ "second_factor": "recommended" })));
    })
}

pub(super) fn no_owner(world: &mut World) -> Undo {
    let row = format!("tenant = '{}' AND user = '{}'", world.tenant, world.owner_id);
    remove(&world.catalog(), "members", &row)
}

pub(super) fn made_up_tenant(world: &mut World) -> Undo {
    let catalog = world.catalog();
    run(&catalog, "INSERT INTO tenants VALUES ('0000000000000000', x'00', randomblob(32), 0)");
    Undo::sql(&catalog, "DELETE FROM tenants WHERE id = '0000000000000000'")
}

/// The file's own rule against it is taken away first, as anybody with the file can.
pub(super) fn edited_entry(world: &mut World) -> Undo {
    const RULE: &str = "SELECT sql FROM sqlite_schema WHERE name = 'audit_entries_are_final'";
    let catalog = world.catalog();
    let rule: String = Connection::open(&catalog).unwrap().query_row(RULE, [], |row| row.get(0)).unwrap();
    run(&catalog, "DROP TRIGGER audit_entries_are_final");
    let entry = |sequence: u32| format!("log = 'tenant/{}' AND sequence = {sequence}", world.tenant);
    let edited = format!("entry = (SELECT entry FROM audit_entries WHERE {})", entry(1));
    let undo = change(&catalog, "audit_entries", &entry(2), &edited);
    Undo::by(move |world| {
        undo.restore(world);
        run(&catalog, &rule);
    })
}

pub(super) fn other_evidence(world: &mut World) -> Undo {
    let evidence = world.house.data().join("evidence.sqlite");
    let newest = |claim: &str| format!("(SELECT max(place) FROM evidence WHERE claim = '{claim}' AND entry IS NOT NULL)");
    let others = format!("envelope = (SELECT envelope FROM evidence WHERE place = {})", newest("TIM-TLS-2"));
    change(&evidence, "evidence", &format!("place = {}", newest("TIM-TLS-3")), &others)
}

pub(super) fn change(file: &Path, table: &'static str, condition: &str, change: &str) -> Undo {
    let undo = Undo::rows(file, table, condition);
    run(file, &format!("UPDATE {table} SET {change} WHERE {condition}"));
    undo
}

pub(super) fn remove(file: &Path, table: &'static str, condition: &str) -> Undo {
    let undo = Undo::rows(file, table, condition);
    run(file, &format!("DELETE FROM {table} WHERE {condition}"));
    undo
}
