use model::{Email, Timestamp, limits};
use proptest::prelude::*;
use seal::SystemEntropy;

use super::*;

mod server;

use server::{Answers, FRIENDLY, Server, Way};

fn now() -> Timestamp {
    Timestamp::parse("2026-11-25T10:00:00Z").unwrap()
}

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

fn message() -> Message {
    Message::new(&email("security@example.org"), "Is anybody there?", "Line one\n.\nLine three: ä\n", now(), &SystemEntropy)
        .unwrap()
}

fn config(server: &Server, encryption: Encryption) -> MailConfig {
    MailConfig {
        host: "localhost".to_owned(),
        port: Some(server.port),
        encryption,
        sign_in: Some(SignIn { user: "blockhouse".to_owned(), password: Password::new("s3cret".to_owned()) }),
        authority: Some(server.authority.clone()),
        from: email("blockhouse@logs.example.org"),
    }
}

async fn send(config: MailConfig) -> Result<Accepted, MailError> {
    Mailer::new(config).unwrap().send(&message()).await
}

/// What a server of this behaviour is told, and what comes of it.
async fn check(way: Way, answers: Answers, expected: &str, again: Again) -> server::Seen {
    let server = Server::start(way, "localhost", answers).await;
    let encryption = if way == Way::Implicit { Encryption::Implicit } else { Encryption::StartTls };
    let error = send(config(&server, encryption)).await.unwrap_err();
    assert_eq!(error.to_string(), expected, "{way:?}: {error:?}");
    assert_eq!(error.again(), again, "{way:?}");
    server.seen()
}

/// Nothing but greetings went over the wire in clear.
fn nothing_in_clear(seen: &server::Seen) {
    let known = |line: &String| ["EHLO logs.example.org", "STARTTLS", "QUIT"].contains(&line.as_str());
    assert!(seen.clear.iter().all(known), "{:?}", seen.clear);
}

const HEADERS: [&str; 9] = [
    "Auto-Submitted",
    "Content-Transfer-Encoding",
    "Content-Type",
    "Date",
    "From",
    "MIME-Version",
    "Message-ID",
    "Subject",
    "To",
];
const UNTRUSTED: &str = "the mail server does not show that it is the one";

#[tokio::test]
async fn a_message_is_handed_over_whole_and_encrypted() {
    for (way, encryption) in [(Way::Implicit, Encryption::Implicit), (Way::StartTls, Encryption::StartTls)] {
        let server = Server::start(way, "localhost", FRIENDLY).await;
        let accepted = send(config(&server, encryption)).await.unwrap();
        assert_eq!(accepted.answer, "2.0.0 queued as 4F7K");
        let seen = server.seen();
        nothing_in_clear(&seen);
        let told = seen.encrypted.join("\n");
        assert!(told.contains("AUTH PLAIN AGJsb2NraG91c2UAczNjcmV0"), "{told}");
        assert!(told.contains("MAIL FROM:<blockhouse@logs.example.org>"), "{told}");
        assert!(told.contains("RCPT TO:<security@example.org>"), "{told}");
        // A line with only a dot does not end the message.
        assert!(told.contains("Line one\n..\nLine three: =C3=A4"), "{told}");
        assert!(told.contains("Subject: Is anybody there?\nDate: Wed, 25 Nov 2026 10:00:00 +0000\nMessage-ID: <"), "{told}");
        assert!(told.contains("Auto-Submitted: auto-generated") && told.contains("text/plain; charset=utf-8"), "{told}");
    }
}

#[tokio::test]
async fn nothing_is_sent_where_encryption_was_taken_away() {
    let seen = check(Way::Stripped, FRIENDLY, "the mail server offers no encryption", Again::Later).await;
    nothing_in_clear(&seen);
    let seen = check(Way::Declining, FRIENDLY, "the mail server does not take the message: 454", Again::Later).await;
    nothing_in_clear(&seen);
    assert!(seen.encrypted.is_empty());
}

#[tokio::test]
async fn what_was_put_behind_the_answer_in_clear_is_not_believed() {
    let seen = check(Way::Injecting, FRIENDLY, UNTRUSTED, Again::Later).await;
    nothing_in_clear(&seen);
    assert!(seen.encrypted.is_empty());
}

#[tokio::test]
async fn a_server_of_another_name_or_authority_is_told_nothing() {
    for (way, encryption) in [(Way::Implicit, Encryption::Implicit), (Way::StartTls, Encryption::StartTls)] {
        let server = Server::start(way, "localhost", FRIENDLY).await;
        let misnamed = Server::start(way, "other.example.org", FRIENDLY).await;
        let by_another = MailConfig { authority: Some(misnamed.authority.clone()), ..config(&server, encryption) };
        let by_the_machine = MailConfig { authority: None, ..config(&server, encryption) };
        for config in [config(&misnamed, encryption), by_another, by_the_machine] {
            let error = send(config).await.unwrap_err();
            assert_eq!((error.to_string().as_str(), error.again()), (UNTRUSTED, Again::Later), "{error:?}");
        }
        for seen in [server.seen(), misnamed.seen()] {
            nothing_in_clear(&seen);
            assert!(seen.encrypted.is_empty());
        }
    }
}

