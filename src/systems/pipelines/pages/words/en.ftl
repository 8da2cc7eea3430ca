pipelines = Pipelines
pipelines-start = Run a pipeline
pipelines-start-note = A day of logs, made once, in order. Run it again: nothing is left to do.
pipelines-unit = { $count }
pipelines-instance = Instance
pipelines-project = Project
pipelines-task = Task
pipelines-run = Run
pipelines-graph = Graph of its run
pipelines-needs = Needs
pipelines-need-optional = need not succeed
pipelines-outputs = Outputs
pipelines-form = Form
pipelines-output = Output
pipelines-attempts = Runs of its commands
pipelines-attempt = Attempt
pipelines-console = Console
pipelines-state = State
pipelines-kept-log = Its log

## Projects and runs

pipelines-nav = Pipelines
pipelines-projects = Projects
pipelines-none = No projects yet
pipelines-none-note = A project file says what is to be made, from what, and when. This line makes a day of the bundled example.
pipelines-all-runs = All runs
pipelines-runs = Runs
pipelines-no-runs = No runs yet
pipelines-no-runs-match = No run fits these filters
pipelines-last-run = Last run
pipelines-next = Next
pipelines-tasks = Tasks
pipelines-file = File
pipelines-file-good = File is good
pipelines-faults-title = Faults of the file: the version before stays in use
pipelines-line = Line
pipelines-fault-key = Key
pipelines-fault = Fault
pipelines-version = Version
pipelines-commit = Commit
pipelines-graph-tasks = Graph of the tasks
pipelines-trigger = Trigger
pipelines-triggers = Triggers
pipelines-when = When
pipelines-makes = Makes
pipelines-last-fires = Last fires
pipelines-actions = Actions
pipelines-kind-cron = by the clock
pipelines-kind-webhook = webhook
pipelines-kind-file = when a file comes
pipelines-kind-after = after a task
pipelines-kind-form = form
pipelines-overlap-queue = waits while one runs
pipelines-overlap-skip = skipped while one runs
pipelines-overlap-cancel = cancels one that runs
pipelines-overlap-allow = several run at once
pipelines-paused-by = Paused by { $name }
pipelines-fill = Fill in
pipelines-fire = Fire
pipelines-fire-name = Fire { $name }
pipelines-pause = Pause
pipelines-pause-name = Pause { $name }
pipelines-resume = Resume
pipelines-resume-name = Resume { $name }
pipelines-body = Made by
pipelines-no-body = others
pipelines-params = Parameters
pipelines-requires = Needs
pipelines-resources = Resources
pipelines-resource = Resource
pipelines-in-use = In use
pipelines-waiting = Waiting
pipelines-held-by = Held by
pipelines-versions = Versions of the file
pipelines-current = in use
pipelines-by = By
pipelines-command-line = command line
pipelines-started-by = Started by
pipelines-retry-of = retry of an earlier run
pipelines-retry = Retry
pipelines-cancel-ask = Cancel this run? Jobs that other runs need go on.
pipelines-filter = Filter runs
pipelines-every-state = every state
pipelines-instances = Instances
pipelines-find-node = Find a job or an instance in the graph
pipelines-whole-graph = whole graph
pipelines-fit = Fit
pipelines-smaller = Smaller
pipelines-larger = Larger
pipelines-next-page = Next page
pipelines-make = Run this task
pipelines-values-help = A range, a week or a list makes several:
pipelines-options = Options
pipelines-force = Make it although it is there
pipelines-stale = Make again what was made before its task changed
pipelines-newest-first = The newest first
pipelines-check = Check
pipelines-start-run = Start
pipelines-plan = What would be done
pipelines-reason = Why
pipelines-priority = Priority
pipelines-at-once = At once
pipelines-retries = Retries
pipelines-task-count = { $count ->
    [one] 1 task
   *[other] { $count } tasks
}
pipelines-faults = { $count ->
    [one] 1 fault
   *[other] { $count } faults
}
pipelines-boxes = { $count ->
    [one] Graph of 1 box, left to right
   *[other] Graph of { $count } boxes, left to right
}
pipelines-more = { $count ->
    [one] and 1 more
   *[other] and { $count } more
}
state-run = To be made
state-wait = Waits for others
state-shared = Made by another run
state-group = Group
pipelines-dates = Dates
pipelines-from-day = From
pipelines-to-day = To
pipelines-earlier = Earlier
pipelines-later = Later
pipelines-no-days = No task of this project is made by days
pipelines-choose = Choose what is to be made
pipelines-choose-row = All of { $name }
pipelines-make-chosen = Make what is chosen
pipelines-rows = Published rows
pipelines-new-run = Run of { $project }
pipelines-why-planned = Why it was planned so
pipelines-shell-note = The command is given in the folder of the project.

## What commands have written

pipelines-console-of = Console of { $name }
pipelines-own-log = Log of the job itself
pipelines-raw = Raw
pipelines-regex = expression
pipelines-wrap = wrap
pipelines-hit-before = Previous line found
pipelines-hit-behind = Next line found
pipelines-hit = { $n } of { $total }
pipelines-lines = Lines { $from } to { $to }
pipelines-dropped = { $n } bytes were not kept
pipelines-loading = Loading…
pipelines-no-error = No line says that something failed.
pipelines-no-line = There is no such line.
pipelines-console-ended = The command has ended.
pipelines-console-not-yet = Nothing yet: the command has written nothing so far.
pipelines-console-nothing = The command has written nothing.
pipelines-console-lost = Lost.
pipelines-log-start = To the beginning
