#!/bin/sh
# Makes the user `reports`, who may read the views of the program, by the SQL that `audience views` has printed.
set -eu

sql=/var/lib/audience/reader.sql

known=$(psql --no-psqlrc -tA -c "SELECT 1 FROM pg_roles WHERE rolname = 'reports'")
if [ -z "$known" ]; then
    psql --no-psqlrc -v ON_ERROR_STOP=1 -c 'CREATE ROLE reports LOGIN'
fi
# A variable of psql is quoted by it; `-c` would not put it in.
echo "ALTER ROLE reports PASSWORD :'password'" |
    psql --no-psqlrc -v ON_ERROR_STOP=1 -v "password=$READER_PASSWORD"
# The first line makes the user, with a password of its own.
grep -v '^CREATE ROLE ' "$sql" | psql --no-psqlrc -v ON_ERROR_STOP=1
