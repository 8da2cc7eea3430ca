## Imports

imports = Imports
imports-new = Import a file
imports-new-note = A workbook or CSV becomes rows of tables, after a look at what would come out.
imports-new-by = Import a file with { $name }
imports-start = Make rows of a workbook
imports-start-note = The bundled report, made for paper, becomes rows that know their cells.
imports-filter = Filter imports
imports-show-all = Show all imports
imports-none = Nothing has been imported yet
imports-none-note = Import a file here, or begin with the bundled example:
imports-none-match = Nothing fits these filters
imports-waiting = In work
imports-file = File
imports-mapping = Mapping
imports-mappings = Mappings
imports-inserted = Inserted
imports-updated = Updated
imports-unchanged = Unchanged
imports-replaced = Replaced
imports-problems = Problems
imports-at = Read
imports-state-imported = Imported
imports-state-refused = Refused

## One import

imports-rows = What became of the rows
imports-tables = Tables
imports-table = Table
imports-look-at-rows = Its rows in the database
imports-job = Its job
imports-whole = The whole import
imports-all-problems = All problems
imports-nothing-written = Nothing was written
imports-no-problems = Every cell could be read.
imports-filter-problems = Filter problems
imports-every-code = Every kind
imports-every-column = Every column
imports-first = First problems
imports-further = Further problems
imports-cell = Cell
imports-column = Column
imports-code = What
imports-text = In the cell
imports-message = In a sentence
imports-format = Format
imports-digest = SHA-256
imports-output = Output
imports-strict = Strict
imports-yes = yes
imports-no = no
imports-remove = Remove…
imports-remove-ask = { $count ->
    [one] Remove this import and its row? A row that a later import has changed stays. Its job stays, too.
   *[other] Remove this import and its { $count } rows? Those that a later import has changed stay. Its job stays, too.
}
imports-remove-do = Remove it with its rows
imports-remove-role = Removing an import needs the role admin.

## Importing a file

imports-file-field = Workbook, CSV or TSV
imports-file-help = xlsx, xls, ods, CSV or TSV. Nothing is stored before the import.
imports-file-again = Without scripts the file has to be chosen again for each step.
imports-choose-file = Choose a file first.
imports-from = How it becomes rows
imports-draft = A draft made of the file
imports-from-help = Another choice replaces the text of the mapping below.
imports-look = Preview
imports-fill = Take it anew
imports-lint = Judge a file
imports-save = Save the mapping
imports-saved = Saved: { $name }, version { $version }
imports-name-taken = There is a mapping { $name } already. Choose it above to change it, or give this one another name.
imports-changed = Mapping { $name } was changed meanwhile, and yours was not stored. Take it anew to see it.
imports-text-help = YAML. Faults are said here with line and column.
imports-faults = The text has faults
imports-place = line { $line }, column { $column }:
imports-no-preview = The rows that would be stored show here.
imports-no-tables = The mapping finds no table in this file.
imports-rows-of = Rows of { $name }
imports-first-of = first { $shown } of { $count }
imports-problem-count = { $count ->
    [one] 1 problem
   *[other] { $count } problems
}
imports-skipped-count = { $count ->
    [one] 1 row left out
   *[other] { $count } rows left out
}
imports-unused-count = { $count ->
    [one] 1 cell not read
   *[other] { $count } cells not read
}
imports-sheet = Sheet { $name }
imports-hidden = hidden
imports-part = rows { $first } to { $last } of { $height }, { $columns } of { $width } columns
imports-rows-before = Rows before
imports-rows-behind = Rows behind
imports-legend-table = in a table
imports-legend-problem = problem
imports-legend-skipped = left out
imports-legend-unused = not read
imports-unused-cell = No rule read this cell
imports-skipped = Left out, and why
imports-unused = Cells that no rule read
imports-strict-field = Write nothing if there is any problem (strict)
imports-run = Import
imports-run-help = A job writes all rows at once, and its page says what became of them.
imports-lost = The server cannot be reached; what is shown is older.
imports-old = What is shown is from the last text without faults.
imports-busy = Reading…

## Mappings

imports-new-mapping = New mapping
imports-no-mappings = No mappings yet
imports-no-mappings-note = A mapping says how a workbook becomes rows. A draft is made when a file is imported.
imports-version = Version
imports-versions = Versions
imports-changed-by = Changed by
imports-changed-at = Changed
imports-used = Imports with it
imports-try = Import a file with it
imports-name-needed = The text needs a line `import: NAME`.
imports-name-help = Its name is what stands behind `import:`.
imports-changed-by-other = Version { $version } was stored by { $by } meanwhile. What is there now stands beside; saving again replaces it.
imports-now = What is there now
imports-is-earlier = This is the text of version { $version }. Saving makes it the newest one.
imports-to-newest = To the newest version
imports-was-removed = removed
imports-remove-mapping-ask = Remove the mapping { $name }? What was imported with it stays.
imports-remove-mapping = Remove the mapping

