//! The texts that decide: the vocabulary, the wall, and what is given without a role.

/// Things, subjects, circumstances and actions.
pub const SCHEMA: &str = include_str!("../cedar/blockhouse.cedarschema");
/// What nobody may do. Forbids only.
pub const WALL: &str = include_str!("../cedar/wall.cedar");
/// What keys, engineers and operators are given as such. Permits only.
pub(crate) const GIVEN: &str = include_str!("../cedar/given.cedar");
/// Of which schema and which wall it was proved that nobody gets past it, as `sha256sum` writes it. Whoever proves another
/// wall writes it here; the proof's test holds that they are the same.
pub const PROVED: &str = include_str!("../cedar/proved.sha256");
