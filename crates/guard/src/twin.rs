//! Listeners of broken twins: what checks show themselves to see whether they would find it.
//!
//! Always holds: one at a time, on this machine only, with no service behind it, gone before anybody else may look; a check
//! of the listeners that are open waits until there is none.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use parking_lot::{Mutex, MutexGuard};

static LISTENS: Mutex<()> = Mutex::new(());

/// How long a connection may be silent.
const SILENCE_MAX: Duration = Duration::from_secs(3);
const TICK: Duration = Duration::from_millis(20);

/// A listener, for as long as this lives.
#[derive(Debug)]
pub struct Beside {
    pub address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    _alone: MutexGuard<'static, ()>,
}

/// While this is held no twin listens.
pub fn none_listens() -> MutexGuard<'static, ()> {
    LISTENS.lock()
}

// === impl Beside ===

impl Beside {
    /// Does this with each connection, one after another.
    pub fn start(answer: impl Fn(TcpStream) + Send + 'static) -> io::Result<Self> {
        let alone = LISTENS.lock();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopping = Arc::clone(&stop);
        let work = move || {
            while !stopping.load(Ordering::Acquire) {
                accepted(&listener).into_iter().for_each(&answer);
            }
        };
        let thread = Some(std::thread::Builder::new().name("twin".to_owned()).spawn(work)?);
        Ok(Self { address, stop, thread, _alone: alone })
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        // The lock is given back only when the listener is gone.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A connection that is there, or none after a moment.
fn accepted(listener: &TcpListener) -> Option<TcpStream> {
    let Ok((stream, _)) = listener.accept() else {
        #[expect(clippy::disallowed_methods, reason = "a listener of the system is waited for, on a thread of its own")]
        std::thread::sleep(TICK);
        return None;
    };
    stream.set_nonblocking(false).ok()?;
    stream.set_read_timeout(Some(SILENCE_MAX)).ok()?;
    Some(stream)
}
