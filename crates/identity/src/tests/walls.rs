//! Whatever is done in two tenants, in whatever order: nobody gets a permit on what is another tenant's.

use std::collections::BTreeSet;

use model::{ServiceAccountId, TenantId};
use policy::{BuiltInRole, Permission, PermissionSet};
use proptest::prelude::*;

use super::people::*;
use super::*;
use crate::permit::*;
use crate::{Client, Principal, RoleGrant, RoleRef, RoleSpec};

/// One thing that somebody does; the numbers choose among those that there are.
#[derive(Debug, Clone, Copy)]
enum Step {
    Join { tenant: usize, role: usize },
    JoinOther { who: usize, tenant: usize, role: usize },
    Leave { who: usize, tenant: usize },
    Assign { who: usize, tenant: usize, role: usize },
    Enter { who: usize, tenant: usize },
    DefineRole { tenant: usize },
    AddService { tenant: usize, role: usize },
    MakeKey { tenant: usize, direction: usize },
    Revoke { which: usize },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let (some, tenant) = (0..100usize, 0..2usize);
    let step = prop_oneof![
        3 => (tenant.clone(), some.clone()).prop_map(|(tenant, role)| Step::Join { tenant, role }),
        3 => (some.clone(), tenant.clone(), some.clone()).prop_map(|(who, tenant, role)| Step::JoinOther { who, tenant, role }),
        1 => (some.clone(), tenant.clone()).prop_map(|(who, tenant)| Step::Leave { who, tenant }),
        2 => (some.clone(), tenant.clone(), some.clone()).prop_map(|(who, tenant, role)| Step::Assign { who, tenant, role }),
        3 => (some.clone(), tenant.clone()).prop_map(|(who, tenant)| Step::Enter { who, tenant }),
        1 => tenant.clone().prop_map(|tenant| Step::DefineRole { tenant }),
        2 => (tenant.clone(), some.clone()).prop_map(|(tenant, role)| Step::AddService { tenant, role }),
        1 => (tenant, some.clone()).prop_map(|(tenant, direction)| Step::MakeKey { tenant, direction }),
        1 => some.prop_map(|which| Step::Revoke { which }),
    ];
    prop::collection::vec(step, 4..24)
}

/// The two tenants and what the steps did to them, as the claim understands it.
struct World {
    _house: House,
    identity: Identity,
    scopes: [Scope; 2],
    people: Vec<Someone>,
    members: BTreeSet<(model::UserId, TenantId)>,
    roles: [Vec<RoleRef>; 2],
    services: Vec<(ServiceAccountId, TenantId, Credential)>,
    keys: Vec<(Scope, ApiKey, Credential)>,
}

impl World {
    fn new() -> Self {
        let house = House::new();
        let identity = house.open();
        let scopes = [source(&identity, "acme", "api"), source(&identity, "umbrella", "api")];
        let built_in: Vec<RoleRef> = BuiltInRole::ALL.into_iter().map(RoleRef::BuiltIn).collect();
        Self {
            _house: house,
            identity,
            scopes,
            people: Vec::new(),
            members: BTreeSet::new(),
            roles: [built_in.clone(), built_in],
            services: Vec::new(),
            keys: Vec::new(),
        }
    }

    /// Any role that there is, of either tenant, everywhere or on any source.
    fn grant(&self, role: usize) -> RoleGrant {
        let all: Vec<RoleRef> = self.roles.iter().flatten().copied().collect();
        let source = [None, None, Some(self.scopes[0].source), Some(self.scopes[1].source)][role % 4];
        RoleGrant { role: all[role % all.len()], source }
    }

