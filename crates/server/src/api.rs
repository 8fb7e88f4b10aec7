//! The API as programs see it: OpenAPI 3.1, from the table of routes and the types that handlers read and write.
//!
//! | file | what it is |
//! |---|---|
//! | `shape.rs` | what a handler's signature says of its operation |
//! | `answer.rs` | the types of such signatures: answers, forms, parameters |
//! | `operations.rs` | names, summaries and refusals of operations, by handler |
//! | `codes.rs` | the stable codes of refusals |
//! | `document.rs` | all of it as one document |
//!
//! Always holds: a route is in the document if its handler answers anything but a page or a file for browsers, and not in
//! the words of another product; its bodies are described by the types that serde reads and writes there.

mod answer;
mod codes;
mod document;
mod operations;
mod shape;

pub(crate) use answer::{
    Accepted, Answer, Done, Form, InFormOf, JsonOf, Made, Media, NoBody, Parameters, Sent, TakesCookie, Typed, accepted, made,
    nothing, ok,
};
pub(crate) use document::{description, printed};
pub(crate) use shape::{Schemas, Shape, of};
