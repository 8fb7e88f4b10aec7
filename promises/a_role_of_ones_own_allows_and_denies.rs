//! A role of one's own allows what it says and denies the rest: each permission on its own, on one source or on all, from
//! the next request on; nobody makes themselves stronger, and a tenant keeps an owner.

use serde_json::{Value, json};

use crate::house::House;
use crate::person::{Founded, Person, search, text};

/// What each permission is for: method, path and body, where `{t}` is the tenant and `{s}` the source.
fn uses() -> Vec<(&'static str, &'static str, &'static str, Value)> {
    let nobody = "/v1/tenants/{t}/access/0000000000000000/deny";
    vec![
        ("logs:read", "GET", "/v1/sources/{s}/search", Value::Null),
        ("logs:write", "POST", "/sources/{s}/frames", json!({ "message": "written by a person" })),
        ("source:view", "GET", "/v1/sources/{s}", Value::Null),
        ("source:configure", "PATCH", "/v1/sources/{s}", json!({ "retention_days": 30 })),
        ("keys:view", "GET", "/v1/sources/{s}/keys", Value::Null),
        ("keys:manage", "DELETE", "/v1/sources/{s}/keys/0000000000000000", Value::Null),
        ("tenant:view", "GET", "/v1/tenants/{t}", Value::Null),
        ("sources:create", "POST", "/v1/tenants/{t}/sources", json!({ "name": "of a colleague" })),
        ("people:view", "GET", "/v1/tenants/{t}/people", Value::Null),
        (
            "people:manage",
            "POST",
            "/v1/tenants/{t}/invitations",
            json!({ "email": "new@example.com", "roles": [{ "role": "member" }] }),
        ),
        ("roles:view", "GET", "/v1/tenants/{t}/roles", Value::Null),
        ("roles:manage", "POST", "/v1/tenants/{t}/roles", json!({ "name": "stronger", "permissions": ["access:configure"] })),
        ("sign-in:manage", "PUT", "/v1/tenants/{t}/sign-in", json!({ "second_factor": "recommended" })),
        ("services:manage", "GET", "/v1/tenants/{t}/service-accounts", Value::Null),
        ("access:view", "GET", "/v1/tenants/{t}/access", Value::Null),
        ("access:approve", "POST", nobody, json!({})),
        ("access:configure", "PUT", "/v1/tenants/{t}/staff-access", json!({ "level": "never" })),
    ]
}

struct World {
    house: House,
    tenant: String,
    owner: Person,
    source: String,
    other: String,
    colleague: Person,
    colleague_id: String,
    role: String,
}

const MISSING: (u16, &str) = (403, "permission_missing");

impl World {
    /// A colleague whose role reads one of two sources.
    #[track_caller]
    fn new() -> Self {
        let (house, link) = House::open_empty();
        let Founded { tenant, access, mut owner } = Founded::by(&house, &link, "ada@example.com");
        access.send(&mut house.client(&access), r#"{"message":"one line"}"#);
        let other = owner.does("POST", &format!("/v1/tenants/{tenant}/sources"), &json!({ "name": "other" }));
        let reads = json!({ "name": "reads", "permissions": ["logs:read"] });
        let role = text(&owner.does("POST", &format!("/v1/tenants/{tenant}/roles"), &reads)["id"]);
        let roles = json!([{ "role": role, "source": access.source_id }]);
        let mut colleague = Person::invited(&house, &mut owner, &tenant, "ben@example.com", &roles);
        let (colleague_id, other) = (colleague.user(), text(&other["id"]));
        Self { house, tenant, owner, source: access.source_id, other, colleague, colleague_id, role }
    }

    fn path(&self, what: &str) -> String {
        format!("/v1/tenants/{}/{what}", self.tenant)
    }

    #[track_caller]
    fn changes_role(&mut self, permissions: &[&str]) {
        let path = self.path(&format!("roles/{}", self.role));
        self.owner.does("PUT", &path, &json!({ "name": "reads", "permissions": permissions }));
    }

    #[track_caller]
    fn gives(&mut self, roles: &Value) {
        let path = self.path(&format!("people/{}", self.colleague_id));
        self.owner.does("PUT", &path, &json!({ "roles": roles }));
    }

    /// Which permissions the colleague has the use of.
    fn allowed(&mut self) -> Vec<&'static str> {
        let mut allowed = Vec::new();
        for (permission, method, path, body) in uses() {
            let path = path.replace("{t}", &self.tenant).replace("{s}", &self.source);
            let answer = self.colleague.ask(method, &path, &body);
            let code = text(&answer.json().get("code").cloned().unwrap_or(json!("")));
            assert!(matches!(answer.status, 200..=499) && answer.status != 401, "{method} {path}: {}", answer.text());
            if (answer.status, code.as_str()) != MISSING {
                allowed.push(permission);
            }
        }
        allowed
    }

