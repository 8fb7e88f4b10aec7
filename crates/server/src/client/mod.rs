//! The client commands: sign in; send logs, search them, follow them; see and begin what people sign in public; look after a
//! tenant, people, roles, identity providers, access of staff and the audit trail, a page of one's own, saved views, short links,
//! alerts, archives and pipelines; begin long work and see how far it is.
//!
//! Always holds: a client speaks HTTPS with a verified certificate, prints through [`output`] and ends with the exit code
//! of its [`failure::Failure`]. Text of logs reaches a terminal without its control characters. Knows nothing of the
//! server's insides: what it uses is the HTTP interface that any other client has.

mod access;
mod alert;
mod answers;
mod api;
mod archive;
mod backoff;
mod caret;
mod claims;
mod connection;
mod context;
mod data_keys;
mod destination;
mod document;
mod factors;
mod failure;
mod fields;
mod granted;
mod histogram;
mod import;
mod invitation;
mod jobs;
mod kept_token;
mod key;
mod link;
mod login;
mod me;
mod origin;
mod output;
mod overview;
mod own_access;
mod person;
mod pipeline;
mod provider;
mod quota;
mod record;
mod refusals;
mod role;
mod search;
mod send;
mod series;
mod server;
mod service_account;
mod sessions;
mod source;
mod sql;
mod sse;
mod system;
mod table;
mod tail;
mod tenant;
mod tenants;
mod times;
mod trail;
mod units;
mod view;

use std::future::Future;
use std::process::ExitCode;

use clap::Subcommand;
use tokio::signal::unix::{Signal, SignalKind, signal};

use failure::Failure;
use output::Output;
pub(crate) use server::tls_error;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Send(send::Args),
    Search(search::Args),
    Sql(sql::Args),
    Tail(tail::Args),
    Histogram(histogram::Args),
    Series(series::Args),
    Fields(fields::Args),
    Context(context::Args),
    Origin(origin::Args),
    Overview(overview::Args),
    Claims(claims::Args),
    View(view::Args),
    Link(link::Args),
    Alert(alert::Args),
    Tenant(tenants::Args),
    Source(source::Args),
    Key(key::Args),
    Person(person::Args),
    Invitation(invitation::Args),
    Role(role::Args),
    ServiceAccount(service_account::Args),
    Provider(provider::Args),
    Access(access::Args),
    Trail(trail::Args),
    Me(me::Args),
    System(system::Args),
    Login(login::LoginArgs),
    Logout(login::LogoutArgs),
    Api(api::Args),
    Import(import::Args),
    Jobs(jobs::Args),
    Archive(archive::Args),
    Pipeline(pipeline::Args),
}

/// Wishes of the user to end: Ctrl-C, or a request of the system. From `listen` on, none is missed.
#[derive(Debug)]
struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

pub(crate) fn run(command: Command) -> ExitCode {
    let mut output = Output::new(command.colours());
    let ended = match runtime() {
        Ok(runtime) => {
            let ended = runtime.block_on(command.run(&mut output));
            // A thread that waits for standard input would hold the end up.
            runtime.shutdown_background();
            ended
        }
        Err(source) => Err(Failure::Runtime(source)),
    };
    let ended = ended.and_then(|()| output.flush());
    if let Err(failure) = &ended {
        output.failure(failure);
    }
    ExitCode::from(ended.err().map_or(0, |failure| failure.exit_code()))
}

/// Prints what is wrong with the arguments, or the help or version that was asked for.
pub(crate) fn refuse_arguments(error: &clap::Error) -> ExitCode {
    // Nothing is left to do where even this cannot be printed.
    drop(error.print());
    ExitCode::from(if error.use_stderr() { failure::EXIT_DATA } else { 0 })
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    // Reqwest was built without a provider of its own, so that there is one in the binary.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()
}

/// Ends when the user asks for the end: Ctrl-C, or a request of the system.
async fn interrupted() -> Result<(), Failure> {
    Interrupts::listen()?.next().await;
    Ok(())
}

/// What `work` gives, or `Interrupted` as soon as the user asks for the end.
async fn unless_interrupted<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::select! {
        done = work => done,
        heard = interrupted() => Err(heard.err().unwrap_or(Failure::Interrupted)),
    }
}

