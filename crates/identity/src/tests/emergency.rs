//! The emergency way of staff: only where a tenant chose it, two of them together, loudly.

use audit::Event;
use model::AccessRequestId;

use super::people::*;
use super::staff::*;
use super::*;
use crate::permit::ApproveAccess;
use crate::{AccessError, AccessState, EmergencyCause, Notice, Permit, StaffAccess, UserKind, is_review_late};

struct Alarm {
    help: Help,
    second: Someone,
    id: AccessRequestId,
}

impl Alarm {
    fn raised() -> Self {
        let help = Help::new(StaffAccess::BreakGlass, 1);
        let second = hired(help.identity(), "second@house.example", UserKind::Engineer, NOW);
        let who = help.eng.signed_in(help.identity(), NOW);
        let id = help.identity().request_emergency(&who, &help.asking(), EmergencyCause::Attack).unwrap().id;
        Self { help, second, id }
    }

    fn opened(&mut self) -> Result<(), AccessError> {
        let who = self.second.signed_in(self.help.identity(), NOW);
        let asked = self.help.identity().start_emergency(&who, self.id)?;
        let answer = signs(&mut self.second, &asked);
        self.help.identity().open_emergency(&who.fresh()?, self.id, &answer).map(|_| ())
    }

    fn permit(&self) -> Permit<ApproveAccess> {
        self.help.town.ada.asks(self.help.identity(), self.help.town.tenant(), NOW).unwrap()
    }
}

#[test]
fn two_engineers_open_what_the_tenant_chose_beforehand_and_its_owners_are_told() {
    let mut alarm = Alarm::raised();
    assert!(matches!(alarm.help.begins(alarm.id, NOW), Err(AccessError::State(AccessState::Pending))), "one is not enough");
    alarm.opened().unwrap();
    alarm.help.begins(alarm.id, NOW).unwrap();
    assert_eq!(alarm.help.reads(NOW), "ok");
    assert_eq!(alarm.help.reads(NOW.plus_seconds(59 * MINUTE)), "ok");
    assert_eq!(alarm.help.reads(NOW.plus_seconds(HOUR)), "access_not_approved");
    let access = alarm.id.to_string();
    let told = Event::BreakGlassOpened { access: access.clone(), cause: "attack".to_owned() };
    assert!(alarm.help.town.told().iter().any(|(event, _)| *event == told));
    let notice = Notice::BreakGlassUsed { tenant: alarm.help.town.tenant().to_string(), request: access };
    assert!(alarm.help.town.notices(&alarm.help.town.ada, NOW).contains(&notice));
}

#[test]
fn it_is_impossible_where_the_tenant_did_not_choose_it() {
    for allowed in [StaffAccess::Never, StaffAccess::OnApproval] {
        let help = Help::new(allowed, 1);
        let who = help.eng.signed_in(help.identity(), NOW);
        let asked = help.identity().request_emergency(&who, &help.asking(), EmergencyCause::Outage);
        assert!(matches!(asked, Err(AccessError::Never)), "{allowed:?}");
    }
    for closed in [StaffAccess::Never, StaffAccess::OnApproval] {
        let mut alarm = Alarm::raised();
        alarm.help.allow(closed, 1, NOW);
        assert!(matches!(alarm.opened(), Err(AccessError::Never)), "{closed:?}");
        alarm.help.allow(StaffAccess::BreakGlass, 1, NOW);
        alarm.opened().unwrap();
        alarm.help.begins(alarm.id, NOW).unwrap();
        assert_eq!(alarm.help.reads(NOW), "ok");
        alarm.help.allow(closed, 1, NOW);
        assert_eq!(alarm.help.reads(NOW), "access_not_approved", "{closed:?}");
    }
}

#[test]
fn the_second_is_another_engineer_who_is_confirmed() {
    let alarm = Alarm::raised();
    let start = |who: &Someone, at| alarm.help.identity().start_emergency(&who.signed_in(alarm.help.identity(), at), alarm.id);
    assert!(matches!(start(&alarm.help.eng, NOW), Err(AccessError::NoRequest)), "the first is not the second");
    let op = hired(alarm.help.identity(), "op@house.example", UserKind::Operator, NOW);
    assert!(matches!(start(&op, NOW), Err(AccessError::NotAnEngineer)));
    assert!(matches!(start(&alarm.help.town.ada, NOW), Err(AccessError::NotAnEngineer)));
    let mut old = hired(alarm.help.identity(), "old@house.example", UserKind::Engineer, NOW.plus_seconds(-90 * DAY));
    old.signs_in_with_passkey(&alarm.help.town.identity, &web(NOW)).unwrap();
    assert!(matches!(start(&old, NOW), Err(AccessError::NotCertified)));
    let of_tenant = alarm.help.identity().start_approval(&alarm.permit(), alarm.id);
    assert!(matches!(of_tenant, Err(AccessError::NoRequest)), "a tenant does not approve an emergency");
}

#[test]
fn a_tenant_denies_and_ends_an_emergency() {
    let mut alarm = Alarm::raised();
    alarm.help.identity().deny_access(&alarm.permit(), alarm.id).unwrap();
    assert!(matches!(alarm.opened(), Err(AccessError::State(AccessState::Denied))));
    let mut alarm = Alarm::raised();
    alarm.opened().unwrap();
    alarm.help.begins(alarm.id, NOW).unwrap();
    alarm.help.identity().end_access(&alarm.permit(), alarm.id).unwrap();
    assert_eq!(alarm.help.reads(NOW), "access_not_approved");
}

#[test]
fn it_counts_as_open_until_it_is_over_and_the_tenant_reviewed_it() {
    let mut alarm = Alarm::raised();
    let review = |alarm: &Alarm| alarm.help.identity().review_emergency(&alarm.permit(), alarm.id);
    assert!(matches!(review(&alarm), Err(AccessError::State(AccessState::Pending))));
    alarm.opened().unwrap();
    alarm.help.begins(alarm.id, NOW).unwrap();
    assert!(matches!(review(&alarm), Err(AccessError::State(AccessState::Active))), "what comes after would go unseen");
    let ended = alarm.help.identity().end_access(&alarm.permit(), alarm.id).unwrap();
    let late = NOW.plus_seconds(72 * HOUR + 1);
    assert!(is_review_late(&ended, late) && !is_review_late(&ended, NOW.plus_seconds(72 * HOUR)));
    let reviewed = review(&alarm).unwrap();
    assert!(!is_review_late(&reviewed, late));
    assert!(matches!(alarm.help.town.told().last(), Some((Event::BreakGlassReviewed { .. }, _))));
    let never_opened = Alarm::raised();
    let denied = never_opened.help.identity().deny_access(&never_opened.permit(), never_opened.id).unwrap();
    assert!(!is_review_late(&denied, late), "nothing was done");
}
