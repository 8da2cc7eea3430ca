-- Problems of imports
-- Cells that could not be used as they are, of the newest files first.
SELECT imported_at, file_name, cell, into_table, into_column, code, text, message
FROM v_import_problem
ORDER BY imported_at DESC, import_id, no
LIMIT 500
