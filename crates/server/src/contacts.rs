//! Where vulnerabilities are reported: security.txt, the message each week that shows that somebody reads there, and a
//! message when what people signed in public ends soon.
//!
//! Always holds: the state is written before a message leaves; a message that could not be handed over is made anew; an
//! address that nobody answers from lets the file expire by itself.

use std::fs;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use contact::{Canary, Contact, Fields, SecurityTxt, SendTo, SigningKey, Uri};
use identity::StatementEnd;
use mail::{Encryption, MailConfig, Mailer, Message, Password, SignIn};
use model::{Clock, Email, Entropy, Timestamp};
use parking_lot::Mutex;
use seal::FieldSealer;

use crate::node::Node;
use crate::problem::Chain;
use reminded::Reminded;

mod reminded;

const TICK: Duration = Duration::from_secs(60);
pub(crate) const FILE_PATH: &str = "/.well-known/security.txt";
pub(crate) const KEY_PATH: &str = "/.well-known/security.asc";
pub(crate) const ACKNOWLEDGE_PATH: &str = "/security/contact#";
/// The page on which people sign.
const STATEMENTS_PATH: &str = "/claims";
const REMINDED_FILE: &str = "reminded";

#[derive(Debug, Args)]
#[command(next_help_heading = "Security contact")]
pub(crate) struct ContactArgs {
    /// Where vulnerabilities are reported, as mailto: or https: address; the preferred one first, separated by commas.
    /// With a mail server it is published as /.well-known/security.txt for as long as somebody answers from there
    #[arg(long, env = "BLOCKHOUSE_SECURITY_CONTACT", value_delimiter = ',')]
    security_contact: Vec<String>,
    /// The disclosure policy's address
    #[arg(long, env = "BLOCKHOUSE_SECURITY_POLICY", requires = "security_contact")]
    security_policy: Option<String>,
    /// The mail server to hand messages to, as HOST or HOST:PORT; TLS from the first byte, port 465
    #[arg(long, env = "BLOCKHOUSE_MAIL_HOST")]
    mail_host: Option<String>,
    /// Begin TLS by STARTTLS, port 587; a server that does not offer it is not sent to
    #[arg(long, env = "BLOCKHOUSE_MAIL_STARTTLS", requires = "mail_host")]
    mail_starttls: bool,
    /// Who messages are from
    #[arg(long, env = "BLOCKHOUSE_MAIL_FROM", requires = "mail_host")]
    mail_from: Option<String>,
    #[arg(long, env = "BLOCKHOUSE_MAIL_USER", requires = "mail_host")]
    mail_user: Option<String>,
    #[arg(long, env = "BLOCKHOUSE_MAIL_PASSWORD", hide_env_values = true, hide = true)]
    mail_password: Option<String>,
    /// A certificate authority to trust for the mail server, in PEM
    #[arg(long, env = "BLOCKHOUSE_MAIL_CA", requires = "mail_host")]
    mail_ca: Option<PathBuf>,
}

