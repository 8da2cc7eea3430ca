//! A real browser, driven over a pipe.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(60);

/// Chromium without a window.
pub(crate) struct Chromium {
    process: Child,
    to: File,
    from: Receiver<Value>,
    last_id: u64,
    _folder: TempDir,
}

/// A page that it shows.
pub(crate) struct Page {
    session: String,
}

/// The code of the error if a page is left while it evaluates something.
const LEFT: i64 = -32_000;

impl Chromium {
    /// `hosts`: names that lead to this machine.
    pub(crate) fn start(hosts: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let pipe = |name: &str| folder.path().join(name);
        let made = Command::new("mkfifo")
            .args([pipe("to"), pipe("from")])
            .status();
        assert!(made.unwrap().success());
        let rules: Vec<String> = hosts
            .iter()
            .map(|host| format!("MAP {host} 127.0.0.1"))
            .collect();
        // It reads from 3 and writes to 4.
        let script = "exec chromium --headless=new --no-sandbox --disable-gpu --no-first-run \
                      --disable-dev-shm-usage --remote-debugging-pipe \
                      --user-data-dir=\"$1/profile\" --host-resolver-rules=\"$2\" about:blank \
                      3<\"$1/to\" 4>\"$1/from\"";
        let process = Command::new("sh")
            .args(["-c", script, "sh"])
            .arg(folder.path())
            .arg(rules.join(","))
            .env("HOME", folder.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let to = OpenOptions::new().write(true).open(pipe("to")).unwrap();
        let answers = File::open(pipe("from")).unwrap();
        let (sender, from) = channel();
        std::thread::spawn(move || {
            for message in BufReader::new(answers).split(0) {
                let Ok(message) = message else { return };
                let message = serde_json::from_slice(&message).unwrap();
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        Self {
            process,
            to,
            from,
            last_id: 0,
            _folder: folder,
        }
    }

    fn command(&mut self, session: Option<&str>, method: &str, params: Value) -> Value {
        let answer = self.ask(session, method, params);
        answer.unwrap_or_else(|error| panic!("{method}: {error}"))
    }

    fn ask(&mut self, session: Option<&str>, method: &str, params: Value) -> Result<Value, Value> {
        self.last_id += 1;
        let mut message = json!({ "id": self.last_id, "method": method, "params": params });
        if let Some(session) = session {
            message["sessionId"] = session.into();
        }
        self.to.write_all(message.to_string().as_bytes()).unwrap();
        self.to.write_all(&[0]).unwrap();
        loop {
            let answer = self.from.recv_timeout(PATIENCE);
            let answer = answer.expect("chromium answers (Debian package `chromium`)");
            if answer["id"] == self.last_id {
                return match answer.get("error") {
                    None => Ok(answer["result"].clone()),
                    Some(error) => Err(error.clone()),
                };
            }
        }
    }

    /// Opens a page and waits until it is there.
    pub(crate) fn open(&mut self, url: &str) -> Page {
        let made = self.command(None, "Target.createTarget", json!({ "url": "about:blank" }));
        let target = json!({ "targetId": made["targetId"], "flatten": true });
        let attached = self.command(None, "Target.attachToTarget", target);
        let session = attached["sessionId"].as_str().unwrap().to_owned();
        let page = Page { session };
        self.command(Some(&page.session), "Page.enable", json!({}));
        let record = "window.violations = []; document.addEventListener('securitypolicyviolation', \
                      event => window.violations.push(event.violatedDirective + ' ' + \
                      event.blockedURI));";
        let record = json!({ "source": record });
        self.command(
            Some(&page.session),
            "Page.addScriptToEvaluateOnNewDocument",
            record,
        );
        self.command(Some(&page.session), "Page.navigate", json!({ "url": url }));
        self.wait_for(
            &page,
            "location.href !== 'about:blank' && document.readyState === 'complete'",
        );
        page
    }

    /// The value of an expression in the page; a promise is waited for.
    pub(crate) fn evaluate(&mut self, page: &Page, expression: &str) -> Value {
        let value = self.try_to_evaluate(page, expression);
        value.unwrap_or_else(|error| panic!("{expression}: {error}"))
    }

    /// An error if the page is left meanwhile.
    fn try_to_evaluate(&mut self, page: &Page, expression: &str) -> Result<Value, Value> {
        let params = json!({
            "expression": expression, "awaitPromise": true, "returnByValue": true,
        });
        let answer = self.ask(Some(&page.session), "Runtime.evaluate", params)?;
        assert!(
            answer.get("exceptionDetails").is_none(),
            "{expression}: {answer}"
        );
        Ok(answer["result"]["value"].clone())
    }

    /// Waits until an expression is true in the page.
    pub(crate) fn wait_for(&mut self, page: &Page, condition: &str) {
        let expression = format!(
            "new Promise((resolve, reject) => {{
                const until = Date.now() + {};
                const look = () => {{
                    if ({condition}) resolve(true);
                    else if (Date.now() > until) reject(document.body.innerText.slice(0, 2000));
                    else setTimeout(look, 20);
                }};
                look();
            }})",
            PATIENCE.as_millis() / 2
        );
        // A page that leads to another one takes the promise with it: the other is asked again.
        while let Err(error) = self.try_to_evaluate(page, &expression) {
            assert_eq!(error["code"], LEFT, "{condition}: {error}");
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
