-- Runs of scrapes
-- What was fetched, when, and what came of it.
SELECT began_at, ended_at, scrape, day, state, pages, unchanged_pages, rows_found, rows_inserted, rows_updated, problems, reason
FROM v_scrape_run
ORDER BY began_at DESC
LIMIT 200