    fn does(&mut self, step: Step) {
        let scopes = self.scopes;
        let shell = |tenant: usize| (scopes[tenant], by(NOW));
        match step {
            Step::Join { tenant, role } => {
                let ((scope, deed), address) = (shell(tenant), format!("p{}@people.example", self.people.len()));
                let permit = self.identity.by_shell::<ManagePeople>(scope.tenant, &deed);
                let Ok((link, _)) = self.identity.invite(&permit, &email(&address), &[self.grant(role)]) else { return };
                let opened = self.identity.accept_invitation(&credential(&link), &name("P"), &Client::default(), &web(NOW));
                let someone = Someone::of(&address, &opened.unwrap());
                self.members.insert((someone.id, scope.tenant));
                self.people.push(someone);
            }
            Step::JoinOther { who, tenant, role } => {
                let Some(someone) = pick(&self.people, who) else { return };
                let (scope, deed) = shell(tenant);
                let permit = self.identity.by_shell::<ManagePeople>(scope.tenant, &deed);
                let Ok((link, _)) = self.identity.invite(&permit, &someone.email, &[self.grant(role)]) else { return };
                let signed_in = someone.signed_in(&self.identity, NOW);
                self.identity.accept_invitation_as(&signed_in, &credential(&link)).unwrap();
                self.members.insert((someone.id, scope.tenant));
            }
            Step::Leave { who, tenant } => {
                let (Some(someone), (scope, deed)) = (pick(&self.people, who), shell(tenant)) else { return };
                let permit = self.identity.by_shell::<ManagePeople>(scope.tenant, &deed);
                if self.identity.remove_member(&permit, someone.id).is_ok() {
                    assert!(self.members.remove(&(someone.id, scope.tenant)));
                }
            }
            Step::Assign { who, tenant, role } => {
                let (Some(someone), (scope, deed)) = (pick(&self.people, who), shell(tenant)) else { return };
                let permit = self.identity.by_shell::<ManagePeople>(scope.tenant, &deed);
                // Refused, where the role or the source is the other tenant's.
                let _ = self.identity.set_grants(&permit, someone.id, &[self.grant(role)]);
            }
            Step::Enter { who, tenant } => {
                let count = self.people.len();
                let Some(someone) = self.people.get_mut(who % count.max(1)) else { return };
                let signed_in = someone.signed_in(&self.identity, NOW);
                if let Ok(opened) = self.identity.enter_tenant(&signed_in, scopes[tenant].tenant) {
                    someone.takes(&opened);
                }
            }
            Step::DefineRole { tenant } => self.defines_role(tenant),
            Step::AddService { tenant, role } => {
                let (scope, deed) = shell(tenant);
                let permit = self.identity.by_shell::<ManageServices>(scope.tenant, &deed);
                let named = name(&format!("robot {}", self.services.len()));
                let Ok(account) = self.identity.create_service_account(&permit, &named, &[self.grant(role)]) else { return };
                let (plain, _) = self.identity.create_service_key(&permit, account.id, Expiry::Days(1)).unwrap();
                self.services.push((account.id, scope.tenant, credential(&plain)));
            }
            Step::MakeKey { tenant, direction } => {
                let (credential, made) = key(&self.identity, scopes[tenant], KeyKind::ALL[direction % 2]);
                self.keys.push((scopes[tenant], made, credential));
            }
            Step::Revoke { which } => {
                let Some((scope, key, _)) = pick(&self.keys, which) else { return };
                self.identity.revoke_key(*scope, key.id, &by(NOW)).unwrap();
            }
        }
    }

    fn defines_role(&mut self, tenant: usize) {
        let permit = self.identity.by_shell::<ManageRoles>(self.scopes[tenant].tenant, &by(NOW));
        let permissions = [Permission::LogsRead, Permission::LogsWrite, Permission::PeopleView, Permission::TenantView];
        let spec = RoleSpec {
            name: name(&format!("role {}", self.roles[tenant].len())),
            description: String::new(),
            permissions: PermissionSet::new(permissions).unwrap(),
            second_factor: false,
        };
        let role = self.identity.create_role(&permit, &spec).unwrap();
        self.roles[tenant].push(RoleRef::Custom(role.id));
    }

    /// Whether whoever got a permit on something of this tenant belongs there.
    fn belongs(&self, principal: Principal, tenant: TenantId) -> bool {
        match principal {
            Principal::Person(user) => self.members.contains(&(user, tenant)),
            Principal::ServiceAccount(id) => self.services.iter().any(|service| (service.0, service.1) == (id, tenant)),
            Principal::ApiKey(id) => self.keys.iter().any(|(scope, key, _)| key.id == id && scope.tenant == tenant),
            Principal::Staff(..) | Principal::Shell | Principal::Server => false,
        }
    }

    fn check(&self) -> usize {
        let people = self.people.iter().map(Someone::credential);
        let others = self.services.iter().map(|service| &service.2).chain(self.keys.iter().map(|key| &key.2));
        let others = others.map(|one| Credential::from_key(std::str::from_utf8(one.token()).unwrap()).unwrap());
        let mut permits = 0;
        for credential in people.chain(others) {
            for scope in self.scopes {
                let (some, wanted) = (Some(&credential), Some(scope.source));
                let write = self.identity.authorize_write(some, wanted, &web(NOW)).ok();
                let view = self.identity.authorize_source::<ViewSource>(some, wanted, &web(NOW)).ok();
                let found = write.map(|permit| (permit.principal(), permit.scope()));
                for (principal, got) in found.into_iter().chain(view.map(|permit| (permit.principal(), permit.scope()))) {
                    assert!(got == scope && self.belongs(principal, scope.tenant), "{principal:?} at {scope}");
                    permits += 1;
                }
                let tenant = self.identity.authorize_tenant::<ViewTenant>(some, scope.tenant, &web(NOW)).ok();
                if let Some(permit) = tenant {
                    assert!(permit.tenant() == scope.tenant && self.belongs(permit.principal(), scope.tenant));
                    permits += 1;
                }
            }
        }
        permits
    }
}

fn pick<T>(all: &[T], which: usize) -> Option<&T> {
    all.get(which % all.len().max(1))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn no_order_of_deeds_opens_one_tenant_to_whoever_belongs_to_the_other_alone(steps in steps()) {
        let mut world = World::new();
        for step in steps {
            world.does(step);
        }
        world.check();
    }
}

#[test]
fn the_claim_about_two_tenants_is_about_something() {
    let mut world = World::new();
    for step in [
        Step::Join { tenant: 0, role: 0 },
        Step::JoinOther { who: 0, tenant: 1, role: 0 },
        Step::Enter { who: 0, tenant: 1 },
        Step::AddService { tenant: 0, role: 0 },
        Step::MakeKey { tenant: 1, direction: 0 },
    ] {
        world.does(step);
    }
    // The owner's three in the one tenant, the robot's in the other, and the key's one.
    assert_eq!(world.check(), 7);
}
