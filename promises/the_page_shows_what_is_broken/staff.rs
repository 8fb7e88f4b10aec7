//! Who hides what staff did, or makes staff more than they are.

use super::rows::{change, remove};
use super::undo::{Kept, Undo, run};
use super::world::World;

pub(super) fn unlisted(world: &mut World) -> Undo {
    remove(&world.catalog(), "users", &format!("id = '{}'", world.engineer_id))
}

pub(super) fn no_request(world: &mut World) -> Undo {
    remove(&world.catalog(), "access_requests", &request(world))
}

pub(super) fn unsigned_request(world: &mut World) -> Undo {
    let kept = Kept::of(&world.catalog(), "access_requests", &request(world));
    world.pending.put_back();
    Undo::by(move |_| kept.put_back())
}

pub(super) fn other_request(world: &mut World) -> Undo {
    let other = format!("document = (SELECT document FROM access_requests WHERE id = '{}')", world.other_request);
    change(&world.catalog(), "access_requests", &request(world), &other)
}

pub(super) fn of_a_tenant(world: &mut World) -> Undo {
    let (catalog, tenant, user) = (world.catalog(), &world.tenant, &world.engineer_id);
    run(&catalog, &format!("INSERT INTO members VALUES ('{tenant}', '{user}', 0, x'00')"));
    Undo::sql(&catalog, format!("DELETE FROM members WHERE user = '{user}'"))
}

pub(super) fn uncounted(world: &mut World) -> Undo {
    change(&world.catalog(), "access_requests", &request(world), "created_at = 0")
}

fn request(world: &World) -> String {
    format!("id = '{}'", world.request)
}
