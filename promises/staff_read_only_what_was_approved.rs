//! Staff read only what was approved: nothing before the tenant allows asking and one of its people signs the exact words
//! of the request with a passkey; then one source, reading only, marked and told; and nothing once it is ended.

use serde_json::{Value, json};

use crate::house::{Access, House};
use crate::person::{Founded, Person, search, text};

const LINE: &str = r#"{"message":"a line of the tenant","n":1}"#;
const MARK: &str = "x-blockhouse-staff-access";

struct World {
    house: House,
    tenant: String,
    access: Access,
    owner: Person,
    engineer: Person,
}

impl World {
    /// An owner and an engineer, each with a passkey; a source with one line.
    #[track_caller]
    fn new() -> Self {
        let (house, link) = House::open_empty();
        let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
        owner.adds_passkey();
        access.send(&mut house.client(&access), LINE);
        let engineer = staff(&house, "engineer");
        Self { house, tenant, access, owner, engineer }
    }

    fn path(&self, what: &str) -> String {
        format!("/v1/tenants/{}/{what}", self.tenant)
    }

    fn request(&self) -> Value {
        json!({
            "tenant": self.tenant,
            "source": self.access.source_id,
            "reason": "incident",
            "explanation": "searches of the last hour fail",
            "ticket": "T-1",
            "minutes": 30,
        })
    }

    #[track_caller]
    fn allows_asking(&mut self) {
        let path = self.path("staff-access");
        self.owner.does("PUT", &path, &json!({ "level": "on_approval" }));
    }

    #[track_caller]
    fn asks(&mut self) -> String {
        let request = self.request();
        let made = self.engineer.does("POST", "/v1/access", &request);
        assert_eq!(made["state"], "pending");
        text(&made["id"])
    }

    #[track_caller]
    fn approves(&mut self, id: &str) -> String {
        let path = self.path(&format!("access/{id}/approve"));
        let (statement, signed) = self.owner.signs(&format!("{path}/start"));
        let approved = self.owner.does("POST", &format!("{path}/finish"), &json!({ "answer": signed }));
        assert_eq!(approved["state"], "approved");
        statement
    }

    #[track_caller]
    fn begins(&mut self, id: &str) {
        let (_, signed) = self.engineer.signs(&format!("/v1/access/{id}/start"));
        self.engineer.renews("POST", &format!("/v1/access/{id}/begin"), json!({ "answer": signed }));
    }

    /// The engineer reads nothing; why.
    #[track_caller]
    fn nothing_is_read(&mut self) -> (u16, String) {
        let path = search(&self.access.source_id, "");
        self.engineer.refused("GET", &path, &Value::Null)
    }

    fn notices(&mut self) -> Vec<String> {
        let notices = self.owner.reads("/v1/me/notices")["notices"].clone();
        let told = notices.as_array().unwrap().iter().rev().map(|one| text(&one["notice"]));
        told.filter(|one| one.starts_with("staff_")).collect()
    }

    /// The tenant's trail of this access, the oldest first.
    fn trail(&self) -> Vec<Value> {
        let entries = self.house.run(&["audit", "entries", "--tenant", "Acme", "--limit", "1000"]);
        let mut entries = entries.as_array().unwrap().clone();
        entries.reverse();
        entries.retain(|entry| {
            let kind = entry["event"]["type"].as_str().unwrap();
            kind.starts_with("staff_") || kind == "records_read" && entry["actor"]["kind"] == "staff"
        });
        entries
    }
}

#[track_caller]
pub(crate) fn staff(house: &House, kind: &str) -> Person {
    let email = format!("{kind}@staff.example");
    let made = house.run(&["admin", "create-staff", "--kind", kind, "--email", &email, "--name", "Eve of staff"]);
    let mut person = Person::with(house, &text(&made["token"]));
    person.adds_passkey();
    person
}

const NOT_APPROVED: (u16, &str) = (403, "access_not_approved");

#[track_caller]
fn check(refused: &(u16, String), expected: (u16, &str)) {
    assert_eq!((refused.0, refused.1.as_str()), expected);
}