#[tokio::test]
async fn what_the_server_refuses_is_told_from_what_may_go_later() {
    for way in [Way::Implicit, Way::StartTls] {
        let refused = |code| format!("the mail server does not take the message: {code}");
        let later = Answers { recipient: "450 greylisted", ..FRIENDLY };
        check(way, later, &refused(450), Again::Later).await;
        let never = Answers { recipient: "550 nobody@example.org is unknown", ..FRIENDLY };
        check(way, never, &refused(550), Again::Never).await;
        check(way, Answers { data: "552 too large", ..FRIENDLY }, &refused(552), Again::Never).await;
        let wrong = Answers { sign_in: "535 no", ..FRIENDLY };
        check(way, wrong, "the mail server let nobody sign in: 535", Again::Never).await;
        let busy = Answers { sign_in: "454 later", ..FRIENDLY };
        check(way, busy, "the mail server let nobody sign in: 454", Again::Later).await;
        let other = Answers { offers: "AUTH GSSAPI", ..FRIENDLY };
        let seen = check(way, other, "the mail server offers no way to sign in that is known here", Again::Never).await;
        assert!(!seen.encrypted.iter().any(|line| line.starts_with("MAIL")));
    }
}

#[tokio::test]
async fn a_server_that_floods_or_leaves_is_given_up() {
    check(Way::Flooding, FRIENDLY, "the mail server was not reached", Again::Later).await;
    check(Way::Leaving, FRIENDLY, "the mail server was not reached", Again::Later).await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_given_up() {
    check(Way::Silent, FRIENDLY, "the mail server did not answer in time", Again::Later).await;
}

#[tokio::test]
async fn a_configuration_that_cannot_work_is_refused() {
    let server = Server::start(Way::Implicit, "localhost", FRIENDLY).await;
    let base = || config(&server, Encryption::Implicit);
    let error = |config| Mailer::new(config).unwrap_err().to_string();
    for host in ["", "a b", "a\r\nb", "user@host", "host:25"] {
        assert_eq!(error(MailConfig { host: host.to_owned(), ..base() }), "not the name of a mail server");
    }
    let authority = |pem: &str| MailConfig { authority: Some(pem.to_owned()), ..base() };
    assert_eq!(error(authority("")), "the mail server's authority holds no certificate");
    let cut = &server.authority[..server.authority.len() / 2];
    assert!(error(authority(cut)).starts_with("the mail server's authority"));
    let garbled = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert_eq!(error(authority(garbled)), "the mail server's authority cannot be used");
    let user = SignIn { user: "a\0b".to_owned(), password: Password::new(String::new()) };
    assert_eq!(error(MailConfig { sign_in: Some(user), ..base() }), "a user with control characters");
}

#[test]
fn no_subject_and_no_text_becomes_a_header() {
    let made = |subject: &str, text: &str| Message::new(&email("a@example.org"), subject, text, now(), &SystemEntropy).err();
    assert_eq!(made("x", "one\r\ntwo\tthree\n"), None);
    for subject in
        ["", "  ", "x\nBcc: b@example.org", "x\r\n\r\nbody", "x\u{85}", &"x".repeat(limits::MAIL_SUBJECT_BYTES_MAX + 1)]
    {
        assert_eq!(made(subject, "x"), Some(MessageError::Subject), "{subject:?}");
    }
    for text in ["a\rb", "a\0b", &"x".repeat(limits::MAIL_TEXT_BYTES_MAX + 1)] {
        assert_eq!(made("x", text), Some(MessageError::Text), "{text:?}");
    }
    let early = Message::new(&email("a@example.org"), "x", "x", Timestamp::from_nanos(-1), &SystemEntropy);
    assert_eq!(early.err(), Some(MessageError::Time));
}

#[test]
fn secrets_and_addresses_are_not_printed() {
    let printed = format!("{:?} {:?}", message(), SignIn { user: "u".to_owned(), password: Password::new("s3cret".to_owned()) });
    assert!(!printed.contains("s3cret") && !printed.contains("example.org") && !printed.contains("Line one"), "{printed}");
}

proptest! {
    #[test]
    fn a_message_has_its_own_headers_only(subject in "\\PC{1,50}", text in "[\\PC\n\t]{0,300}") {
        let from = "blockhouse@example.org".parse().unwrap();
        if let Ok(message) = Message::new(&email("a@example.org"), &subject, &text, now(), &SystemEntropy) {
            let bytes = message.bytes(&from).unwrap();
            prop_assert!(bytes.is_ascii());
            let written = String::from_utf8(bytes.to_vec()).unwrap();
            prop_assert!(!written.replace("\r\n", "").contains(['\r', '\n']));
            let (head, _) = written.split_once("\r\n\r\n").unwrap();
            let names = head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).filter_map(|line| line.split_once(':'));
            let mut names: Vec<_> = names.map(|(name, _)| name).collect();
            names.sort_unstable();
            prop_assert_eq!(names, HEADERS);
        }
    }
}
