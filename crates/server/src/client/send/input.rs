//! What is sent: files, compressed or not, and pipes.
//!
//! Always holds: a pipe is read by a thread of its own, so that its lines can be sent while it is silent; memory stays
//! bounded because that thread waits once a few pieces are ahead.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use flate2::read::MultiGzDecoder;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};

const PIECE_BYTES: usize = 256 << 10;
const PIECES_AHEAD: usize = 8;

/// A file or pipe that was opened, its start still ahead.
#[derive(Debug)]
pub(super) struct Input {
    pub(super) path: PathBuf,
    /// For people.
    pub(super) name: String,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    File { file: File, size: u64, compression: Compression },
    Pipe(Option<File>),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Compression {
    None,
    Gzip,
    Zstd,
}

/// The bytes of an input, decompressed.
pub(super) enum Reader {
    File { reader: Box<dyn Read + Send>, buffer: Vec<u8>, read: Arc<AtomicU64> },
    Pipe(PipeReader),
}

pub(super) struct PipeReader {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    read: u64,
    runtime: Handle,
    stop: watch::Receiver<bool>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Bytes(Bytes),
    /// Nothing came in the time given.
    Silence,
    End,
}

/// Counts what is read of a file, whatever a decompressor makes of it.
struct Counted {
    file: File,
    read: Arc<AtomicU64>,
}

// === impl Input ===

impl Input {
    /// `-` is standard input.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        if path.as_os_str() == "-" {
            return Ok(Self { path: path.to_owned(), name: "standard input".to_owned(), kind: Kind::Pipe(None) });
        }
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if metadata.is_dir() {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        let kind = if metadata.is_file() {
            Kind::File { file, size: metadata.len(), compression: Compression::of(path) }
        } else {
            Kind::Pipe(Some(file))
        };
        Ok(Self { path: path.to_owned(), name: path.display().to_string(), kind })
    }

    /// The file, where it is one and can be gone on with.
    pub(super) fn file(&mut self) -> Option<&mut File> {
        match &mut self.kind {
            Kind::File { file, .. } => Some(file),
            Kind::Pipe(_) => None,
        }
    }

    /// Bytes of the file as it lies there; a pipe has no size.
    pub(super) fn size(&self) -> Option<u64> {
        match self.kind {
            Kind::File { size, .. } => Some(size),
            Kind::Pipe(_) => None,
        }
    }

    /// Starts reading at `offset` of the decompressed bytes. A pipe ends with `stop`.
    pub(super) fn read_from(self, offset: u64, runtime: &Handle, stop: &watch::Receiver<bool>) -> io::Result<Reader> {
        match self.kind {
            Kind::File { file, compression, .. } => file_reader(file, compression, offset),
            Kind::Pipe(file) => {
                let pieces = start_pump(file);
                Ok(Reader::Pipe(PipeReader { pieces, read: 0, runtime: runtime.clone(), stop: stop.clone() }))
            }
        }
    }
}

fn file_reader(mut file: File, compression: Compression, offset: u64) -> io::Result<Reader> {
    let read = Arc::new(AtomicU64::new(0));
    if compression == Compression::None {
        io::Seek::seek(&mut file, io::SeekFrom::Start(offset))?;
        read.store(offset, Ordering::Relaxed);
    }
    let counted = Counted { file, read: Arc::clone(&read) };
    let mut reader: Box<dyn Read + Send> = match compression {
        Compression::None => Box::new(counted),
        Compression::Gzip => Box::new(MultiGzDecoder::new(io::BufReader::with_capacity(PIECE_BYTES, counted))),
        Compression::Zstd => Box::new(zstd::stream::read::Decoder::new(counted)?),
    };
    if compression != Compression::None {
        io::copy(&mut reader.by_ref().take(offset), &mut io::sink())?;
    }
    Ok(Reader::File { reader, buffer: vec![0; PIECE_BYTES], read })
}

fn start_pump(file: Option<File>) -> mpsc::Receiver<io::Result<Bytes>> {
    let (sender, pieces) = mpsc::channel(PIECES_AHEAD);
    // A thread of its own: it may wait for input for ever, and nothing waits for it at the end.
    std::thread::spawn(move || match file {
        Some(mut file) => pump(&mut file, &sender),
        None => pump(&mut io::stdin().lock(), &sender),
    });
    pieces
}

fn pump(from: &mut dyn Read, to: &mpsc::Sender<io::Result<Bytes>>) {
    let mut buffer = vec![0; PIECE_BYTES];
    loop {
        let piece = match from.read(&mut buffer) {
            Ok(0) => return,
            Ok(length) => Ok(Bytes::copy_from_slice(&buffer[..length])),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => Err(error),
        };
        let failed = piece.is_err();
        if to.blocking_send(piece).is_err() || failed {
            return;
        }
    }
}

