//! Guessing a passphrase is slowed and told: after a handful of wrong tries a network waits, longer each time, whatever it
//! enters; its owner gets in meanwhile, other accounts notice nothing, and the owner and the audit trail learn of it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{Client, Request, Response};
use crate::clock::{eventually, pause};
use crate::house::House;
use crate::person::{Founded, Person, cookie};

const OWNER: &str = "ada@example.com";
const COLLEAGUE: &str = "ben@example.com";
const PASSPHRASE: &str = "seven wet otters juggle turnips";

/// The limits let one network be wrong five times at one account; the fifth time begins a wait of a second, which doubles
/// with each that is looked at. On a slow machine a check takes longer than the first waits, so these do not show.
const LOOKED_AT_MAX: u64 = 10;
/// The job that tells runs twice a minute.
const TOLD_WITHIN: Duration = Duration::from_secs(35);
const DEVICE_COOKIE: &str = "__Host-blockhouse-device";

fn tries(client: &mut Client, device: &str, email: &str, passphrase: &str) -> Response {
    let cookie = format!("{DEVICE_COOKIE}={device}");
    let headers = [("Content-Type", "application/json"), ("Cookie", cookie.as_str())];
    let body = json!({ "email": email, "passphrase": passphrase }).to_string();
    client.send(&Request { method: "POST", path: "/v1/sign-in/passphrase", headers: &headers, body: body.as_bytes() }).unwrap()
}

/// Seconds that an answer says to wait.
#[track_caller]
fn wait_of(answer: &Response) -> u64 {
    assert_eq!((answer.status, &answer.json()["code"]), (429, &json!("too_many_tries")), "{}", answer.text());
    answer.header("retry-after").and_then(|seconds| seconds.parse().ok()).expect("seconds to wait")
}

/// Guesses until one is told to wait: how many were looked at, and the wait.
#[track_caller]
fn guess_until_slowed(client: &mut Client) -> (u64, u64) {
    for looked_at in 0..=LOOKED_AT_MAX {
        let answer = tries(client, "", OWNER, &format!("a wrong guess {looked_at}"));
        if answer.status == 429 {
            return (looked_at, wait_of(&answer));
        }
        assert_eq!((answer.status, &answer.json()["code"]), (401, &json!("credentials_wrong")), "{}", answer.text());
    }
    panic!("{LOOKED_AT_MAX} guesses and no wait");
}

/// Entries of this type in any log of the trail.
fn told(house: &House, kind: &str) -> Vec<Value> {
    let of = |log: &[&str]| house.run(&[&["audit", "entries", "--event", kind], log].concat()).as_array().unwrap().clone();
    [of(&[]), of(&["--tenant", "Acme"])].concat()
}

#[test]
fn guesses_are_slowed_the_owner_is_not_and_all_of_it_is_told() {
    let (house, link) = House::open_empty();
    let Founded { tenant, mut owner, .. } = Founded::by(&house, &link, OWNER);
    let mut colleague = Person::invited(&house, &mut owner, &tenant, COLLEAGUE, &json!([{ "role": "member" }]));
    for person in [&mut owner, &mut colleague] {
        person.does("PUT", "/v1/me/passphrase", &json!({ "passphrase": PASSPHRASE }));
    }
    let signed_in = tries(&mut house.visitor_from([127, 0, 0, 1]), "", OWNER, PASSPHRASE);
    let device = cookie(&signed_in, DEVICE_COOKIE).expect("the browser is known from now on");

    let mut attacker = house.visitor_from([127, 0, 1, 1]);
    let (mut first, mut wait) = guess_until_slowed(&mut attacker);
    assert!(first >= 5, "people mistype: {first}");
    while wait < 8 {
        pause(1_000 * wait + 200);
        let (more, longer) = guess_until_slowed(&mut attacker);
        assert!(more >= 1 && longer >= wait, "after {wait} s {more} guesses and {longer} s");
        (first, wait) = (first + more, longer);
    }
    assert!(first <= LOOKED_AT_MAX, "the waits double: {first}");
    assert!(wait_of(&tries(&mut attacker, "", OWNER, PASSPHRASE)) >= 1, "the right one is not looked at either");

    // From where the attack comes, with the browser of before; and from elsewhere, with any.
    assert_eq!(tries(&mut house.visitor_from([127, 0, 1, 2]), &device, OWNER, PASSPHRASE).status, 200);
    assert_eq!(tries(&mut house.visitor_from([127, 0, 0, 2]), "", OWNER, PASSPHRASE).status, 200);
    assert_eq!(tries(&mut attacker, "", COLLEAGUE, "a wrong guess").status, 401, "another account is not slowed");
    assert_eq!(tries(&mut attacker, "", COLLEAGUE, PASSPHRASE).status, 200);
    assert!(wait_of(&tries(&mut attacker, "", OWNER, PASSPHRASE)) >= 1, "that gains the attacker nothing");

    let (second, _) = guess_until_slowed(&mut house.visitor_from([127, 0, 2, 1]));
    let notice = eventually("the owner is told", TOLD_WITHIN, || {
        let notices = owner.reads("/v1/me/notices")["notices"].clone();
        notices.as_array().unwrap().iter().find(|one| one["notice"] == "account_attacked").cloned()
    });
    assert_eq!(notice["failures"], 10);
    let none = colleague.reads("/v1/me/notices")["notices"].to_string();
    assert!(!none.contains("account_attacked"), "{none}");

    let id = owner.user();
    let refused = eventually("the trail tells every try", TOLD_WITHIN, || {
        let refused: Vec<Value> = told(&house, "sign_in_refused").into_iter().filter(|one| one["event"]["user"] == *id).collect();
        let times: u64 = refused.iter().map(|one| one["event"]["times"].as_u64().unwrap()).sum();
        (times == first + second).then_some(refused)
    });
    assert_eq!(refused[0]["outcome"]["code"], "credentials_wrong");
    assert!(refused.iter().all(|one| one["address"].as_str().is_some_and(|address| address.starts_with("127.0."))));
    assert_eq!(told(&house, "account_attacked").len(), 1);
}
