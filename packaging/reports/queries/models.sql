-- Models and their versions
-- What was uploaded, whether it answers as its library does, and which version callers get.
SELECT model, version, format, task, state, is_champion, is_shadow, reason, created_at, created_by, removed_at
FROM v_model_version
ORDER BY model, version DESC
LIMIT 500
