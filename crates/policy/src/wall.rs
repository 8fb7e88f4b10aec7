//! The texts that decide: the vocabulary, the wall, and what is given without a role.

/// Things, subjects, circumstances and actions.
pub const SCHEMA: &str = include_str!("../cedar/blockhouse.cedarschema");
/// What nobody may do. Forbids only.
pub const WALL: &str = include_str!("../cedar/wall.cedar");
/// What keys, engineers and operators are given as such. Permits only.
pub(crate) const GIVEN: &str = include_str!("../cedar/given.cedar");