    /// Which of those permissions the tenant's people are told that the colleague has.
    #[track_caller]
    fn told(&mut self) -> Vec<String> {
        let path = self.path(&format!("people/{}/abilities", self.colleague_id));
        let abilities = self.owner.reads(&path)["abilities"].clone();
        let allowed = abilities.as_array().unwrap().iter().filter(|one| one["allowed"] == true);
        let used = uses();
        allowed.map(|one| text(&one["permission"])).filter(|one| used.iter().any(|(known, ..)| known == one)).collect()
    }
}

#[test]
fn a_role_on_one_source_reads_that_one_and_does_nothing_else() {
    let mut world = World::new();
    assert_eq!(world.colleague.finds(&world.source, "line").len(), 1);
    let elsewhere = world.colleague.refused("GET", &search(&world.other, ""), &Value::Null);
    assert!(matches!(elsewhere.0, 403 | 404), "{elsewhere:?}");
    assert_eq!(world.allowed(), ["logs:read"]);
    assert_eq!(world.told(), ["logs:read"]);
}

#[test]
fn each_permission_allows_what_it_says_and_nothing_else() {
    let mut world = World::new();
    let role = json!([{ "role": world.role }]);
    world.gives(&role);
    for (permission, ..) in uses() {
        world.changes_role(&[permission]);
        assert_eq!(world.allowed(), [permission]);
        assert_eq!(world.told(), [permission]);
        let own = world.colleague.reads("/v1/me/abilities");
        let own = own["abilities"].as_array().unwrap().iter().filter(|one| one["allowed"] == true);
        assert_eq!(own.map(|one| text(&one["permission"])).collect::<Vec<_>>(), [permission], "what one is told of oneself");
    }
}

#[test]
fn a_role_that_is_changed_or_taken_away_counts_from_the_next_request_on() {
    let mut world = World::new();
    let read = search(&world.source, "");
    world.colleague.reads(&read);
    world.changes_role(&["source:view"]);
    assert_eq!(world.colleague.refused("GET", &read, &Value::Null).0, 403);
    world.changes_role(&["logs:read"]);
    world.colleague.reads(&read);
    let person = world.path(&format!("people/{}", world.colleague_id));
    world.owner.does("DELETE", &person, &Value::Null);
    assert!(matches!(world.colleague.refused("GET", &read, &Value::Null).0, 403 | 404));
    assert_eq!(world.colleague.reads("/v1/me")["tenants"], json!([]));
}

#[test]
fn nobody_makes_themselves_stronger() {
    let mut world = World::new();
    world.changes_role(&["roles:manage", "people:manage", "logs:read"]);
    let role = json!([{ "role": world.role }]);
    world.gives(&role);
    let escalation = (403, "escalation".to_owned());
    let (roles, own) = (world.path("roles"), world.path(&format!("roles/{}", world.role)));
    let (me, invitations) = (world.path(&format!("people/{}", world.colleague_id)), world.path("invitations"));
    let stronger = json!({ "name": "keys", "permissions": ["logs:read", "keys:manage"] });
    assert_eq!(world.colleague.refused("POST", &roles, &stronger), escalation);
    assert_eq!(world.colleague.refused("PUT", &own, &stronger), escalation);
    for role in ["owner", "admin", "member"] {
        let grants = json!([{ "role": role }]);
        assert_eq!(world.colleague.refused("PUT", &me, &json!({ "roles": grants })), escalation, "{role}");
        let invited = json!({ "email": "friend@example.com", "roles": grants });
        assert_eq!(world.colleague.refused("POST", &invitations, &invited), escalation, "{role}");
    }
    // Nor stronger than they are by a key that reads for them.
    let (keys, read_key) = (format!("/v1/sources/{}/keys", world.source), json!({ "kind": "read", "name": "mine" }));
    world.changes_role(&["keys:manage"]);
    assert_eq!(world.colleague.refused("POST", &keys, &read_key), (MISSING.0, MISSING.1.to_owned()));
    world.changes_role(&["keys:manage", "logs:read"]);
    world.colleague.does("POST", &keys, &read_key);

    world.changes_role(&["roles:manage", "people:manage", "logs:read"]);
    let weaker = json!({ "name": "weaker", "permissions": ["logs:read"] });
    let weaker = text(&world.colleague.does("POST", &roles, &weaker)["id"]);
    world.colleague.does("DELETE", &world.path(&format!("roles/{weaker}")), &Value::Null);
}

