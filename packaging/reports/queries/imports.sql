-- Imports
-- Each file with its mapping, and what became of its rows.
SELECT imported_at, file_name, mapping, mapping_version, state, rows_inserted, rows_updated, rows_unchanged, rows_replaced, problems, started_by, reason
FROM v_import
ORDER BY imported_at DESC
LIMIT 200
