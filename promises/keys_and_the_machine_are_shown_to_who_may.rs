//! Which data keys a tenant's sources have, and what runs here, is shown to whoever may know it, and never a key itself.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::eventually;
use crate::house::House;
use crate::person::{Founded, Person, text};

const PART_MAX: Duration = Duration::from_secs(60);

#[test]
fn each_source_has_a_data_key_of_today_once_it_sealed() {
    let (mut house, link) = House::open_empty();
    let mut founded = Founded::by(&house, &link, "ada@example.com");
    let path = format!("/v1/tenants/{}/data-keys", founded.tenant);
    founded.owner.does("POST", &format!("/v1/tenants/{}/sources", founded.tenant), &json!({"name": "quiet"}));
    founded.access.send(&mut house.client(&founded.access), r#"{"message":"a line"}"#);
    let told = founded.owner.reads(&path);
    let [first, quiet] = &told["sources"].as_array().unwrap()[..] else { panic!("two sources: {told}") };
    assert_eq!((&quiet["name"], quiet["keys"].as_array().unwrap().len()), (&json!("quiet"), 0), "what seals nothing has no key");
    let today = &text(&told["now"])[..10];
    assert_eq!((&first["keys"][0]["day"], &first["keys"][0]["state"]), (&json!(today), &json!("seals")), "{first}");
    assert_eq!((&first["keys"][0]["parts"], &told["whole"]), (&json!(0), &json!(2)), "it is in the journal only");

    // A stop writes what is fresh as a part.
    house.stop();
    house.start(&founded.access);
    let counted = eventually("the part is counted under its key", PART_MAX, || {
        let mut owner = Person::with(&house, &founded.owner.token);
        let key = owner.reads(&path)["sources"][0]["keys"][0].clone();
        (key["parts"] == 1).then_some(key)
    });
    assert_eq!(counted["records"], 1);
    assert!(counted["sealed_bytes"].as_u64().unwrap() > 0, "{counted}");
    let mut stranger = Person::stranger(&house);
    assert_eq!(stranger.refused("GET", &path, &Value::Null).0, 401);
}

#[test]
fn whoever_runs_the_installation_sees_what_runs_and_nobody_else() {
    let (house, link) = House::open_empty();
    let mut founded = Founded::by(&house, &link, "ada@example.com");
    let refused = founded.owner.refused("GET", "/v1/system", &Value::Null);
    assert_eq!(refused, (403, "permission_missing".to_owned()));
    let staff = house.run(&["admin", "create-staff", "--kind", "operator", "--email", "olga@example.com", "--name", "Olga"]);
    let mut operator = Person::with(&house, &text(&staff["token"]));
    operator.adds_passkey();
    let before = operator.reads("/v1/system");
    assert_eq!((&before["tls"]["oldest"], &before["storage"]["takes_logs"]), (&json!("1.3"), &json!(true)), "{before}");
    assert!(before["storage"]["room"]["free_bytes"].as_u64() <= before["storage"]["room"]["total_bytes"].as_u64());
    assert_eq!(text(&before["tls"]["certificate"]["fingerprint"]).len(), 95, "32 bytes as browsers show them");

    let mut plainly = TcpStream::connect(house.address()).unwrap();
    plainly.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
    let mut answer = String::new();
    plainly.read_to_string(&mut answer).unwrap();
    assert!(answer.contains("plain_http"), "{answer}");
    let after = operator.reads("/v1/system");
    let plain = |told: &Value| told["connections"]["refused"]["plain_http"].as_u64().unwrap();
    assert!(plain(&after) > plain(&before), "{after}");
    assert!(!after.to_string().contains(&founded.tenant), "nothing of a tenant");
}

#[test]
fn what_arrived_is_shown_with_a_source_and_to_see_it_reads_nothing() {
    let (mut house, link) = House::open_empty();
    let mut founded = Founded::by(&house, &link, "ada@example.com");
    let (tenant, access) = (founded.tenant.clone(), founded.access.clone());
    let (all, trail) = (format!("/v1/tenants/{tenant}/sources"), format!("/v1/tenants/{tenant}/audit?limit=1000"));
    founded.owner.does("POST", &all, &json!({"name": "quiet"}));
    founded.access.send(&mut house.client(&access), r#"{"level":"info","message":"This is the first log line"}"#);
    let told = founded.owner.reads(&all);
    let [first, quiet] = &told["sources"].as_array().unwrap()[..] else { panic!("two sources: {told}") };
    assert_eq!(quiet["arrivals"], json!([]));
    let [arrival] = &first["arrivals"].as_array().unwrap()[..] else { panic!("one day: {first}") };
    assert_eq!(arrival["bytes"], 47, "as a quota counts it");
    assert!(text(&arrival["last_at"]).starts_with(&text(&arrival["day"])), "{arrival}");
    let one = format!("/v1/sources/{}", access.source_id);
    assert_eq!(founded.owner.reads(&one)["arrivals"], first["arrivals"]);

    // A stop writes down what was counted, and when.
    house.stop();
    house.start(&access);
    let mut owner = Person::with(&house, &founded.owner.token);
    assert_eq!(owner.reads(&one)["arrivals"], first["arrivals"]);
    let entries = owner.reads(&trail);
    assert!(entries.to_string().contains("source_created") && !entries.to_string().contains("records_read"), "{entries}");
    owner.reads(&format!("{one}/histogram"));
    assert!(owner.reads(&trail).to_string().contains("records_read"), "a search would have been told");
}

#[test]
fn how_many_keys_of_a_source_count_is_shown_to_whoever_sees_it() {
    let (house, link) = House::open_empty();
    let mut founded = Founded::by(&house, &link, "ada@example.com");
    let (tenant, source) = (founded.tenant.clone(), founded.access.source_id.clone());
    let all = format!("/v1/tenants/{tenant}/sources");
    let second = founded.owner.does("POST", &all, &json!({"name": "second"}));
    assert_eq!(second["active_keys"], 0);
    let keys = format!("/v1/sources/{source}/keys");
    let key = founded.owner.does("POST", &keys, &json!({"kind": "write", "name": "third"}));
    let counts = |told: &Value| told["sources"].as_array().unwrap().iter().map(|one| one["active_keys"].clone()).collect();
    let counted: Vec<Value> = counts(&founded.owner.reads(&all));
    assert_eq!(counted, [3, 0]);
    founded.owner.does("DELETE", &format!("{keys}/{}", text(&key["id"])), &Value::Null);

    let role = json!({ "name": "looks", "permissions": ["tenant:view", "source:view"] });
    let role = founded.owner.does("POST", &format!("/v1/tenants/{tenant}/roles"), &role);
    let roles = json!([{ "role": role["id"] }]);
    let mut looks = Person::invited(&house, &mut founded.owner, &tenant, "ben@example.com", &roles);
    let counted: Vec<Value> = counts(&looks.reads(&all));
    assert_eq!(counted, [2, 0], "one was revoked");
    assert_eq!(looks.reads(&format!("/v1/sources/{source}"))["active_keys"], 2);
    assert_eq!(looks.refused("GET", &keys, &Value::Null), (403, "permission_missing".to_owned()), "how many, and not which");
}
