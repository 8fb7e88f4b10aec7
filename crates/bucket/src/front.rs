//! Stands before the server: takes each request whole, passes it on or not, and spoils the answer as it was told.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Frame, Incoming};
use hyper::header::{CONTENT_LENGTH, HeaderValue};
use hyper::{Method, Request, Response};
use parking_lot::Mutex;
use s3s::service::S3Service;

use crate::{Act, Fault};

type Error = Box<dyn std::error::Error + Send + Sync>;
type Answer = Response<UnsyncBoxBody<Bytes, Error>>;

pub(crate) struct Front {
    server: S3Service,
    plan: Mutex<Plan>,
}

#[derive(Default)]
struct Plan {
    next: VecDeque<(Act, Fault)>,
    always: Vec<(Act, Fault)>,
    seen: Vec<Act>,
}

/// Why a connection was cut.
#[derive(Debug)]
struct Cut;

// === impl Front ===

impl Front {
    pub(crate) fn before(server: S3Service) -> Self {
        Self { server, plan: Mutex::default() }
    }

    pub(crate) fn plan(&self, act: Act, fault: Fault) {
        self.plan.lock().next.push_back((act, fault));
    }

    pub(crate) fn always(&self, acts: &[Act], fault: Fault) {
        self.plan.lock().always.extend(acts.iter().map(|act| (*act, fault)));
    }

    pub(crate) fn heal(&self) {
        let mut plan = self.plan.lock();
        plan.next.clear();
        plan.always.clear();
    }

    pub(crate) fn waiting(&self) -> usize {
        self.plan.lock().next.len()
    }

    pub(crate) fn requests(&self, act: Act) -> usize {
        self.plan.lock().seen.iter().filter(|seen| **seen == act).count()
    }

    /// An error cuts the connection.
    pub(crate) async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Result<Answer, Error> {
        let act = Act::of(&request);
        let Some(fault) = self.plan.lock().meet(act) else { return self.carry_out(request).await.map(whole) };
        match fault {
            Fault::Pass => self.carry_out(request).await.map(whole),
            Fault::CutBefore => Err(Cut.into()),
            Fault::Refuse(status, code) => {
                // A client that is still sending would not see an answer.
                request.into_body().collect().await?;
                refusal(act, status, code)
            }
            Fault::Deny(status, code) => {
                self.carry_out(request).await?;
                refusal(act, status, code)
            }
            Fault::LoseAnswer => {
                self.carry_out(request).await?;
                Err(Cut.into())
            }
            Fault::Silence => {
                self.carry_out(request).await?;
                std::future::pending().await
            }
            Fault::CutBody => self.carry_out(request).await.map(cut_body),
            Fault::ShortBody => self.carry_out(request).await.map(short_body),
            Fault::FlipBit => self.carry_out(request).await.map(flip_bit),
        }
    }

    /// What the server itself answers, whole.
    async fn carry_out(&self, request: Request<Incoming>) -> Result<Response<Bytes>, Error> {
        let (head, body) = request.into_parts();
        let body = body.collect().await?.to_bytes();
        let answer = self.server.call(Request::from_parts(head, body.into())).await.map_err(|_| Cut)?;
        let (head, body) = answer.into_parts();
        Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
    }
}

// === impl Plan ===

impl Plan {
    fn meet(&mut self, act: Act) -> Option<Fault> {
        self.seen.push(act);
        if let Some(at) = self.next.iter().position(|(planned, _)| *planned == act) {
            return self.next.remove(at).map(|(_, fault)| fault);
        }
        self.always.iter().find(|(planned, _)| *planned == act).map(|(_, fault)| *fault)
    }
}

// === impl Act ===

impl Act {
    fn of(request: &Request<Incoming>) -> Self {
        match *request.method() {
            Method::PUT => Self::Put,
            Method::HEAD => Self::Head,
            Method::DELETE => Self::Delete,
            _ if request.uri().query().is_some_and(|query| query.contains("list-type=2")) => Self::List,
            _ => Self::Get,
        }
    }
}

// === impl Cut ===

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the connection is cut")
    }
}

impl std::error::Error for Cut {}

fn whole(answer: Response<Bytes>) -> Answer {
    answer.map(|bytes| Full::new(bytes).map_err(|never: Infallible| match never {}).boxed_unsync())
}

/// As S3 says no: with a document, unless the request was a HEAD.
fn refusal(act: Act, status: u16, code: &str) -> Result<Answer, Error> {
    let document = format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>no</Message></Error>");
    let body = if act == Act::Head { Bytes::new() } else { document.into() };
    Ok(whole(Response::builder().status(status).body(body)?))
}

fn cut_body(answer: Response<Bytes>) -> Answer {
    answer.map(|bytes| {
        let half = bytes.slice(..bytes.len() / 2);
        // The half has to be on its way before the connection is cut.
        let frames = stream::unfold(Some(half), |half| async move {
            let half = half?;
            if half.is_empty() {
                tokio::task::yield_now().await;
                return Some((Err(Cut.into()), None));
            }
            Some((Ok(Frame::data(half)), Some(Bytes::new())))
        });
        StreamBody::new(frames).boxed_unsync()
    })
}

fn short_body(answer: Response<Bytes>) -> Answer {
    let (mut head, bytes) = answer.into_parts();
    if bytes.is_empty() {
        // The length that the answer to a HEAD names is the object's.
        return whole(Response::from_parts(head, bytes));
    }
    let half = bytes.slice(..bytes.len() / 2);
    head.headers.insert(CONTENT_LENGTH, HeaderValue::from(half.len()));
    whole(Response::from_parts(head, half))
}

fn flip_bit(answer: Response<Bytes>) -> Answer {
    whole(answer.map(|bytes| {
        let mut bytes = Vec::from(bytes);
        let middle = bytes.len() / 2;
        if let Some(byte) = bytes.get_mut(middle) {
            *byte ^= 1;
        }
        Bytes::from(bytes)
    }))
}
