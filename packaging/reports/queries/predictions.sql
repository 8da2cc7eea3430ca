-- Prediction jobs
-- Which tables were scored by which version of a model, and how many rows failed.
SELECT started_at, finished_at, model, model_version, from_table, into_table, rows_scored, rows_failed, rows_left_out, job_state, job_id
FROM v_prediction
ORDER BY started_at DESC
LIMIT 200
