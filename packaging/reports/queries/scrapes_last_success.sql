-- Last success of each scrape
-- When a run of it last ended well: succeeded, or found nothing new.
SELECT scrape, max(ended_at) AS last_success, count(*) AS runs
FROM v_scrape_run
WHERE state IN ('succeeded', 'unchanged')
GROUP BY scrape
ORDER BY 2