#[test]
fn a_role_that_somebody_has_stays_and_a_tenant_keeps_an_owner() {
    let mut world = World::new();
    let role = world.path(&format!("roles/{}", world.role));
    assert_eq!(world.owner.refused("DELETE", &role, &Value::Null), (409, "role_in_use".to_owned()));
    world.gives(&json!([{ "role": "read-only" }]));
    world.owner.does("DELETE", &role, &Value::Null);

    let me = world.owner.user();
    let last = (409, "last_owner".to_owned());
    let own = world.path(&format!("people/{me}"));
    assert_eq!(world.owner.refused("DELETE", &own, &Value::Null), last);
    assert_eq!(world.owner.refused("PUT", &own, &json!({ "roles": [{ "role": "admin" }] })), last);
    world.gives(&json!([{ "role": "owner" }]));
    world.owner.does("DELETE", &own, &Value::Null);
    assert_eq!(world.colleague.reads(&world.path("people"))["people"].as_array().unwrap().len(), 1);
}

#[test]
fn a_member_s_sessions_are_seen_and_ended_by_whoever_manages_people_here_alone() {
    let mut world = World::new();
    let sessions = world.path(&format!("people/{}/sessions", world.colleague_id));
    let shown = world.owner.reads(&sessions)["sessions"].clone();
    assert_eq!((shown.as_array().map(Vec::len), &shown[0]["own"]), (Some(1), &json!(false)), "{shown}");
    let colleagues = format!("{sessions}/{}", text(&shown[0]["id"]));
    world.changes_role(&["people:view"]);
    let missing = (MISSING.0, MISSING.1.to_owned());
    world.gives(&json!([{ "role": world.role }]));
    assert_eq!(world.colleague.refused("GET", &sessions, &Value::Null), missing);

    // Whoever manages people signs out nobody who may do more than they.
    world.changes_role(&["people:view", "people:manage"]);
    let owner = world.owner.user();
    let owners = world.path(&format!("people/{owner}/sessions"));
    let of_owner = format!("{owners}/{}", text(&world.colleague.reads(&owners)["sessions"][0]["id"]));
    assert_eq!(world.colleague.refused("DELETE", &of_owner, &Value::Null), (403, "escalation".to_owned()));

    // In a tenant that a session does not work in, it does not exist.
    let elsewhere = text(&world.house.run(&["admin", "create-tenant", "Other"])["id"]);
    let invited = world.house.run(&["admin", "invite", "--tenant", "Other", "--email", "ada@example.com", "--role", "owner"]);
    world.owner.does("POST", "/v1/invitations/accept", &json!({ "invitation": invited["token"] }));
    world.owner.renews("POST", "/v1/me/tenant", json!({ "tenant": elsewhere }));
    assert_eq!(world.colleague.reads(&owners)["sessions"], json!([]));
    let foreign = format!("/v1/tenants/{elsewhere}/people/{}/sessions", world.colleague_id);
    assert_eq!(world.owner.refused("GET", &foreign, &Value::Null), (404, "not_found".to_owned()));

    world.owner.renews("POST", "/v1/me/tenant", json!({ "tenant": world.tenant }));
    assert_eq!(world.owner.ask("DELETE", &colleagues, &Value::Null).status, 204);
    assert_eq!(world.colleague.refused("GET", "/v1/me", &Value::Null), (401, "session_ended".to_owned()));
    assert_eq!(world.owner.refused("DELETE", &colleagues, &Value::Null), (404, "not_found".to_owned()));
    let told = world.house.run(&["audit", "entries", "--tenant", "Acme", "--event", "session_ended"]);
    assert_eq!(told[0]["event"]["user"], json!(world.colleague_id));
}

#[test]
fn a_service_account_does_what_its_role_says_while_its_key_lives() {
    let mut world = World::new();
    let accounts = world.path("service-accounts");
    let roles = json!([{ "role": world.role, "source": world.source }]);
    let account = text(&world.owner.does("POST", &accounts, &json!({ "name": "dashboard", "roles": roles }))["id"]);
    let made = world.owner.does("POST", &format!("{accounts}/{account}/keys"), &json!({}));
    let mut service = Person::with(&world.house, &text(&made["key"]));
    assert_eq!(service.finds(&world.source, "line").len(), 1);
    assert!(matches!(service.refused("GET", &search(&world.other, ""), &Value::Null).0, 403 | 404));
    assert_eq!(service.refused("GET", &world.path("people"), &Value::Null), (403, "permission_missing".to_owned()));
    assert_eq!(service.refused("GET", "/v1/me", &Value::Null), (401, "sign_in_required".to_owned()));

    let read = search(&world.source, "");
    world.changes_role(&["source:view"]);
    assert_eq!(service.refused("GET", &read, &Value::Null), (403, "permission_missing".to_owned()));
    world.changes_role(&["logs:read"]);
    service.reads(&read);
    let key = format!("{accounts}/{account}/keys/{}", text(&made["id"]));
    world.owner.does("DELETE", &key, &Value::Null);
    assert_eq!(service.refused("GET", &read, &Value::Null).0, 401);
}
