-- Jobs by day
-- How many jobs of each flow were stored on each day, and how they ended.
SELECT substr(CAST(created_at AS CHAR(10)), 1, 10) AS day, flow, state, count(*) AS jobs, max(seconds) AS longest_seconds
FROM v_job
GROUP BY substr(CAST(created_at AS CHAR(10)), 1, 10), flow, state
ORDER BY 1 DESC, 2, 3
LIMIT 500
