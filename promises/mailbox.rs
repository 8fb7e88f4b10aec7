//! A mail server on this machine that takes every message, over TLS from the first byte (RFC 8314) by an authority of its own.

use std::ffi::OsString;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::certified;

/// Ended with the process.
pub(crate) struct Mailbox {
    port: u16,
    folder: tempfile::TempDir,
    messages: Arc<Mutex<Vec<Mail>>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Mail {
    pub(crate) to: String,
    /// Header and text as they came, lines ended by LF.
    pub(crate) text: String,
}

// === impl Mailbox ===

impl Mailbox {
    pub(crate) fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = Arc::new(certified::server("localhost", &folder.path().join("ca.pem")));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let messages = Arc::new(Mutex::new(Vec::new()));
        let taking = Arc::clone(&messages);
        std::thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let (config, messages) = (Arc::clone(&config), Arc::clone(&taking));
                // A client that goes away in the middle has sent nothing.
                std::thread::spawn(move || drop(takes(config, socket, &messages)));
            }
        });
        Self { port, folder, messages }
    }

    /// What a server is started with that writes through it, and to whom.
    pub(crate) fn settings(&self, contact: &str) -> Vec<(&'static str, OsString)> {
        vec![
            ("BLOCKHOUSE_SECURITY_CONTACT", format!("mailto:{contact}").into()),
            ("BLOCKHOUSE_MAIL_HOST", format!("localhost:{}", self.port).into()),
            ("BLOCKHOUSE_MAIL_FROM", "blockhouse@example.com".into()),
            ("BLOCKHOUSE_MAIL_CA", self.folder.path().join("ca.pem").into()),
        ]
    }

    /// Those whose header or text has these words, oldest first.
    pub(crate) fn with(&self, words: &str) -> Vec<Mail> {
        let messages = self.messages.lock().unwrap();
        messages.iter().filter(|mail| mail.text.contains(words)).cloned().collect()
    }
}

fn takes(config: Arc<ServerConfig>, socket: TcpStream, messages: &Mutex<Vec<Mail>>) -> io::Result<()> {
    let connection = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut tls = BufReader::new(StreamOwned::new(connection, socket));
    let mut to = String::new();
    say(&mut tls, "220 localhost")?;
    loop {
        let line = hear(&mut tls)?;
        let (command, rest) = line.split_once([' ', ':']).unwrap_or((&line, ""));
        match command {
            "RCPT" => {
                to = rest.trim_start_matches("TO:<").trim_end_matches('>').to_owned();
                say(&mut tls, "250 ok")?;
            }
            "DATA" => {
                say(&mut tls, "354 go")?;
                let mut text = String::new();
                loop {
                    let line = hear(&mut tls)?;
                    if line == "." {
                        break;
                    }
                    text = text + &line + "\n";
                }
                messages.lock().unwrap().push(Mail { to: std::mem::take(&mut to), text });
                say(&mut tls, "250 queued")?;
            }
            "QUIT" => return say(&mut tls, "221 bye"),
            _ => say(&mut tls, "250 ok")?,
        }
    }
}

fn hear(tls: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    if tls.read_line(&mut line)? == 0 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

fn say(tls: &mut BufReader<StreamOwned<ServerConnection, TcpStream>>, line: &str) -> io::Result<()> {
    tls.get_mut().write_all(format!("{line}\r\n").as_bytes())?;
    tls.get_mut().flush()
}