// === impl Interrupts ===

impl Interrupts {
    fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(Failure::Runtime);
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

// === impl Command ===

impl Command {
    fn colours(&self) -> output::ColourArgs {
        match self {
            Self::Send(_) | Self::Overview(_) | Self::Import(_) => output::ColourArgs::default(),
            Self::Search(args) => args.colours,
            Self::Sql(args) => args.colours,
            Self::Tail(args) => args.colours,
            Self::Histogram(args) => args.colours,
            Self::Series(args) => args.colours,
            Self::Fields(args) => args.colours,
            Self::Context(args) => args.colours,
            Self::Origin(args) => args.colours,
            Self::Claims(args) => args.colours(),
            Self::View(args) => args.colours,
            Self::Link(args) => args.colours,
            Self::Alert(args) => args.colours,
            Self::Tenant(args) => args.colours,
            Self::Source(args) => args.colours,
            Self::Key(args) => args.colours,
            Self::Person(args) => args.colours,
            Self::Invitation(args) => args.colours,
            Self::Role(args) => args.colours,
            Self::ServiceAccount(args) => args.colours,
            Self::Provider(args) => args.colours,
            Self::Access(args) => args.colours,
            Self::Trail(args) => args.colours,
            Self::Me(args) => args.colours,
            Self::System(args) => args.colours,
            Self::Login(args) => args.colours,
            Self::Logout(args) => args.colours,
            Self::Api(args) => args.colours,
            Self::Jobs(args) => args.colours,
            Self::Archive(args) => args.colours,
            Self::Pipeline(args) => args.colours,
        }
    }

    async fn run(self, output: &mut Output) -> Result<(), Failure> {
        match self {
            Self::Send(args) => send::run(args, output).await,
            Self::Search(args) => unless_interrupted(search::run(args, output)).await,
            Self::Sql(args) => unless_interrupted(sql::run(args, output)).await,
            Self::Tail(args) => tail::run(args, output).await,
            Self::Histogram(args) => unless_interrupted(histogram::run(args, output)).await,
            Self::Series(args) => unless_interrupted(series::run(args, output)).await,
            Self::Fields(args) => unless_interrupted(fields::run(args, output)).await,
            Self::Context(args) => unless_interrupted(context::run(args, output)).await,
            Self::Origin(args) => unless_interrupted(origin::run(args, output)).await,
            Self::Overview(args) => unless_interrupted(overview::run(args, output)).await,
            Self::Claims(args) => unless_interrupted(claims::run(args, output)).await,
            Self::View(args) => unless_interrupted(view::run(args, output)).await,
            Self::Link(args) => unless_interrupted(link::run(args, output)).await,
            Self::Alert(args) => unless_interrupted(alert::run(args, output)).await,
            Self::Tenant(args) => unless_interrupted(tenants::run(args, output)).await,
            Self::Source(args) => unless_interrupted(source::run(args, output)).await,
            Self::Key(args) => unless_interrupted(key::run(args, output)).await,
            Self::Person(args) => unless_interrupted(person::run(args, output)).await,
            Self::Invitation(args) => unless_interrupted(invitation::run(args, output)).await,
            Self::Role(args) => unless_interrupted(role::run(args, output)).await,
            Self::ServiceAccount(args) => unless_interrupted(service_account::run(args, output)).await,
            Self::Provider(args) => unless_interrupted(provider::run(args, output)).await,
            Self::Access(args) => unless_interrupted(access::run(args, output)).await,
            Self::Trail(args) => unless_interrupted(trail::run(args, output)).await,
            Self::Me(args) => unless_interrupted(me::run(args, output)).await,
            Self::System(args) => unless_interrupted(system::run(args, output)).await,
            Self::Login(args) => unless_interrupted(login::login(args, output)).await,
            Self::Logout(args) => unless_interrupted(login::logout(args, output)).await,
            Self::Api(args) => unless_interrupted(api::run(args, output)).await,
            Self::Import(args) => unless_interrupted(import::run(args, output)).await,
            Self::Jobs(args) => unless_interrupted(jobs::run(args, output)).await,
            Self::Archive(args) => unless_interrupted(archive::run(args, output)).await,
            Self::Pipeline(args) => unless_interrupted(pipeline::run(args, output)).await,
        }
    }
}
