//! Short links: for whom they open, until when, and what is kept of them.

use audit::{Event, Watched};
use model::limits::{LINK_DAYS, LINKS_PER_KEEPER_MAX};
use model::{LinkId, Scope, TenantId};
use policy::BuiltInRole;
use watch::{Linked, View};

use super::people::*;
use super::*;
use crate::permit::{Action, ManageViews, Permit, Principal, ViewTenant};
use crate::{LinkError, LinkSpec, RoleGrant, ShortLink};

const QUERY: &str = "customer:ada-lovelace-of-acme";

fn permit<A: Action<Object = TenantId>>(town: &Town, of: &Someone, at: Timestamp) -> Permit<A> {
    of.asks(&town.identity, town.tenant(), at).unwrap()
}

fn spec(scope: Scope) -> LinkSpec {
    let view = View { query: QUERY.to_owned(), columns: Vec::new(), from: String::new(), to: String::new(), graph: None };
    let linked = Linked { view, zone: "utc".to_owned(), record: String::new(), wrapped: true };
    LinkSpec { source: scope.source, linked }
}

fn made(town: &Town, of: &Someone, scope: Scope) -> Result<ShortLink, LinkError> {
    town.identity.create_link(&permit(town, of, NOW), spec(scope))
}

fn opens(town: &Town, of: &Someone, id: LinkId, at: Timestamp) -> bool {
    town.identity.link(&permit::<ViewTenant>(town, of, at), id).unwrap().is_some()
}

/// A reader of one source, and of nothing else.
fn reader(town: &Town, address: &str, scope: Scope) -> Someone {
    let role = |role, source| RoleGrant { role: crate::RoleRef::BuiltIn(role), source };
    town.joins(address, &[role(BuiltInRole::Auditor, None), role(BuiltInRole::ReadOnly, Some(scope.source))])
}

#[test]
fn a_link_opens_for_whoever_reads_its_source_and_for_nobody_else() {
    let town = Town::new();
    let web = town.identity.create_source(town.tenant(), &name("web"), 30, &by(NOW)).unwrap().scope();
    let foreign = source(&town.identity, "umbrella", "api");
    let (ben, cleo) = (reader(&town, "ben@acme.example", town.scope), reader(&town, "cleo@acme.example", web));
    // Whoever only reads makes one, too: it holds nothing but the question.
    let link = made(&town, &ben, town.scope).unwrap();
    assert_eq!(town.identity.link(&permit(&town, &town.ada, NOW), link.id).unwrap().as_ref(), Some(&link));
    assert!(opens(&town, &ben, link.id, NOW) && !opens(&town, &cleo, link.id, NOW));
    let theirs = town.identity.by_shell::<ViewTenant>(foreign.tenant, &by(NOW));
    assert!(town.identity.link(&theirs, link.id).unwrap().is_none());
    for elsewhere in [web, foreign] {
        assert!(matches!(made(&town, &ben, elsewhere), Err(LinkError::NoSource)));
    }
    let own = |of: &Someone| town.identity.own_links(&permit(&town, of, NOW)).unwrap();
    assert_eq!((own(&ben), own(&cleo), own(&town.ada)), (vec![link], vec![], vec![]));
    assert!(matches!(
        town.identity.create_link(&town.identity.by_shell(town.tenant(), &by(NOW)), spec(town.scope)),
        Err(LinkError::NoKeeper)
    ));
}

#[test]
fn a_link_is_removed_by_whoever_made_it_or_looks_after_views_there() {
    let town = Town::new();
    let web = town.identity.create_source(town.tenant(), &name("web"), 30, &by(NOW)).unwrap().scope();
    let ben = reader(&town, "ben@acme.example", town.scope);
    let (first, second) = (made(&town, &ben, town.scope).unwrap(), made(&town, &ben, town.scope).unwrap());
    let of_ada = made(&town, &town.ada, town.scope).unwrap();
    assert!(!town.identity.remove_own_link(&permit(&town, &ben, NOW), of_ada.id).unwrap());
    assert!(town.identity.remove_own_link(&permit(&town, &ben, NOW), first.id).unwrap());
    let manages = |town: &Town| permit::<ManageViews>(town, &town.ada, NOW);
    town.identity.remove_link(&manages(&town), second.id).unwrap();
    assert!(matches!(town.identity.remove_link(&manages(&town), second.id), Err(LinkError::NoLink)));
    let of_web = made(&town, &town.ada, web).unwrap();
    let elsewhere = town.identity.by_shell::<ManageViews>(source(&town.identity, "umbrella", "api").tenant, &by(NOW));
    assert!(matches!(town.identity.remove_link(&elsewhere, of_web.id), Err(LinkError::NoLink)));

    // The trail tells ids and ends, and never what was asked.
    let told: Vec<Watched> =
        town.told().into_iter().filter_map(|(event, _)| if let Event::Watched(one) = event { Some(one) } else { None }).collect();
    let until = NOW.plus_seconds(LINK_DAYS * DAY).to_string();
    assert_eq!(told[0], Watched::LinkCreated { link: first.id.to_string(), until });
    let removed = |link: &ShortLink| Watched::LinkRemoved { link: link.id.to_string() };
    assert_eq!(told[3..5], [removed(&first), removed(&second)]);
    assert!(!format!("{told:?}").contains(QUERY));
}

#[test]
fn a_link_ends_by_itself_and_there_are_only_so_many() {
    let town = Town::new();
    let links: Vec<ShortLink> = (0..LINKS_PER_KEEPER_MAX).map(|_| made(&town, &town.ada, town.scope).unwrap()).collect();
    assert!(matches!(made(&town, &town.ada, town.scope), Err(LinkError::TooMany)));
    let ben = reader(&town, "ben@acme.example", town.scope);
    made(&town, &ben, town.scope).unwrap();

    // The row is not asked when it ends: its document is.
    town.house.tamper("UPDATE links SET ends_at = ends_at * 2");
    let (id, end) = (links[0].id, links[0].ends_at);
    assert_eq!(end, NOW.plus_seconds(LINK_DAYS * DAY));
    let opens_at = |at| {
        let later = Permit::<ViewTenant>::new(town.tenant(), Principal::Person(town.ada.id), by(at));
        let own = town.identity.own_links(&later).unwrap().len();
        assert_eq!(own == links.len(), town.identity.link(&later, id).unwrap().is_some());
        own > 0
    };
    assert!(opens_at(end.plus_seconds(-1)) && !opens_at(end));
    town.house.tamper("UPDATE links SET ends_at = ends_at / 2");
    assert_eq!(town.identity.end_links(end.plus_seconds(-1)).unwrap(), 0);
    assert_eq!(town.identity.end_links(end).unwrap() as i64, LINKS_PER_KEEPER_MAX + 1);
    made(&town, &town.ada, town.scope).unwrap();
}

#[test]
fn a_link_is_sealed_for_its_place() {
    let town = Town::new();
    let (first, second) = (made(&town, &town.ada, town.scope).unwrap(), made(&town, &town.ada, town.scope).unwrap());
    town.house.tamper(&format!(
        "UPDATE links SET document = (SELECT document FROM links WHERE id = '{}') WHERE id = '{}'",
        first.id, second.id
    ));
    assert!(town.identity.link(&permit(&town, &town.ada, NOW), second.id).is_err());
    assert!(opens(&town, &town.ada, first.id, NOW));
    let file = town.house.file();
    let mut files = std::fs::read(&file).unwrap();
    files.extend(std::fs::read(file.with_extension("sqlite-wal")).unwrap_or_default());
    assert!(!files.windows(QUERY.len()).any(|bytes| bytes == QUERY.as_bytes()));
}