#[test]
fn nothing_is_read_before_the_tenant_s_passkey_approved_it() {
    let mut world = World::new();
    let request = world.request();
    check(&world.engineer.refused("POST", "/v1/access", &request), (403, "access_never"));
    check(&world.nothing_is_read(), NOT_APPROVED);

    world.allows_asking();
    let id = world.asks();
    check(&world.nothing_is_read(), NOT_APPROVED);
    check(&world.engineer.refused("POST", &format!("/v1/access/{id}/start"), &json!({})), (409, "access_state"));
    // Nobody of staff approves, with whatever passkey.
    let approve = world.path(&format!("access/{id}/approve"));
    assert!(matches!(world.engineer.refused("POST", &format!("{approve}/start"), &json!({})).0, 403 | 404));

    // A signature is for the words of one request.
    let other = world.asks();
    let (words, signed) = world.owner.signs(&format!("{}/start", world.path(&format!("access/{other}/approve"))));
    assert!(words.contains(&other) && words.contains("searches of the last hour fail"), "{words}");
    check(&world.owner.refused("POST", &format!("{approve}/finish"), &json!({ "answer": signed })), (403, "signature_refused"));
    check(&world.nothing_is_read(), NOT_APPROVED);

    let words = world.approves(&id);
    assert!(words.contains(&id) && words.contains(&world.access.source_id) && words.contains("approve"), "{words}");
    check(&world.nothing_is_read(), NOT_APPROVED);
    world.begins(&id);
    let source = world.access.source_id.clone();
    assert_eq!(world.engineer.finds(&source, "tenant").len(), 1);
}

#[test]
fn one_source_is_read_and_nothing_else_until_the_tenant_ends_it() {
    let mut world = World::new();
    world.allows_asking();
    let sources = world.path("sources");
    let other = text(&world.owner.does("POST", &sources, &json!({ "name": "other" }))["id"]);
    let (id, source) = (world.asks(), world.access.source_id.clone());
    world.approves(&id);
    world.begins(&id);

    let sql = json!({ "sql": "select count(*) from logs" });
    let record = text(&world.engineer.finds(&source, "")[0]["id"]);
    let questions = [
        ("GET", "search?q=tenant".to_owned(), &Value::Null),
        ("GET", "histogram".to_owned(), &Value::Null),
        ("GET", "fields".to_owned(), &Value::Null),
        ("GET", "fields/level".to_owned(), &Value::Null),
        ("GET", format!("context?id={record}"), &Value::Null),
        ("GET", format!("origin?id={record}"), &Value::Null),
        ("POST", "sql".to_owned(), &sql),
    ];
    for (method, what, body) in &questions {
        let answer = world.engineer.ask(method, &format!("/v1/sources/{source}/{what}"), body);
        assert_eq!((answer.status, answer.header(MARK)), (200, Some(id.as_str())), "{what}: {}", answer.text());
    }
    for path in [search(&other, ""), format!("/v1/sources/{other}")] {
        assert!(matches!(world.engineer.refused("GET", &path, &Value::Null).0, 403 | 404), "{path}");
    }
    let acts = [
        ("POST", format!("/sources/{source}/frames"), json!({ "message": "planted" })),
        ("PATCH", format!("/v1/sources/{source}"), json!({ "retention_days": 1 })),
        ("POST", format!("/v1/sources/{source}/keys"), json!({ "kind": "read", "name": "mine" })),
        ("GET", world.path("people"), Value::Null),
        ("POST", world.path("sources"), json!({ "name": "mine" })),
        ("PUT", world.path("staff-access"), json!({ "level": "break_glass" })),
        ("GET", world.path("access"), Value::Null),
    ];
    for (method, path, body) in &acts {
        assert!(matches!(world.engineer.refused(method, path, body).0, 401 | 403 | 404), "{method} {path}");
    }

    let end = world.path(&format!("access/{id}/end"));
    assert_eq!(world.owner.does("POST", &end, &json!({}))["state"], "ended");
    check(&world.nothing_is_read(), NOT_APPROVED);
    check(&world.engineer.refused("POST", &format!("/v1/access/{id}/start"), &json!({})), (409, "access_state"));
}

