//! A pool of connections in front of PostgreSQL, as others set it up: each transaction runs in
//! another session of the server, and here all of them in the same.

use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::process::{Child, Command, Stdio};

use audience::tables::Blocking;
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Row};
use tempfile::TempDir;

use super::{OwnDatabase, wait_until};

pub(crate) struct Pool {
    process: Child,
    port: u16,
    _folder: TempDir,
}

impl Pool {
    /// `ignored`: the settings of sessions that it drops instead of refusing them.
    pub(crate) fn start(ignored: &str) -> Self {
        Self::of_mode("transaction", ignored)
    }

    /// `mode`: for how long a program has a session.
    pub(crate) fn of_mode(mode: &str, ignored: &str) -> Self {
        let server = std::env::var("AUDIENCE_TEST_POSTGRES_TCP").unwrap();
        let (_, server) = server.trim_end_matches('/').rsplit_once(':').unwrap();
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let folder = tempfile::tempdir().unwrap();
        let settings = folder.path().join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host=127.0.0.1 port={server} user=postgres\n[pgbouncer]\n\
             listen_addr = 127.0.0.1\nlisten_port = {port}\nauth_type = any\nunix_socket_dir =\n\
             pool_mode = {mode}\ndefault_pool_size = 1\n\
             ignore_startup_parameters = {ignored}\n"
        );
        fs::write(&settings, text).unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let mut command = Command::new("/usr/sbin/pgbouncer");
        // It refuses to run as root.
        if fs::metadata("/proc/self").unwrap().uid() == 0 {
            command.args(["-u", "nobody"]);
        }
        let process = command
            .arg(settings)
            .stderr(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        wait_until("the pool listens", || {
            TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        Self {
            process,
            port,
            _folder: folder,
        }
    }

    /// A database of the server, through the pool.
    pub(crate) fn url(&self, database: &OwnDatabase) -> String {
        let (port, name) = (self.port, database.name());
        format!("postgres://postgres@127.0.0.1:{port}/{name}")
    }

    /// What another program gets to see through the pool: the first column of what it selects.
    pub(crate) fn seen_by_others(&self, database: &OwnDatabase, sql: &str) -> Vec<String> {
        let options: PgConnectOptions = self.url(database).parse().unwrap();
        let options = options.extra_float_digits(None);
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        Blocking::new().unwrap().run(async {
            let mut connection = options.connect().await.unwrap();
            let rows = sql.fetch_all(&mut connection).await.unwrap();
            rows.iter().map(|row| row.get_unchecked(0)).collect()
        })
    }

    /// The session is as the server makes them, and can write.
    pub(crate) fn assert_clean(&self, database: &OwnDatabase) {
        let settings = [
            "default_transaction_read_only",
            "statement_timeout",
            "lock_timeout",
            "idle_in_transaction_session_timeout",
            "jit",
            "standard_conforming_strings",
            "synchronous_commit",
        ];
        let show = settings.map(|name| format!("SHOW {name}")).join("; ");
        assert_eq!(
            self.seen_by_others(database, &show),
            database.texts(
                &settings
                    .map(|name| format!("SELECT current_setting('{name}')"))
                    .join(" UNION ALL ")
            )
        );
        let write = "CREATE TABLE of_another (a INTEGER); DROP TABLE of_another";
        self.seen_by_others(database, write);
        let kept = self.seen_by_others(database, "SELECT name FROM pg_prepared_statements");
        assert_eq!(kept, Vec::<String>::new());
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}