// === impl Reader ===

impl Reader {
    /// The next bytes. Only a pipe is ever silent; `patience` counts only where there is one.
    pub(super) fn next(&mut self, patience: Option<Duration>) -> io::Result<Piece> {
        match self {
            Self::File { reader, buffer, .. } => loop {
                match reader.read(buffer) {
                    Ok(0) => return Ok(Piece::End),
                    Ok(length) => return Ok(Piece::Bytes(Bytes::copy_from_slice(&buffer[..length]))),
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    Err(error) => return Err(error),
                }
            },
            Self::Pipe(pipe) => pipe.next(patience),
        }
    }

    /// Bytes of the file or pipe that were read so far, those before the offset included.
    pub(super) fn bytes_read(&self) -> u64 {
        match self {
            Self::File { read, .. } => read.load(Ordering::Relaxed),
            Self::Pipe(pipe) => pipe.read,
        }
    }
}

// === impl PipeReader ===

impl PipeReader {
    fn next(&mut self, patience: Option<Duration>) -> io::Result<Piece> {
        let Self { pieces, stop, .. } = self;
        let next = async {
            tokio::select! {
                // What was read already is taken before the wish to stop.
                biased;
                piece = pieces.recv() => piece,
                _ = stop.wait_for(|stop| *stop) => None,
            }
        };
        let piece = self.runtime.block_on(async {
            match patience {
                Some(patience) => tokio::time::timeout(patience, next).await,
                None => Ok(next.await),
            }
        });
        match piece {
            Ok(Some(piece)) => {
                let piece = piece?;
                self.read += piece.len() as u64;
                Ok(Piece::Bytes(piece))
            }
            Ok(None) => Ok(Piece::End),
            Err(_) => Ok(Piece::Silence),
        }
    }
}

// === impl Compression ===

impl Compression {
    fn of(path: &Path) -> Self {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("gz") => Self::Gzip,
            Some("zst" | "zstd") => Self::Zstd,
            Some(_) | None => Self::None,
        }
    }
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const TEXT: &[u8] = b"one\ntwo\nthree\n";

    fn check(name: &str, bytes: &[u8], offset: u64, expected: &[u8]) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let input = Input::open(&path).unwrap();
        assert_eq!(input.size(), Some(bytes.len() as u64));
        let (_keep, stop) = watch::channel(false);
        let mut reader = input.read_from(offset, runtime.handle(), &stop).unwrap();
        let mut found = Vec::new();
        while let Piece::Bytes(piece) = reader.next(None).unwrap() {
            found.extend_from_slice(&piece);
        }
        assert_eq!((found.as_slice(), reader.bytes_read()), (expected, bytes.len() as u64), "{name}");
    }

    #[test]
    fn a_file_is_read_from_an_offset_of_what_is_in_it() {
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(TEXT).unwrap();
        let gzip = gzip.finish().unwrap();
        let zstd = zstd::bulk::compress(TEXT, 1).unwrap();
        for offset in [0, 4, TEXT.len() as u64] {
            let expected = &TEXT[offset as usize..];
            check("a.log", TEXT, offset, expected);
            check("a.log.gz", &gzip, offset, expected);
            check("a.log.zst", &zstd, offset, expected);
        }
        let twice = [gzip.as_slice(), &gzip].concat();
        check("a.log.gz", &twice, TEXT.len() as u64, TEXT);
    }

    #[test]
    fn a_folder_is_no_input() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Input::open(folder.path()).is_err());
        assert!(Input::open(&folder.path().join("absent")).is_err());
    }

    #[test]
    fn a_pipe_may_be_silent() {
        // Of a runtime with one thread, nobody would drive the clock.
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (sender, pieces) = mpsc::channel(1);
        let (stop_now, stop) = watch::channel(false);
        let mut reader = Reader::Pipe(PipeReader { pieces, read: 0, runtime: runtime.handle().clone(), stop });
        assert_eq!(reader.next(Some(Duration::from_millis(1))).unwrap(), Piece::Silence);
        runtime.block_on(sender.send(Ok(Bytes::from_static(b"late")))).unwrap();
        assert_eq!(reader.next(Some(Duration::from_secs(10))).unwrap(), Piece::Bytes(Bytes::from_static(b"late")));
        runtime.block_on(sender.send(Ok(Bytes::from_static(b"last")))).unwrap();
        stop_now.send(true).unwrap();
        assert_eq!(reader.next(None).unwrap(), Piece::Bytes(Bytes::from_static(b"last")));
        assert_eq!((reader.next(None).unwrap(), reader.bytes_read()), (Piece::End, 8));
    }
}
