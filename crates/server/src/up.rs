//! `blockhouse up`: opens the data folder, listens, serves until it is told to stop, and leaves nothing undone.

use std::io::IsTerminal;
use std::sync::Arc;

use anyhow::Context;
use audit::{Actor, Deed, Event};
use claims::Library;
use guard::certificate::{Made, load_pem};
use guard::{Certificates, Drained, Edge, EdgeLimits, PemFiles, TlsProfile};
use model::{Clock, limits};
use parking_lot::Mutex;
use seal::SealedStore;
use store::Store;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;
use trust::Board;
use trust::tenant::Pages;

use crate::app::{App, Places};
use crate::banner::Banner;
use crate::board::{self, Listeners, Looking};
use crate::bodies::BodyBudget;
use crate::carrier::Carrier;
use crate::config::{TlsConfig, UpArgs};
use crate::contacts::Contacts;
use crate::figures::Drawing;
use crate::handlers::hec::Moments;
use crate::handlers::overview::Rendered;
use crate::hashing::Hashing;
use crate::headers::Hsts;
use crate::jobs::Maintenance;
use crate::node::Node;
use crate::refusals::Refusals;
use crate::system::{Authority, System};
use crate::turned_away::{Attempts, Port};
use crate::watching::Sender;
use crate::{archiving, forward, importing, receiving, reminding, routes, syslog, telemetry, tenant_pages, watching};

const QUERY_THREADS: usize = 2;

pub(crate) fn up(args: &UpArgs) -> anyhow::Result<()> {
    telemetry::start(args.json);
    let node = Node::open_at(&args.data, &args.site())?;
    let _lock = node.lock()?;
    let (store, sealed) = node.store(&args.objects)?;
    let store = Arc::new(store);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().context("could not start the runtime")?;
    let queries = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(QUERY_THREADS)
        .thread_name("query")
        .enable_time()
        .build()
        .context("could not start the threads for queries")?;
    let maintenance = Maintenance::start(&store, &node).context("could not start maintenance")?;
    let served = runtime.block_on(serve(args, &node, (&store, &sealed), queries.handle().clone()));
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    queries.shutdown_background();
    maintenance.finish();
    served
}

async fn serve(
    args: &UpArgs,
    node: &Node,
    (store, sealed): (&Arc<Store>, &Arc<SealedStore>),
    sql_runtime: tokio::runtime::Handle,
) -> anyhow::Result<()> {
    // Before anybody can reach it: whoever stops it as soon as it listens waits for a clean end too.
    let signals = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let certificates = certificates(&args.tls, node)?;
    let floor = args.tls.floor();
    let attempts = Arc::new(Attempts::default());
    let shown = Arc::clone(&certificates);
    let (edge, syslog, forward) = listen(args, certificates, |edge, port| telling(edge, port, (&attempts, &node.clock))).await?;
    let mailer = args.contact.mailer()?;
    let contacts = args.contact.open(node, mailer.as_ref(), &args.site().origin)?;
    let build = board::build()?;
    let board = board::open(
        node,
        (store, sealed),
        (args, contacts.as_ref()),
        (Listeners::of(&edge, floor, (syslog.as_ref(), forward.as_ref())), &attempts, build.clone()),
    )?;
    let queries = Arc::new(Semaphore::new(limits::QUERIES_AT_ONCE));
    let places = Places { queries: Arc::clone(&queries), runtime: tokio::runtime::Handle::current() };
    let pages = tenant_pages::open(node, (store, &places), args, build)?;
    let (stop, stopping) = watch::channel(false);
    let app = Arc::new(App {
        store: Arc::clone(store),
        identity: Arc::clone(&node.identity),
        clock: Arc::clone(&node.clock),
        entropy: Arc::clone(&node.entropy),
        sql_runtime,
        queries,
        sql_queries: Arc::default(),
        bodies: BodyBudget::default(),
        hec_moments: Moments::default(),
        hashing: Hashing::start().context("could not start a thread")?,
        refusals: Refusals::beside(attempts),
        origin: args.site().origin,
        hsts: Hsts::of(&args.site().name),
        board: Arc::clone(&board),
        pages: Arc::clone(&pages),
        templates: tenant_pages::templates(node)?,
        library: Library::shipped().context("the library of claims is not well formed")?,
        rendered: Rendered::default(),
        drawing: Drawing::new(sealed, &node.identity, &node.clock),
        contacts: contacts.clone(),
        system: system_of(args, node, (&edge, shown))?,
        root_key: node.root_key_file(),
        root_id: node.root_id,
        mailer,
        tested: Mutex::default(),
        providers: oidc::Providers::default(),
        private_hosts: args.private_hosts.clone(),
        archive_folder: args.archive_folder()?,
        trying: Mutex::default(),
        stopping,
    });
    say(args, node, &edge)?;
    importing::sweep(&app).await;
    tell(&app, contacts);
    let looking = looking((&app, places), (&board, &pages)).context("could not start a thread")?;
    let receiving = receive((syslog, forward), &app);
    match edge.serve(routes::router(&app), stopped(signals, stop, board)).await {
        Drained::Complete => {}
        Drained::Cut(connections) => tracing::warn!(connections, "connections were cut with a request under way"),
    }
    for receiver in receiving.into_iter().flatten() {
        let _ = receiver.await;
    }
    // A look from outside that is under way needs this runtime until its end.
    let _ = tokio::task::spawn_blocking(move || looking.into_iter().for_each(Looking::finish)).await;
    Ok(())
}