/// The published contacts of this installation.
pub(crate) struct Contacts {
    fields: Fields,
    key: SigningKey,
    name: String,
    canary: Mutex<Canary>,
    reminded: Mutex<Reminded>,
    mailer: Arc<Mailer>,
    folder: PathBuf,
    origin: String,
    sealer: FieldSealer,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

// === impl ContactArgs ===

impl ContactArgs {
    /// `None` where no contact is published: there is none, or no way to see that somebody reads there.
    pub(crate) fn open(&self, node: &Node, mailer: Option<&Arc<Mailer>>, origin: &str) -> anyhow::Result<Option<Arc<Contacts>>> {
        if self.security_contact.is_empty() {
            return Ok(None);
        }
        let Some(mailer) = mailer.map(Arc::clone) else {
            bail!("--security-contact needs --mail-host: unread contacts are not published")
        };
        let parse = |text: &String| Contact::parse(text).with_context(|| format!("{text} is no contact"));
        let contacts = self.security_contact.iter().map(parse).collect::<anyhow::Result<Vec<_>>>()?;
        if !contacts.iter().any(|contact| matches!(contact, Contact::Mail(_))) {
            bail!("--security-contact names no mailto: address, and only those can be seen to be read");
        }
        let uri = |path: &str| Uri::parse_https(&format!("{origin}{path}")).context("this server has no address to publish");
        let policy = self.security_policy.as_deref().map(Uri::parse_https).transpose().context("--security-policy")?;
        let fields = Fields {
            contacts: contacts.clone(),
            canonical: vec![uri(FILE_PATH)?],
            policy: policy.into_iter().collect(),
            signing_key: Some(uri(KEY_PATH)?),
            ..Fields::default()
        };
        let (folder, sealer, now) = (node.data.join("contact"), node.sealer()?, node.clock.now());
        fs::create_dir_all(&folder).with_context(|| format!("could not make the folder {}", folder.display()))?;
        let key = key(&folder, &sealer, &*node.entropy, now)?;
        let mut canary = match read(&folder.join("canary"))? {
            Some(sealed) => Canary::open(&sealer, &sealed).context("could not open what is known of the contacts")?,
            None => Canary::default(),
        };
        canary.watch(&contacts, now);
        let reminded = match read(&folder.join(REMINDED_FILE))? {
            Some(sealed) => Reminded::open(&sealer, &sealed)?,
            None => Reminded::default(),
        };
        let name = format!("security.txt of {}", origin.trim_start_matches("https://"));
        let (clock, entropy) = (Arc::clone(&node.clock), Arc::clone(&node.entropy));
        let (canary, reminded, origin) = (Mutex::new(canary), Mutex::new(reminded), origin.to_owned());
        Ok(Some(Arc::new(Contacts { fields, key, name, canary, reminded, mailer, folder, origin, sealer, clock, entropy })))
    }

    /// The way to the mail server, where one is named.
    pub(crate) fn mailer(&self) -> anyhow::Result<Option<Arc<Mailer>>> {
        let Some(named) = &self.mail_host else { return Ok(None) };
        let (host, port) = match named.rsplit_once(':') {
            Some((host, port)) => (host.to_owned(), Some(port.parse().context("--mail-host is HOST or HOST:PORT")?)),
            None => (named.clone(), None),
        };
        let from = self.mail_from.as_deref().context("--mail-host needs --mail-from")?;
        let sign_in = match (&self.mail_user, &self.mail_password) {
            (Some(user), Some(password)) => Some(SignIn { user: user.clone(), password: Password::new(password.clone()) }),
            (None, None) => None,
            _ => bail!("--mail-user and BLOCKHOUSE_MAIL_PASSWORD go together"),
        };
        let authority =
            self.mail_ca.as_ref().map(fs::read_to_string).transpose().context("the certificate authority of the mail server")?;
        let encryption = if self.mail_starttls { Encryption::StartTls } else { Encryption::Implicit };
        let from = Email::parse(from).context("--mail-from")?;
        let config = MailConfig { host, port, encryption, sign_in, authority, from };
        Ok(Some(Arc::new(Mailer::new(config).context("the mail server cannot be used")?)))
    }
}

// === impl Contacts ===

impl Contacts {
    /// The signed file; `None` while nobody is seen to read what is sent to the contacts.
    pub(crate) fn file(&self) -> anyhow::Result<Option<String>> {
        let now = self.clock.now();
        let Some(ends) = contact::renewal(now, &self.canary.lock()) else { return Ok(None) };
        let file = SecurityTxt::new(self.fields.clone(), ends, now).context("security.txt cannot be made")?;
        Ok(Some(file.sign(&self.key, now).context("security.txt could not be signed")?))
    }

    /// The key that the file is signed with, in armour.
    pub(crate) fn public_key(&self) -> anyhow::Result<String> {
        self.key.armored(&self.name).context("the key could not be shown")
    }

    /// Where the file is.
    pub(crate) fn file_url(&self) -> String {
        format!("{}{FILE_PATH}", self.origin)
    }

    pub(crate) fn acknowledge(&self, code: &str) -> Result<(), contact::AcknowledgeError> {
        let mut canary = self.canary.lock();
        canary.acknowledge(code, self.clock.now())?;
        // An acknowledgement that is forgotten in a crash is asked for again.
        if let Err(error) = self.keep(&canary) {
            tracing::error!(error = %format_args!("{error:#}"), "could not write what is known of the contacts");
        }
        Ok(())
    }

