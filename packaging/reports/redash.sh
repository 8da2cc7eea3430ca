#!/bin/sh
# Sets Redash up: its tables, a first user, the database with the views, and the queries of this folder.
set -eu

cd /app
email=admin@example.com
export email

if ! ./manage.py users list 2>/dev/null | grep -q "Email: $email"; then
    ./manage.py database create_tables
    ./manage.py users create_root "$email" Admin --password "$REDASH_PASSWORD"
fi
if ! ./manage.py ds list | grep -q '^Name: Audience$'; then
    options=$(python -c 'import json, os; print(json.dumps({
        "host": "database", "port": 5432, "dbname": "audience", "user": "reports",
        "password": os.environ["READER_PASSWORD"]}))')
    ./manage.py ds new Audience --type pg --options "$options"
fi
PYTHONPATH=/app python /reports/redash.py /reports/queries
