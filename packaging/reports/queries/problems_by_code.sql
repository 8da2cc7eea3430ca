-- Problems by mapping and code
-- What is wrong with the workbooks of clients most often.
SELECT mapping, code, into_column, count(*) AS problems, count(DISTINCT import_id) AS files
FROM v_import_problem
GROUP BY mapping, code, into_column
ORDER BY 4 DESC
LIMIT 200
