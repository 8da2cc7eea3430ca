-- Jobs that failed
-- The newest ones first, with the reason.
SELECT created_at, flow, title, state, error, id
FROM v_job
WHERE state = 'failed'
ORDER BY created_at DESC
LIMIT 100