## What is wrong with cells

imports-code-not-a-number = Not a number
imports-code-not-an-integer = Not a whole number
imports-code-not-a-date = Not a date
imports-code-not-a-boolean = Neither yes nor no
imports-code-error-value = Error in the cell
imports-code-no-formula-value = Formula without a value
imports-code-unit-mismatch = Another unit
imports-code-out-of-range = Out of range
imports-code-not-allowed = Not allowed
imports-code-outside-era = Outside of its era
imports-code-partial-date = Incomplete date
imports-code-merged-number = Merged number
imports-code-duplicate-key = Key twice
imports-code-required = Value needed
imports-code-missing-column = Column not found
imports-code-missing-table = Table not found

## How readable a file is

imports-lint-note = By the rules for machine-readable tables of Japan’s Ministry of Internal Affairs (統一ルール)
imports-judge = Judge
imports-lint-count = { $count ->
    [one] 1 rule is broken.
   *[other] { $count } rules are broken.
}
imports-lint-good = Readable
imports-rule = Rule
imports-found = What is wrong
imports-how-many = How often
imports-cells = Cells
imports-advice = What to do
imports-not-judged = No program can judge: { $rules }
imports-rule-1-2 = A cell holds more than one value
imports-rule-1-3 = A number is stored as a text, or with its unit, its commas or a sign such as ▲
imports-rule-1-4 = Cells are merged
imports-rule-1-5 = White space or a line break is there for the looks of a text
imports-rule-1-6 = A name is left out because it is that of the row above, or a column has no heading
imports-rule-1-7 = A cell holds a formula
imports-rule-1-8 = The sheet has objects on it
imports-rule-1-9 = No unit is stated for a column of numbers
imports-rule-1-10 = A character depends on the system that shows it
imports-rule-1-11 = A time is given by the Japanese calendar alone
imports-rule-1-13 = A mark stands for a value in a column of numbers
imports-rule-1-14 = A table is split up by an empty row or column
imports-rule-1-15 = The sheet has more than one table
imports-advice-1-2 = Give each value a cell of its own; add rows or columns for them.
imports-advice-1-3 = Enter the bare number, with - for negative ones, and leave commas and signs to the format of the cell; state the unit in the heading.
imports-advice-1-4 = Take the merges apart and write the value into each of the cells.
imports-advice-1-5 = Write words without spaces inside, and use the alignment and the width of the cell.
imports-advice-1-6 = Write the name into each row, and a heading above each column.
imports-advice-1-7 = Paste the values over the formulas.
imports-advice-1-8 = Move what they say into cells, or into another file.
imports-advice-1-9 = State the unit in the heading, such as 金額（千円）, or once as 単位：千円.
imports-advice-1-10 = Write them out: 1 for ①, 株式会社 for ㈱, m2 for ㎡, 平成 for ㍻.
imports-advice-1-11 = Use the western year or a date, or add a column with it.
imports-advice-1-13 = Leave the cell empty, and say why in a column of its own.
imports-advice-1-14 = Take the empty rows and columns out.
imports-advice-1-15 = Give each table a sheet of its own.

## Scrapes

scrapes = Scrapes
scrapes-scrape = Scrape
scrapes-new = New scrape
scrapes-new-note = Pages of a site become rows of a table, every night if you like.
scrapes-none = No scrapes yet
scrapes-none-note = A scrape says which pages are fetched when, and how they become rows of a table.
scrapes-fetches = Fetches from
scrapes-schedule = Schedule
scrapes-no-schedule = When somebody runs it
scrapes-paused = Paused
scrapes-next = Next
scrapes-freshness = Freshness
scrapes-fresh = Fresh
scrapes-stale = Stale
scrapes-never-fresh = Not fetched yet
scrapes-never-succeeded = Never succeeded
scrapes-stale-since = since
scrapes-last-fresh = Last fresh
scrapes-last-run = Last run
scrapes-run = Run
scrapes-run-now = Run now
scrapes-run-name = Run now: { $name }
scrapes-run-do = Run it
scrapes-day = Day
scrapes-day-help = What {"{day}"} means. Left empty: today in the time zone of the schedule.
scrapes-replay = Extract kept pages again
scrapes-replay-help = With the scrape as it is stored. Nothing is fetched, and no row takes the place of one that was fetched later.
scrapes-from = First day
scrapes-to = Last day
scrapes-replay-do = Extract again
scrapes-save = Save the scrape
scrapes-name-needed = The text needs a line `scrape: NAME`.
scrapes-name-help = Its name is what stands behind `scrape:`.
scrapes-name-taken = There is a scrape { $name } already. Change it on its page, or give this one another name.
scrapes-remove = Remove the scrape
scrapes-remove-ask = Remove the scrape { $name }? Its rows, its runs and the pages that they keep stay.
scrapes-try = Try
scrapes-try-help = Fetches up to five pages with this text, and stores nothing.
scrapes-trial = What it would do
scrapes-trial-note = Nothing was stored.
scrapes-trial-cut = There is more

