"""The three databases: how a corpus gets in, what the floor is, how results are read.

All through the databases' own command-line tools.
"""

import json
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit

from .measure import BenchError, Measured, Server, run
from .oracle import END, START

TABLE = "ts_page_content"
RESULT_PREFIX = "wh_panel_mapping_"
STAGED = ("id", "task_id", "source_author", "panel", "create_time", "field_content",
          "match_content")  # fmt: skip
PUBLISHED = (*STAGED, "match_meta")

# What a job has to read of each row.
NEEDED = {
    "author": "id, s_id, author, post_time",
    "content": "id, s_id, author, content, post_time",
}


def text(command: list[str], stdin: str | None = None) -> str:
    """What a command prints; not measured."""
    done = subprocess.run(command, input=stdin, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise BenchError(f"{' '.join(command)[:200]}: {done.stderr.strip()[-1000:]}")
    return done.stdout


class Engine(ABC):
    """A database that is labelled from and published to."""

    name: ClassVar[str]
    server: Server | None = None

    @abstractmethod
    def version(self) -> str: ...

    @abstractmethod
    def load(self, corpus: Path) -> str:
        """The name of the database that holds `corpus`; loads it if it is not there."""

    @abstractmethod
    def source_url(self, database: str) -> str: ...

    @abstractmethod
    def fresh_output(self, name: str) -> str:
        """The URL of an output that holds nothing."""

    @abstractmethod
    def drop_output(self, name: str) -> None: ...

    @abstractmethod
    def rows(self, output: str, sql_of_tables: str) -> str:
        """Lines that a query prints."""

    @abstractmethod
    def tables(self, output: str) -> list[str]: ...

    @abstractmethod
    def as_json(self, columns: tuple[str, ...]) -> str:
        """An expression: these columns as an array of texts."""

    @abstractmethod
    def floor_read(self, database: str, job: str) -> Measured:
        """Streams the columns that the job needs to nowhere."""

    @abstractmethod
    def floor_write(self, staged: Path) -> Measured:
        """Bulk-loads the staged rows into a new table."""

    @abstractmethod
    def floor_publish(self) -> Measured:
        """Chooses the newest row of each author and panel, in SQL, into a new table."""

    @abstractmethod
    def settle(self) -> None:
        """Finishes what the server still has to write, as far as it can be told to."""

    def published(self, output: str) -> dict[str, list[tuple[str, ...]]]:
        """Published rows by group, sorted, without the task's id; `match_meta` in one notation."""
        columns = tuple(column for column in PUBLISHED if column != "task_id")
        found = {}
        for table in self.tables(output):
            lines = self.rows(output, f"SELECT {self.as_json(columns)} FROM {self.quote(table)}")
            rows = sorted(map(published_row, lines.splitlines()))
            if rows:
                found[table.removeprefix(RESULT_PREFIX)] = rows
        return found

    def quote(self, name: str) -> str:
        return f'"{name}"'


def published_row(line: str) -> tuple[str, ...]:
    *columns, meta = json.loads(line)
    # A timestamp may show a fraction of nothing.
    columns[3] = columns[3].replace("T", " ").removesuffix(".000000")
    return (*columns, json.dumps(json.loads(meta), ensure_ascii=False, sort_keys=True))


class Sqlite(Engine):
    name = "sqlite"

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "sqlite"
        self.directory.mkdir(parents=True, exist_ok=True)
        self.floor = self.directory / "floor.db"

    def version(self) -> str:
        return "SQLite " + text(["sqlite3", "--version"]).split()[0]

    def load(self, corpus: Path) -> str:
        path = self.directory / f"{corpus.stem}.db"
        if not path.exists():
            part = path.with_suffix(".part")
            remove(part)
            script = f"""
                PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;
                CREATE TABLE {TABLE} (id TEXT PRIMARY KEY, s_id TEXT, s_area_id TEXT,
                    author TEXT, title TEXT, content TEXT, post_time TEXT);
                .import --csv --skip 1 {corpus} {TABLE}
                UPDATE {TABLE} SET author = NULL WHERE author = '';
                CREATE INDEX {TABLE}_post_time ON {TABLE} (post_time);
                PRAGMA journal_mode=DELETE;"""
            text(["sqlite3", "-bail", str(part)], unindented(script))
            part.rename(path)
        return str(path)

    def source_url(self, database: str) -> str:
        return f"sqlite://{database}"

    def output_path(self, name: str) -> Path:
        return self.directory / f"output_{name}.db"

    def fresh_output(self, name: str) -> str:
        self.drop_output(name)
        return f"sqlite://{self.output_path(name)}"

    def drop_output(self, name: str) -> None:
        remove(self.output_path(name))

    def rows(self, output: str, sql_of_tables: str) -> str:
        return text(["sqlite3", "-bail", str(self.output_path(output)), sql_of_tables])

    def tables(self, output: str) -> list[str]:
        sql = (
            f"SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE '{RESULT_PREFIX}%'"
        )
        return self.rows(output, sql).split()

    def as_json(self, columns: tuple[str, ...]) -> str:
        return f"json_array({', '.join(columns)})"

    def floor_read(self, database: str, job: str) -> Measured:
        sql = f"SELECT {NEEDED[job]} FROM {TABLE} WHERE author IS NOT NULL"
        return run(["sqlite3", "-readonly", "-tabs", database, sql], discard=True)

    def floor_write(self, staged: Path) -> Measured:
        remove(self.floor)
        script = f"""
            PRAGMA journal_mode=WAL;
            CREATE TABLE staged ({", ".join(f"{column} TEXT" for column in STAGED)});
            BEGIN;
            .import --ascii {staged} staged
            COMMIT;"""
        return run(["sqlite3", "-bail", str(self.floor)], stdin=unindented(script))

    def floor_publish(self) -> Measured:
        sql = """
            CREATE TABLE result AS SELECT * FROM staged WHERE rowid IN (
                SELECT newest FROM (SELECT rowid AS newest, max(create_time) FROM staged
                GROUP BY source_author, panel))"""
        return run(["sqlite3", "-bail", str(self.floor), sql])

    def settle(self) -> None:
        pass  # there is no server


class Postgres(Engine):
    name = "postgres"

    def __init__(self, url: str, home: Path) -> None:
        parts = urlsplit(url)
        self.port = str(parts.port)
        self.sockets = parse_qs(parts.query)["host"][0]
        self.server = Server(int((home / "postgres/postmaster.pid").read_text().split()[0]))

    def psql(self, database: str) -> list[str]:
        return ["psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-h", self.sockets,
                "-p", self.port, "-U", "postgres", "-d", database]  # fmt: skip

    def admin(self, sql: str) -> str:
        return text([*self.psql("postgres"), "-c", sql])

    def version(self) -> str:
        return "PostgreSQL " + self.admin("SHOW server_version").split()[0]

    def load(self, corpus: Path) -> str:
        name = f"corpus_{corpus.stem}"
        if not self.admin(f"SELECT 1 FROM pg_database WHERE datname = '{name}'").strip():
            part = f"{name}_part"
            self.admin(f"DROP DATABASE IF EXISTS {part}")
            self.admin(f"CREATE DATABASE {part}")
            script = f"""
                CREATE TABLE {TABLE} (id text, s_id text, s_area_id text, author text,
                    title text, content text, post_time timestamp);
                \\copy {TABLE} FROM '{corpus}' (FORMAT csv, HEADER, FORCE_NOT_NULL (title, content))
                ALTER TABLE {TABLE} ADD PRIMARY KEY (id);
                CREATE INDEX {TABLE}_post_time ON {TABLE} (post_time);
                VACUUM ANALYZE {TABLE};"""
            text(self.psql(part), unindented(script))
            self.admin(f"ALTER DATABASE {part} RENAME TO {name}")
        return name

    def source_url(self, database: str) -> str:
        return f"postgres://postgres@localhost:{self.port}/{database}?host={self.sockets}"

    def fresh_output(self, name: str) -> str:
        self.fresh(f"output_{name}")
        return self.source_url(f"output_{name}")

    def fresh(self, database: str) -> None:
        self.admin(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        self.admin(f"CREATE DATABASE {database}")

    def drop_output(self, name: str) -> None:
        self.admin(f"DROP DATABASE IF EXISTS output_{name} WITH (FORCE)")

    def rows(self, output: str, sql_of_tables: str) -> str:
        return text([*self.psql(f"output_{output}"), "-c", sql_of_tables])

    def tables(self, output: str) -> list[str]:
        sql = f"SELECT tablename FROM pg_tables WHERE tablename LIKE '{RESULT_PREFIX}%'"
        return self.rows(output, sql).split()

    def as_json(self, columns: tuple[str, ...]) -> str:
        return f"json_build_array({', '.join(f'{column}::text' for column in columns)})"

    def floor_read(self, database: str, job: str) -> Measured:
        sql = f"COPY (SELECT {NEEDED[job]} FROM {TABLE} WHERE author IS NOT NULL) TO STDOUT"
        return run([*self.psql(database), "-c", sql], server=self.server, discard=True)

    def floor_write(self, staged: Path) -> Measured:
        self.fresh("floor")
        columns = ", ".join(
            f"{column} {'timestamp' if column == 'create_time' else 'text'}" for column in STAGED
        )
        script = f"CREATE TABLE staged ({columns});\n\\copy staged FROM '{staged}'\n"
        return run(self.psql("floor"), stdin=script, server=self.server)

    def floor_publish(self) -> Measured:
        sql = """
            CREATE TABLE result AS SELECT DISTINCT ON (source_author, panel) * FROM staged
            ORDER BY source_author, panel, create_time DESC, id DESC"""
        return run([*self.psql("floor"), "-c", sql], server=self.server)

    def settle(self) -> None:
        self.admin("CHECKPOINT")


class Mariadb(Engine):
    name = "mariadb"

    def __init__(self, url: str, home: Path) -> None:
        parts = urlsplit(url)
        self.port = parts.port
        self.socket = parse_qs(parts.query)["socket"][0]
        self.server = Server(int((home / "mariadb.pid").read_text()))

    def client(self, *options: str) -> list[str]:
        return ["mariadb", "--no-defaults", f"--socket={self.socket}", "--user=root", "-BN",
                "--local-infile=1", "--default-character-set=utf8mb4", *options]  # fmt: skip

    def admin(self, sql: str) -> str:
        return text(self.client("-e", sql))

    def version(self) -> str:
        return "MariaDB " + self.admin("SELECT version()").split("-")[0]

    def load(self, corpus: Path) -> str:
        name = f"corpus_{corpus.stem}"
        # Nothing can be renamed here: a table that is complete has its mark beside it.
        sql = f"SHOW TABLES FROM {name} LIKE 'complete'" if self.has(name) else "DO 0"
        if not self.admin(sql).strip():
            self.fresh(name)
            script = f"""
                CREATE TABLE {TABLE} (id VARCHAR(64) PRIMARY KEY, s_id VARCHAR(64),
                    s_area_id VARCHAR(64), author VARCHAR(255), title TEXT, content MEDIUMTEXT,
                    post_time DATETIME);
                SET unique_checks = 0;
                LOAD DATA LOCAL INFILE '{corpus}' INTO TABLE {TABLE} CHARACTER SET utf8mb4
                    FIELDS TERMINATED BY ',' OPTIONALLY ENCLOSED BY '"' ESCAPED BY ''
                    LINES TERMINATED BY '\\n' IGNORE 1 LINES
                    (id, s_id, s_area_id, @author, title, content, post_time)
                    SET author = NULLIF(@author, '');
                CREATE INDEX {TABLE}_post_time ON {TABLE} (post_time);
                ANALYZE TABLE {TABLE};
                CREATE TABLE complete (yes INT);"""
            text(self.client(name), unindented(script))
        return name

    def has(self, database: str) -> bool:
        return bool(self.admin(f"SHOW DATABASES LIKE '{database}'").strip())

    def fresh(self, database: str) -> None:
        self.admin(
            f"DROP DATABASE IF EXISTS {database};"
            f"CREATE DATABASE {database} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"
        )

    def source_url(self, database: str) -> str:
        return f"mysql://root@localhost:{self.port}/{database}?socket={self.socket}"

    def fresh_output(self, name: str) -> str:
        self.fresh(f"output_{name}")
        return self.source_url(f"output_{name}")

    def drop_output(self, name: str) -> None:
        self.admin(f"DROP DATABASE IF EXISTS output_{name}")

    def rows(self, output: str, sql_of_tables: str) -> str:
        return text(self.client("--raw", f"output_{output}", "-e", sql_of_tables))

    def tables(self, output: str) -> list[str]:
        return self.rows(output, f"SHOW TABLES LIKE '{RESULT_PREFIX}%'").split()

    def as_json(self, columns: tuple[str, ...]) -> str:
        # A JSON document would be nested instead of shown as text.
        texts = (f"CONCAT({column}, '')" for column in columns)
        return f"JSON_ARRAY({', '.join(texts)})"

    def quote(self, name: str) -> str:
        return f"`{name}`"

    def floor_read(self, database: str, job: str) -> Measured:
        sql = f"SELECT {NEEDED[job]} FROM {TABLE} WHERE author IS NOT NULL"
        return run(self.client("--quick", database, "-e", sql), server=self.server, discard=True)

    def floor_write(self, staged: Path) -> Measured:
        self.fresh("floor")
        script = f"""
            CREATE TABLE staged (id VARCHAR(64), task_id CHAR(32), source_author VARCHAR(320),
                panel VARCHAR(64), create_time DATETIME, field_content VARCHAR(64),
                match_content MEDIUMTEXT);
            LOAD DATA LOCAL INFILE '{staged}' INTO TABLE staged CHARACTER SET utf8mb4;"""
        return run(self.client("floor"), stdin=unindented(script), server=self.server)

    def floor_publish(self) -> Measured:
        columns = ", ".join(STAGED)
        sql = f"""
            CREATE TABLE result AS SELECT {columns} FROM (SELECT {columns}, ROW_NUMBER() OVER (
                PARTITION BY source_author, panel ORDER BY create_time DESC, id DESC) AS place
                FROM staged) AS numbered WHERE place = 1"""
        return run(self.client("floor", "-e", sql), server=self.server)

    def settle(self) -> None:
        self.admin("FLUSH TABLES; FLUSH LOGS")


def remove(path: Path) -> None:
    """A database of SQLite with what stands beside it."""
    for suffix in ("", "-wal", "-shm", "-journal"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)


def unindented(script: str) -> str:
    """Commands of the tools themselves have to begin their line and end with it."""
    return "\n".join(line.strip() for line in script.splitlines()) + "\n"


RANGE = ("--start", START, "--end", END)
