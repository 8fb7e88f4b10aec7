//! Invitations: one link for one address, for a week, once.

use audit::Event;
use policy::BuiltInRole;

use super::people::*;
use super::*;
use crate::permit::{ManagePeople, ViewPeople, ViewTenant};
use crate::{Client, InvitationState, InviteError, Permit, RoleGrant, UserKind};

const EVE: &str = "eve@acme.example";

fn permit(town: &Town) -> Permit<ManagePeople> {
    town.ada.asks(&town.identity, town.tenant(), NOW).unwrap()
}

fn invite(town: &Town, address: &str) -> (Credential, crate::Invitation) {
    let (token, invitation) = town.identity.invite(&permit(town), &email(address), &everywhere(MEMBER)).unwrap();
    assert!(token.reveal().starts_with("bh_invitation_"));
    (credential(&token), invitation)
}

fn accept(town: &Town, link: &Credential, at: Timestamp) -> Result<Someone, InviteError> {
    let opened = town.identity.accept_invitation(link, &name("Eve"), &Client::default(), &web(at))?;
    Ok(Someone::of(EVE, &opened))
}

fn ended(town: &Town, link: &Credential, at: Timestamp) {
    assert!(matches!(town.identity.look_at_invitation(link, at), Err(InviteError::NoInvitation)));
    assert!(matches!(accept(town, link, at), Err(InviteError::NoInvitation)));
}

fn state(town: &Town, id: model::InvitationId, at: Timestamp) -> InvitationState {
    let permit = town.identity.by_shell::<ViewPeople>(town.tenant(), &by(at));
    town.identity.invitations(&permit).unwrap().into_iter().find(|one| one.id == id).unwrap().state
}

#[test]
fn a_link_says_what_it_is_for_and_makes_a_member_once() {
    let town = Town::new();
    let (link, invitation) = invite(&town, EVE);
    let shown = town.identity.look_at_invitation(&link, NOW).unwrap();
    assert_eq!((shown.tenant_name, shown.email.as_str(), shown.has_account), (name("acme"), EVE, false));
    let eve = accept(&town, &link, NOW).unwrap();
    assert_eq!(state(&town, invitation.id, NOW), InvitationState::Accepted);
    ended(&town, &link, NOW);
    let joined = town.told().pop().unwrap().0;
    let roles = vec!["member".to_owned()];
    assert_eq!(joined, Event::MemberJoined { user: eve.id.to_string(), invitation: Some(invitation.id.to_string()), roles });
    assert_eq!(said(&eve.asks::<ViewTenant>(&town.identity, town.tenant(), NOW)), "ok");
    assert_eq!(said(&eve.asks::<ManagePeople>(&town.identity, town.tenant(), NOW)), "permission_missing");
    let again = town.identity.invite(&permit(&town), &email(EVE), &everywhere(MEMBER));
    assert!(matches!(again, Err(InviteError::IsMember)));
}

#[test]
fn a_link_ends_after_a_week_by_a_newer_one_and_when_it_is_revoked() {
    let town = Town::new();
    let (link, invitation) = invite(&town, EVE);
    let end = NOW.plus_seconds(7 * DAY);
    ended(&town, &link, end);
    assert_eq!(state(&town, invitation.id, end), InvitationState::Expired);
    assert!(town.identity.look_at_invitation(&link, Timestamp::from_nanos(end.nanos() - 1)).is_ok());

    let (resent, same) = town.identity.resend_invitation(&permit(&town), invitation.id).unwrap();
    let resent = credential(&resent);
    assert_eq!(same.id, invitation.id);
    ended(&town, &link, NOW);
    let (newer, _) = invite(&town, EVE);
    ended(&town, &resent, NOW);
    assert_eq!(state(&town, invitation.id, NOW), InvitationState::Revoked);
    assert!(matches!(town.identity.resend_invitation(&permit(&town), invitation.id), Err(InviteError::NoInvitation)));

    let permit = town.identity.by_shell::<ViewPeople>(town.tenant(), &by(NOW));
    let open: Vec<_> = town.identity.invitations(&permit).unwrap();
    let open = open.iter().find(|one| one.state == InvitationState::Open).unwrap().id;
    town.identity.revoke_invitation(&self::permit(&town), open).unwrap();
    ended(&town, &newer, NOW);
    assert!(matches!(town.identity.revoke_invitation(&self::permit(&town), open), Err(InviteError::NoInvitation)));
}

#[test]
fn an_address_that_has_an_account_joins_with_that_account_only() {
    let town = Town::new();
    let umbrella = source(&town.identity, "umbrella", "api").tenant;
    let bob = joins(&town.identity, umbrella, "bob@umbrella.example", &everywhere(MEMBER));
    let (link, _) = invite(&town, "bob@umbrella.example");
    assert!(town.identity.look_at_invitation(&link, NOW).unwrap().has_account);
    assert!(matches!(accept(&town, &link, NOW), Err(InviteError::HasAccount)));
    let eve = joins(&town.identity, umbrella, EVE, &everywhere(MEMBER));
    let other = town.identity.accept_invitation_as(&eve.signed_in(&town.identity, NOW), &link);
    assert!(matches!(other, Err(InviteError::OtherAccount)));
    let who = bob.signed_in(&town.identity, NOW);
    assert_eq!(town.identity.accept_invitation_as(&who, &link).unwrap(), town.tenant());
    assert_eq!(town.identity.memberships_of(&who).unwrap().len(), 2);
    assert!(matches!(town.identity.accept_invitation_as(&who, &link), Err(InviteError::NoInvitation)));
}

#[test]
fn staff_belong_to_no_tenant() {
    let town = Town::new();
    for (address, kind) in [("op@house.example", UserKind::Operator), ("eng@house.example", UserKind::Engineer)] {
        let (link, _) = invite(&town, address);
        let staff = hired(&town.identity, address, kind, NOW);
        let who = staff.signed_in(&town.identity, NOW);
        assert!(matches!(town.identity.accept_invitation_as(&who, &link), Err(InviteError::IsStaff)));
        assert!(matches!(accept(&town, &link, NOW), Err(InviteError::HasAccount)));
        let invited = town.identity.invite(&permit(&town), &email(address), &everywhere(MEMBER));
        assert!(matches!(invited, Err(InviteError::IsStaff)));
        assert!(town.identity.memberships_of(&who).unwrap().is_empty());
    }
    assert!(town.identity.create_staff(&town.ada.email, &name("Ada"), UserKind::Engineer, &by(NOW)).unwrap().is_none());
}

#[test]
fn an_invitation_of_another_tenant_is_out_of_reach() {
    let town = Town::new();
    let (_, invitation) = invite(&town, EVE);
    let umbrella = source(&town.identity, "umbrella", "api");
    let theirs = town.identity.by_shell::<ManagePeople>(umbrella.tenant, &by(NOW));
    assert!(matches!(town.identity.resend_invitation(&theirs, invitation.id), Err(InviteError::NoInvitation)));
    assert!(matches!(town.identity.revoke_invitation(&theirs, invitation.id), Err(InviteError::NoInvitation)));
    let grant = RoleGrant { source: Some(umbrella.source), ..RoleGrant::everywhere(BuiltInRole::Member) };
    let invited = town.identity.invite(&permit(&town), &email(EVE), &[grant]);
    assert!(matches!(invited, Err(InviteError::Member(crate::MemberError::NoSource(_)))));
}