## Runs of scrapes

scrapes-runs = Runs
scrapes-no-runs = It has not run yet.
scrapes-state-unchanged = Unchanged
scrapes-replayed = extracted again
scrapes-left-out = Left out
scrapes-pages = Pages
scrapes-pages-unchanged = { $count ->
    [one] 1 unchanged
   *[other] { $count } unchanged
}
scrapes-size = Size
scrapes-ended-at = Ended
scrapes-about-run = About this run
scrapes-waits = Why it waits
scrapes-found = Found
scrapes-took = Took
scrapes-replay-of = The run whose pages it has extracted again
scrapes-replay-runs = Runs extracted again
scrapes-whole-run = The whole run
scrapes-last-page = The last page
scrapes-ended-one-page = there is one only
scrapes-ended-no-rows = the next one had no rows
scrapes-ended-first-empty = page 1 had no rows, so no further page was fetched
scrapes-ended-not-found = the next one was not there
scrapes-ended-repeated = the next one was the same again
scrapes-ended-no-next = it names no next one
scrapes-ended-max = as many as the scrape allows
scrapes-kept = Kept pages
scrapes-kept-until = kept until
scrapes-none-kept = No pages of this run are kept.
scrapes-kept-note = A page is sent as a file, as it came from its site: no browser runs what is in it.
scrapes-page = Page
scrapes-address = Address
scrapes-content-type = Type
scrapes-fetched = Fetched
scrapes-download = to download
scrapes-no-problems = Every value could be used.

## Predictions

predictions = Predictions
predictions-new = Score a table
predictions-new-note = Each row of a table is scored by a model; what comes out is written to another table.
predictions-model = Model
predictions-source = Source
predictions-import = Import
predictions-table = Table
predictions-key = Key
predictions-into = Result table
predictions-into-state = Result table is
predictions-into-there = there; rows with an equal key are replaced
predictions-into-new = made by the job
predictions-output = Output
predictions-rows = Rows
predictions-scored = Scored
predictions-failed = With an error
predictions-left-out = Without a key

## Models

models = Models
models-none = There are no models yet
models-none-note = Add a file that a Python library has made: it answers here without Python.
models-model = Model
models-aliases = Aliases
models-alias = Alias
models-no-aliases = No alias points to a version yet.
models-newest = Newest version
models-versions = Versions
models-version = Version
models-version-no = Version { $version }
models-predict = Predict
models-new = Add a model
models-name = Name
models-name-missing = Enter a name.
models-file = File
models-file-help = A package (zip), a bare model (LightGBM, XGBoost, ONNX, text-linear) or a zipped MLflow model. Pickle is never read. A page takes up to 64 MB; the interface takes larger ones.
models-choose-file = Choose a file.
models-beside = What the file does not say itself
models-golden = Goldens
models-golden-help = JSON with inputs and outputs, computed by the library that made the model. Without goldens a version is unproved.
models-yaml = model.yaml
models-yaml-help = Format, task, features and labels, as far as the file does not say them.
models-add = Add
models-add-version = Add a version
models-added = Added
models-size = Size
models-format = Format
models-task = Task
models-task-classification = Classification
models-task-regression = Regression
models-task-text = Texts
models-answers = Shown version
models-state-proved = Proved
models-state-unproved = Unproved
models-state-refused = Refused
models-remove = Remove the version
models-remove-ask = Remove version { $version }? Its number is not given again.
models-point = Point an alias to a version
models-point-do = Point it there
models-alias-help = Callers who name none get champion; shadow scores the same rows and never answers.
models-alias-missing = Enter an alias.
models-unproved = Take it though it is unproved
models-back = Point { $alias } back to { $version }
models-history = History
models-moved = From → to
models-moved-by = Moved by
models-rolled-back = rolled back
models-shadow = In the shadow
models-shadow-version = Version in the shadow
models-compared = Compared
models-different = Different
models-other-label = Another label
models-failed = Not answered
models-dropped = Not compared
models-at = Counted
models-row = A row
models-row-help = What is left empty is missing.
models-asked = Answered by
models-ask = Predict
models-answer = Answer
models-label = Label
models-score = Score
models-scores = Scores
models-by-program = The same by a program
models-nothing-usable = No version can be asked