    /// Sends what is due, for ever.
    pub(crate) async fn watch(self: Arc<Self>) {
        loop {
            if let Err(error) = self.step().await {
                tracing::error!(error = %format_args!("{error:#}"), "the contacts could not be written to");
            }
            tokio::time::sleep(TICK).await;
        }
    }

    async fn step(&self) -> anyhow::Result<()> {
        let due = {
            let mut canary = self.canary.lock();
            let due = canary.step(&*self.entropy, self.clock.now());
            if !due.is_empty() {
                self.keep(&canary)?;
            }
            due
        };
        for SendTo { to, code, until } in due {
            let link = format!("{}{ACKNOWLEDGE_PATH}", self.origin);
            let subject =
                format!("Does somebody read this? Please answer until {}", until.to_string().get(..10).unwrap_or_default());
            let message = Message::new(&to, &subject, &code.text(&link), self.clock.now(), &*self.entropy);
            match self.mailer.send(&message.context("the message cannot be made")?).await {
                Ok(_) => {
                    let mut canary = self.canary.lock();
                    canary.sent(&to, self.clock.now());
                    self.keep(&canary)?;
                }
                Err(error) => tracing::warn!(error = %Chain(&error), "a message to a security contact was not taken"),
            }
        }
        Ok(())
    }

    /// Writes to each address, once, that what people signed ends soon. One that is not taken is tried again when this is
    /// called again; after a crash between the two it is sent twice.
    pub(crate) async fn remind(&self, end: &StatementEnd) -> anyhow::Result<()> {
        let StatementEnd { page, claim, title, until, days } = end;
        let subject = format!("{claim} ends {}: sign it anew", until.get(..10).unwrap_or_default());
        let text = format!(
            "What people signed for a claim of {page} ends at {until}, in {days} days or less.\n\n{claim}: {title}\n\n\
             The page then says by itself that it has expired. Whoever may sign it signs it anew at {}{STATEMENTS_PATH}\n",
            self.origin
        );
        for contact in &self.fields.contacts {
            let Contact::Mail(to) = contact else { continue };
            if self.reminded.lock().was_sent(to, end) {
                continue;
            }
            let message = Message::new(to, &subject, &text, self.clock.now(), &*self.entropy);
            match self.mailer.send(&message.context("the message cannot be made")?).await {
                Ok(_) => {
                    let mut reminded = self.reminded.lock();
                    reminded.sent(to, end, self.clock.now());
                    write(&self.folder.join(REMINDED_FILE), &reminded.seal(&self.sealer)?)?;
                }
                Err(error) => tracing::warn!(error = %Chain(&error), "a reminder to a security contact was not taken"),
            }
        }
        Ok(())
    }

    fn keep(&self, canary: &Canary) -> anyhow::Result<()> {
        let sealed = canary.seal(&self.sealer).context("could not seal what is known of the contacts")?;
        write(&self.folder.join("canary"), &sealed)
    }
}

impl contact::Watched for Contacts {
    fn canary(&self) -> Result<Option<Canary>, String> {
        Ok(Some(self.canary.lock().clone()))
    }
}

fn key(folder: &Path, sealer: &FieldSealer, entropy: &dyn Entropy, now: Timestamp) -> anyhow::Result<SigningKey> {
    let path = folder.join("key");
    if let Some(sealed) = read(&path)? {
        return SigningKey::open(sealer, &sealed).context("could not open the key of security.txt");
    }
    let key = SigningKey::generate(entropy, now).context("could not make a key for security.txt")?;
    write(&path, &key.seal(sealer).context("could not seal the key of security.txt")?)?;
    Ok(key)
}

fn read(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("could not read {}", path.display())),
    }
}

/// Whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let fresh = path.with_extension("new");
    let written = fs::OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&fresh).and_then(|mut file| {
        io::Write::write_all(&mut file, bytes)?;
        file.sync_all()?;
        fs::rename(&fresh, path)
    });
    written.with_context(|| format!("could not write {}", path.display()))
}
