//! Which sources a credential reaches.

use policy::BuiltInRole;

use super::people::*;
use super::staff::Help;
use super::*;
use crate::permit::{ConfigureSource, Read};
use crate::{DropFilter, Principal, Reach, Refused, RoleGrant, SetTreatmentError, StaffAccess};

fn reads(town: &Town, who: &Credential, at: Timestamp) -> Result<Reach, Refused> {
    town.identity.reach::<Read>(Some(who), &web(at))
}

fn names(reach: &Reach) -> Vec<&str> {
    reach.sources.iter().map(|source| source.name.as_str()).collect()
}

#[test]
fn a_key_reaches_its_own_source_and_people_those_of_their_roles() {
    let town = Town::new();
    let other = town.identity.create_source(town.tenant(), &name("other"), 1, &by(NOW)).unwrap().scope();
    source(&town.identity, "umbrella", "api");
    let (read, key) = key(&town.identity, other, KeyKind::Read);
    let reach = reads(&town, &read, NOW).unwrap();
    assert_eq!(
        (names(&reach), reach.tenant.id, reach.whose.principal),
        (vec!["other"], town.tenant(), Principal::ApiKey(key.id))
    );
    assert_eq!(names(&reads(&town, &town.ada.credential(), NOW).unwrap()).len(), 2);
    let narrow = RoleGrant { source: Some(other.source), ..RoleGrant::everywhere(BuiltInRole::ReadOnly) };
    let ben = town.joins("ben@acme.example", &[narrow]);
    assert_eq!(names(&reads(&town, &ben.credential(), NOW).unwrap()), ["other"]);
    let configures = |who: &Credential| said(&town.identity.reach::<ConfigureSource>(Some(who), &web(NOW)));
    let all = [&read, &ben.credential(), &town.ada.credential()].map(configures);
    assert_eq!(all, ["permission_missing", "permission_missing", "ok"]);
}

#[test]
fn whoever_reaches_nothing_is_told_why() {
    let town = Town::new();
    let (write, _) = key(&town.identity, town.scope, KeyKind::Write);
    let (read, made) = key(&town.identity, town.scope, KeyKind::Read);
    assert_eq!(said(&reads(&town, &write, NOW)), "key_wrong_direction");
    assert_eq!(said(&reads(&town, &read, NOW.plus_seconds(3_650 * DAY))), "key_expired");
    assert_eq!(said(&town.identity.reach::<Read>(None, &web(NOW))), "key_missing");
    town.identity.revoke_key(town.scope, made.id, &by(NOW)).unwrap();
    let whose = |who: &Credential| said(&town.identity.whose(Some(who), &web(NOW)));
    assert_eq!((said(&reads(&town, &read, NOW)), whose(&read)), ("key_revoked", "key_revoked"));
    assert_eq!((whose(&write), whose(&town.ada.credential())), ("ok", "ok"));
    assert!(town.told().iter().any(|(_, outcome)| format!("{outcome:?}").contains("key_wrong_direction")));
}

#[test]
fn staff_reach_nothing_even_where_they_may_read() {
    let (help, _) = Help::begun(StaffAccess::OnApproval);
    assert_eq!(help.reads(NOW), "ok");
    let who = help.eng.credential();
    assert_eq!(said(&help.identity().whose(Some(&who), &web(NOW))), "permission_missing");
    assert_eq!(said(&help.identity().reach::<Read>(Some(&who), &web(NOW))), "permission_missing");
}

#[test]
fn filters_are_changed_as_they_are_at_that_moment() {
    let house = House::new();
    let identity = house.open();
    let ours = source(&identity, "acme", "api");
    let filter = |text: &str| DropFilter::new(name(text), text).unwrap();
    let add = |text: &str| {
        let one = filter(text);
        identity.change_filters(ours, |filters| Some(filters.into_iter().chain([one]).collect()), &by(NOW))
    };
    add("a").unwrap();
    add("b").unwrap();
    assert!(matches!(add("b"), Err(SetTreatmentError::Filter(_))));
    assert!(matches!(identity.change_filters(ours, |_| None, &by(NOW)), Err(SetTreatmentError::NoFilter)));
    assert_eq!(house.open().treatment(ours).unwrap().filters, [filter("a"), filter("b")]);
}