/// Says that it runs: in the trail, then to whoever started it.
fn say(args: &UpArgs, node: &Node, edge: &Edge) -> anyhow::Result<()> {
    let started = Event::ServerStarted { version: env!("CARGO_PKG_VERSION").to_owned() };
    node.identity.note(&Deed::by(Actor::Server, node.clock.now()), started).context("could not write into the audit trail")?;
    let (address, own_certificate) = (edge.local_addr(), args.tls.tls_certificate.is_some());
    Banner { node, address, floor: args.tls.floor(), own_certificate }.print(args.json, std::io::stdout().is_terminal())
}

/// What tells others of what happens here, until the server ends.
fn tell(app: &Arc<App>, contacts: Option<Arc<Contacts>>) {
    tokio::spawn(Carrier::new(app).run());
    tokio::spawn(reminding::run(Arc::clone(app)));
    tokio::spawn(Sender::new(app).run());
    contacts.map(|contacts| tokio::spawn(contacts.watch()));
}

/// The threads that look again and again, and that which imports.
fn looking((app, places): (&Arc<App>, Places), (board, pages): (&Arc<Board>, &Arc<Pages>)) -> std::io::Result<Vec<Looking>> {
    let archives = archiving::start(app, places.clone());
    let all = [Looking::start(board), tenant_pages::look(pages), watching::look(app, places), archives, importing::work(app)];
    all.into_iter().collect()
}

/// Listens for HTTP, and where it is asked for, for syslog and Fluent's forward protocol.
async fn listen(
    args: &UpArgs,
    certificates: Arc<Certificates>,
    with: impl Fn(Edge, Port) -> Edge,
) -> anyhow::Result<(Edge, Option<Edge>, Option<Edge>)> {
    let syslog = receiving::bind(&syslog::PROTOCOL, args.syslog_listen, &certificates).await?;
    let forward = receiving::bind(&forward::PROTOCOL, args.forward_listen, &certificates).await?;
    let profile = TlsProfile { floor: args.tls.floor() };
    let edge = Edge::bind(args.listen, certificates, profile, EdgeLimits::default()).await.context("could not listen")?;
    let [syslog, forward] =
        [(syslog, Port::Syslog), (forward, Port::Forward)].map(|(edge, port)| edge.map(|edge| with(edge, port)));
    Ok((with(edge, Port::Https), syslog, forward))
}

/// Has an edge tell what it turns away.
fn telling(edge: Edge, port: Port, (attempts, clock): (&Arc<Attempts>, &Arc<dyn Clock>)) -> Edge {
    let (attempts, clock) = (Arc::clone(attempts), Arc::clone(clock));
    edge.telling(move |one| attempts.note(port, one, clock.now()))
}

/// What listens beside HTTP, until the server stops.
fn receive((syslog, forward): (Option<Edge>, Option<Edge>), app: &Arc<App>) -> [Option<JoinHandle<()>>; 2] {
    [
        syslog.map(|edge| tokio::spawn(receiving::serve(&syslog::PROTOCOL, edge, Arc::clone(app), syslog::receive))),
        forward.map(|edge| tokio::spawn(receiving::serve(&forward::PROTOCOL, edge, Arc::clone(app), forward::receive))),
    ]
}

/// Comes back when somebody wants it to end, and tells whoever works on.
async fn stopped((mut term, mut int): (Signal, Signal), stop: watch::Sender<bool>, board: Arc<Board>) {
    tokio::select! {
        _ = term.recv() => {}
        _ = int.recv() => {}
    }
    tracing::info!("stopping: requests under way are finished first");
    let _ = stop.send(true);
    // What nobody reaches any more cannot be looked at, which says nothing of the claims.
    board.end();
}

/// What runs here, for operators.
fn system_of(args: &UpArgs, node: &Node, (edge, certificates): (&Edge, Arc<Certificates>)) -> anyhow::Result<System> {
    let authority =
        || anyhow::Ok(Authority { fingerprint: node.authority.fingerprint(), certificate: node.authority_certificate()?.into() });
    Ok(System {
        started: node.clock.now(),
        floor: args.tls.floor(),
        certificates,
        authority: args.tls.tls_certificate.is_none().then(authority).transpose()?,
        counters: edge.counters(),
        in_bucket: args.objects.s3().is_some(),
    })
}

fn certificates(tls: &TlsConfig, node: &Node) -> anyhow::Result<Arc<Certificates>> {
    if let (Some(certificate), Some(key)) = (&tls.tls_certificate, &tls.tls_key) {
        let leaf = load_pem(certificate, key, node.clock.now()).context("could not use the configured certificate")?;
        let certificates = Certificates::new(leaf);
        let files = PemFiles { certificate: certificate.clone(), key: key.clone() };
        tokio::spawn(Arc::clone(&certificates).watch_files(files, Arc::clone(&node.clock)));
        return Ok(certificates);
    }
    let leaf = node.authority.load_or_issue(&[], node.clock.now()).context("could not issue the local certificate")?;
    let certificates = Certificates::new(leaf);
    tokio::spawn(Arc::clone(&certificates).keep_local(Arc::clone(&node.authority), Vec::new(), Arc::clone(&node.clock)));
    Ok(certificates)
}

/// Whether the authority was made just now.
pub(crate) fn is_new(made: Made) -> bool {
    match made {
        Made::New | Made::Replaced => true,
        Made::Loaded => false,
    }
}
