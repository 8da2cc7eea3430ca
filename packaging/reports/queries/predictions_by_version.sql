-- Rows by version of a model
-- How many rows the jobs of each version have scored.
SELECT model, model_version, count(*) AS jobs, sum(rows_scored) AS rows_scored, sum(rows_failed) AS rows_failed
FROM v_prediction
GROUP BY model, model_version
ORDER BY model, model_version DESC
