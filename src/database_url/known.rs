//! Options that a URL may have, and their values.

/// As sqlx reads them.
pub(super) const POSTGRES: &[&str] = &[
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "options[NAME]",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// As sqlx reads them, without what the program sets itself: the character set and the time zone.
pub(super) const MYSQL: &[&str] = &[
    "socket",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "sslca",
    "sslcert",
    "sslkey",
    "sslmode",
    "statement-cache-capacity",
];

/// Names of the file with the authorities that certificates are checked against.
pub(super) const AUTHORITIES: [&str; 2] = ["sslca", "sslrootcert"];

/// What is done anyway: a file is never written when it is read, and created when it is written.
pub(super) const SQLITE_READ: &[&str] = &["mode=ro", "mode=rw", "mode=rwc"];
pub(super) const SQLITE_WRITE: &[&str] = &["mode=rwc"];

/// Values of `sslmode`, in any case.
pub(super) const POSTGRES_MODES: &[&str] = &[
    "disable",
    "allow",
    "prefer",
    "require",
    "verify-ca",
    "verify-full",
];

/// The same for MySQL and MariaDB.
pub(super) const MYSQL_MODES: &[&str] = &[
    "DISABLED",
    "PREFERRED",
    "REQUIRED",
    "VERIFY_CA",
    "VERIFY_IDENTITY",
];

/// Options that are numbers.
pub(super) const NUMBERS: [&str; 2] = ["port", "statement-cache-capacity"];