#[test]
fn every_step_is_told_to_the_tenant() {
    let mut world = World::new();
    world.allows_asking();
    let (id, source) = (world.asks(), world.access.source_id.clone());
    world.approves(&id);
    world.begins(&id);
    world.engineer.finds(&source, "line tenant");
    world.engineer.finds(&source, "nothing-like-it");
    world.engineer.does("POST", &format!("/v1/access/{id}/end"), &json!({}));
    check(&world.nothing_is_read(), NOT_APPROVED);

    let (path, engineer) = (world.path("access"), world.engineer.user());
    let owner = world.owner.user();
    let people = world.owner.reads(&path)["people"].clone();
    assert_eq!(people, json!({ engineer: "Eve of staff", owner: "Ada Lovelace" }), "who asked and who approved, by name");

    let told = ["staff_access_configured", "staff_access_requested", "staff_access_started", "staff_access_ended"];
    assert_eq!(world.notices(), told);
    let trail = world.trail();
    let types: Vec<&str> = trail.iter().map(|entry| entry["event"]["type"].as_str().unwrap()).collect();
    let asked = ["records_read", "staff_question_asked"];
    let steps = ["staff_access_requested", "staff_access_approved", "staff_access_started"];
    let expected = [&["staff_access_configured"][..], &steps, &asked, &asked, &["staff_access_ended"]].concat();
    assert_eq!(types, expected);
    let behalf = json!({ "kind": "access_request", "id": id });
    for entry in &trail[4..8] {
        assert_eq!((&entry["actor"]["kind"], &entry["on_behalf_of"]), (&json!("staff"), &behalf), "{entry}");
    }
    let questions: Vec<_> =
        [&trail[5], &trail[7]].map(|entry| (entry["event"]["text"].clone(), entry["event"]["records"].clone())).into();
    assert_eq!(questions, [(json!("line tenant"), json!(1)), (json!("nothing-like-it"), json!(0))]);
}

#[test]
fn operators_reach_nothing_of_a_tenant() {
    let mut world = World::new();
    world.allows_asking();
    let mut operator = staff(&world.house, "operator");
    operator.reads("/v1/tenants");
    let source = world.access.source_id.clone();
    let request = world.request();
    check(&operator.refused("POST", "/v1/access", &request), (403, "not_an_engineer"));
    let sql = json!({ "sql": "select * from logs" });
    let acts = [
        ("GET", search(&source, ""), Value::Null),
        ("POST", format!("/v1/sources/{source}/sql"), sql),
        ("GET", format!("/v1/sources/{source}/tail"), Value::Null),
        ("GET", format!("/v1/sources/{source}"), Value::Null),
        ("GET", format!("/v1/sources/{source}/keys"), Value::Null),
        ("POST", format!("/v1/sources/{source}/keys"), json!({ "kind": "read", "name": "mine" })),
        ("GET", format!("/v1/tenants/{}", world.tenant), Value::Null),
        ("GET", world.path("sources"), Value::Null),
        ("GET", world.path("people"), Value::Null),
        ("POST", world.path("invitations"), json!({ "email": "friend@example.com", "roles": [{ "role": "owner" }] })),
        ("GET", world.path("roles"), Value::Null),
        ("GET", world.path("access"), Value::Null),
        ("PUT", world.path("staff-access"), json!({ "level": "break_glass" })),
    ];
    for (method, path, body) in &acts {
        assert!(matches!(operator.refused(method, path, body).0, 403 | 404), "{method} {path}");
    }
    // Nor does an invitation make one of staff a member.
    let invited = json!({ "email": "operator@staff.example", "roles": [{ "role": "member" }] });
    let invitations = world.path("invitations");
    check(&world.owner.refused("POST", &invitations, &invited), (409, "is_staff"));
}
