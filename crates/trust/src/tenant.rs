//! Pages of tenants about their own products: claims in their own words, and what is looked at for each.
//!
//! | interface | what it is for |
//! |---|---|
//! | [`Pages::open`] | all pages of an installation, with what looks at logs and hosts |
//! | [`Pages::found`], [`Pages::write`], [`Pages::publish`], [`Pages::unpublish`] | what a tenant does with its page |
//! | [`Pages::try_once`] | one look at a draft, for its tenant alone |
//! | [`Pages::challenge`], [`Pages::show`] | a tenant shows that a host is its own |
//! | [`Pages::page`] | the board of the page `/security/t/SLUG`, for everybody |
//! | [`Pages::tick`] | called about once a second: looks at some pages, asks some hosts again |
//! | [`LogQuestions`], [`Probes`], [`Outreach`] | what a server has to do for it |
//!
//! Always holds: a claim's sentence ends with what is measured for it, so that evidence counts for no other measurement;
//! what was broken stays on the page for as long as its strip has the day, whatever its owner does; nothing public names a
//! tenant's id, a source or a query; a change demands a permit for it, and is in the tenant's trail first. Reading what a
//! tenant has here demands none: whoever calls asks for it.
//! Does not find out whether logs are true: whoever writes them can write what is counted.

mod bound;
mod claim;
mod draft;
mod evidence;
mod host;
mod names;
mod outside;
mod pages;
mod probe;
mod sequence;
mod showing;
mod slug;
mod store;

pub use bound::{Bound, ProbeKind};
pub use draft::{Draft, DraftError, Written};
pub use host::{Host, HostError, Reach};
pub use outside::{
    LogQuestions, LookError, Means, Moment, Moments, Outreach, Probes, Question, SecurityTxt, ShownHosts, TlsSeen,
};
pub use pages::{OwnClaim, OwnHost, OwnPage, Pages, PagesError, PagesTick, Tried, Unpublished};
pub use showing::{Challenge, Showed};
pub use slug::{Slug, SlugError};
pub use store::PageStoreError;
