"""Stores the queries of a folder in Redash, those that are not there yet: python redash.py FOLDER

A file begins with two comments: the name of the query, and what it shows."""

import os
import sys
from pathlib import Path

from redash import create_app, models


def read(path):
    name, description, *sql = path.read_text(encoding="utf-8").splitlines()
    return name.removeprefix("-- "), description.removeprefix("-- "), "\n".join(sql)


def store(folder, email):
    org = models.Organization.get_by_slug("default")
    user = models.User.get_by_email_and_org(email, org)
    sources = models.DataSource.query.filter(models.DataSource.org == org)
    source = sources.filter(models.DataSource.name == "Audience").one()
    known = models.Query.query.filter(models.Query.data_source == source)
    known = {query.name for query in known}
    for path in sorted(Path(folder).glob("*.sql")):
        name, description, sql = read(path)
        if name in known:
            continue
        query = models.Query.create(
            name=name,
            description=description,
            query_text=sql,
            org=org,
            user=user,
            last_modified_by=user,
            data_source=source,
            options={},
            is_draft=False,
            tags=["audience"],
        )
        models.db.session.add(query)
        print(f"stored {name}")
    models.db.session.commit()


if __name__ == "__main__":
    with create_app().app_context():
        store(sys.argv[1], os.environ["email"])
