//! Sends messages by SMTP: as text and as HTML.

use std::net::IpAddr;
use std::time::Duration;

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message as Mail, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::time::timeout;

use super::html::html;
use super::language::Language;
use super::text::{headline, text};
use super::{Delivered, Message, Undelivered};
use crate::tls::use_ring;

/// How long a server may take for one message.
const WITHIN: Duration = Duration::from_secs(25);

/// How a connection is kept from being read by others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MailTls {
    /// It begins in the open; nothing is sent before it is encrypted.
    #[default]
    StartTls,
    /// From its beginning.
    Tls,
    /// Not at all: on this machine only.
    None,
}

/// A server that takes mail.
#[derive(Clone, Debug)]
pub struct MailServer {
    pub host: String,
    /// `None`: the usual one.
    pub port: Option<u16>,
    pub tls: MailTls,
    pub login: Option<(String, SecretString)>,
    pub from: MailAddress,
}

/// Where mail is from or to: `team@example.org` or `The team <team@example.org>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailAddress(Mailbox);

impl MailAddress {
    /// `None`: it is not an address.
    pub fn read(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

/// Whether a host is this machine.
pub fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let is_local = |address: IpAddr| address.to_canonical().is_loopback();
    host.eq_ignore_ascii_case("localhost") || address.parse().is_ok_and(is_local)
}

impl MailServer {
    /// Sends a message once to one address. `id` is the same each time.
    pub async fn send(
        &self,
        to: &MailAddress,
        id: &str,
        message: &Message,
        language: Language,
    ) -> Result<Delivered, Undelivered> {
        let mail = self
            .mail(to, id, message, language)
            .map_err(|error| Undelivered {
                reason: format!("the message cannot be written as a mail: {error}"),
                is_final: true,
            })?;
        let transport = self.transport().map_err(undelivered)?;
        match timeout(WITHIN, transport.send(mail)).await {
            Ok(Ok(response)) => {
                let said: Vec<&str> = response.message().collect();
                let said = format!("{} {}", response.code(), said.join(" "));
                Ok(Delivered { said })
            }
            Ok(Err(error)) => Err(undelivered(error)),
            Err(_) => Err(Undelivered {
                reason: format!(
                    "the mail server does not answer within {} s",
                    WITHIN.as_secs()
                ),
                is_final: false,
            }),
        }
    }

    fn transport(
        &self,
    ) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
        use_ring();
        let parameters = || TlsParameters::new(self.host.clone());
        let (tls, usual_port) = match self.tls {
            MailTls::StartTls => (Tls::Required(parameters()?), 587),
            MailTls::Tls => (Tls::Wrapper(parameters()?), 465),
            MailTls::None => (Tls::None, 25),
        };
        let server = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(self.host.clone())
            .port(self.port.unwrap_or(usual_port))
            .tls(tls)
            .timeout(Some(WITHIN));
        let server = match &self.login {
            Some((user, password)) => {
                let password = password.expose_secret().to_owned();
                server.credentials(Credentials::new(user.clone(), password))
            }
            None => server,
        };
        Ok(server.build())
    }

    fn mail(
        &self,
        to: &MailAddress,
        id: &str,
        message: &Message,
        language: Language,
    ) -> Result<Mail, lettre::error::Error> {
        let from = &self.from.0;
        let domain = Address::domain(&from.email);
        // Nobody answers to it, and no answering machine does.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let automatic = HeaderValue::new(automatic, "auto-generated".to_owned());
        Mail::builder()
            .from(from.clone())
            .to(to.0.clone())
            .subject(headline(message, language))
            .message_id(Some(format!("<{id}@{domain}>")))
            .raw_header(automatic)
            .multipart(MultiPart::alternative_plain_html(
                text(message, language),
                html(message, language),
            ))
    }
}

/// What was refused for good is not tried again; a login that is refused can be mended.
fn undelivered(error: lettre::transport::smtp::Error) -> Undelivered {
    let code = error.status().map(|code| code.to_string());
    Undelivered {
        is_final: error.is_permanent() && code.is_some_and(|code| code.starts_with("55")),
        reason: format!("the mail server refuses or cannot be reached: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::tests::failed;
    use super::*;

    fn server() -> MailServer {
        MailServer {
            host: "localhost".to_owned(),
            port: None,
            tls: MailTls::StartTls,
            login: None,
            from: MailAddress::read("Audience <audience@example.org>").unwrap(),
        }
    }

    #[test]
    fn a_mail_has_a_text_and_html_and_its_id() {
        let to = MailAddress::read("team@example.org").unwrap();
        let mail = server().mail(
            &to,
            "0192ab",
            &Message::of(failed()),
            Language::TraditionalChinese,
        );
        let mail = String::from_utf8(mail.unwrap().formatted()).unwrap();
        for expected in [
            "From: Audience <audience@example.org>\r\n",
            "To: team@example.org\r\n",
            "Subject: labelling interests =?utf-8?b?5aSx5pWX?=\r\n",
            "Message-ID: <0192ab@example.org>\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Type: multipart/alternative;",
            "Content-Type: text/plain; charset=utf-8",
            "Content-Type: text/html; charset=utf-8",
        ] {
            assert!(mail.contains(expected), "{expected} in {mail}");
        }
    }

    #[test]
    fn addresses_have_a_name_or_not() {
        for fine in [
            "a@example.org",
            "Team A <a@example.org>",
            "值班 <oncall@example.org>",
        ] {
            assert!(MailAddress::read(fine).is_some(), "{fine}");
        }
        for wrong in [
            "",
            "a",
            "a@",
            "a@b@c",
            "a b@example.org",
            "a@example.org\nBcc: x@y.z",
        ] {
            assert!(MailAddress::read(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn this_machine_has_several_names() {
        for local in [
            "localhost",
            "LOCALHOST",
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "[::1]",
        ] {
            assert!(is_loopback(local), "{local}");
        }
        for other in [
            "example.org",
            "10.0.0.1",
            "localhost.example.org",
            "::2",
            "",
        ] {
            assert!(!is_loopback(other), "{other}");
        }
    }
}
