## Frame

skip = Skip to content
nav-pages = Pages
nav-jobs = Jobs
nav-docs = API
find = Find
find-job = Find a job by its id, name, parameter or error
menu-look = Language and appearance
language = Language
theme-light = Light
theme-dark = Dark
theme-system = As the system
signed-in-as = Signed in as { $name }
sign-out = Sign out
role-viewer = viewer
role-operator = operator
role-admin = admin
live = Live
live-lost = Reconnecting
zone = Times in
zone-set = Change
as-data = This page as data
copy = Copy
keys = Keys
close = Close
remove = remove
path = Path
key-find = Find a job
key-rows = Next and previous row
key-pick = Choose the row
key-open = Open
key-rerun = Run again
key-follow = Follow the log
key-close = Close
key-list = This list

## Units and times

unit-s = s
unit-min = min
unit-h = h
unit-d = d
ago-now = just now
ago-s = { $n } s ago
ago-min = { $n } min ago
ago-h = { $n } h ago
ago-d = { $n } d ago
unit-rows = { $count ->
    [one] 1 row
   *[other] { $count } rows
}
time-left = about { $time } left
usually = usually { $time }
per-second = { $n }/s

## States

state-running = Running
state-parked = Waiting
state-queued = Queued
state-blocked = Blocked
state-succeeded = Succeeded
state-failed = Failed
state-cancelled = Cancelled
state-skipped = Skipped
state-pending = Not begun
state-completed = Completed
state-outage = Outage
state-stopped = Stopped
state-crashed = Crashed
state-complete = Complete
state-missing = Missing
state-stored = Stored
state-started = Started
state-ignored = Nothing to start

## Signing in

sign-in = Sign in
sign-in-token = Token
sign-in-help = An admin makes one with
sign-in-note = Signed in for 12 hours. The token is not kept in the browser.
sign-in-unknown = This token is not known here, or has expired.
sign-in-too-many = { $count ->
    [one] Too many sign-ins have failed from here. Try again in 1 second.
   *[other] Too many sign-ins have failed from here. Try again in { $count } seconds.
}

## Errors

error-not-found = There is nothing here
error-forbidden = This needs another role
error-conflict = This is not possible now
error-busy = The server is busy; try again in a moment
error-internal = Something went wrong on the server
error-refused = This was refused
error-to-jobs = To the list of jobs

## The list of jobs

jobs-by-state = Jobs by state
jobs-all = All
jobs-filter = Filter jobs
jobs-text = Id, name, parameter or error
jobs-system = System
jobs-every-system = Every system
jobs-from = From
jobs-to = Before
jobs-apply = Apply
jobs-caption = Jobs, newest first
jobs-none = No jobs yet
jobs-none-note = Each of these lines starts one.
jobs-none-examples = Each of these takes less than a second on the bundled sample.
jobs-none-match = No job fits these filters
jobs-show-all = Show all jobs
jobs-new = { $n } new
jobs-shown = { $count ->
    [one] 1 job
   *[other] { $count } jobs
}
jobs-newest = Newest
jobs-older = Older
views = Saved views
views-none = No view is saved yet.
view-how = Filter the list, then save it here under a name.
view-save = Save these filters as
view-name = Name
view-remove = Remove the view { $name }
save = Save
chip-flow = System: { $value }
chip-queue = Queue: { $value }
chip-started-by = Started by: { $value }
chip-q = Contains “{ $value }”
chip-from = From { $value }
chip-to = Before { $value }
queue = Queue
started-by = Started by
col-state = State
col-what = What
col-progress = Progress or cause
col-took = Took
col-created = Created
col-started = Started
col-cause = Cause
col-step = Step
col-batches = Batches
col-batch = Batch
col-attempt = Attempt
col-rows = Rows
col-speed = Speed

## A job

created = created
ended = ended
trace = Trace
progress = Progress
steps = Steps
attempts = Attempts
request = Request
request-json = As JSON
needs-operator = Actions need the role operator.
action-cancel = Cancel
action-cancel-ask = Cancel this job? What is durable is kept; nothing is published.
action-resume = Resume
action-rerun = Run again
action-rerun-ask = Run this job again from the beginning?
action-again = Run with changes
why-failed = Failed
why-failed-help = Mend the cause, then resume: the job continues at its checkpoint. Run again starts it over.
why-cancelled = Cancelled
why-cancelled-help = Resume continues it where it was.
why-skipped = Skipped: a job that it needs did not succeed
why-waiting = Running, but it waits
why-parked = Waiting
why-queued = Queued: it starts when there is a place
why-blocked = Blocked: it waits for other jobs
why-cancelling = Stopping: it was asked to cancel

## The time of a job

timeline = Timeline
timeline-job = Job
timeline-job-lane = Marks: { $marks }, waits: { $waits }
timeline-step-lane = Attempts: { $attempts }, failed: { $failed }
timeline-attempt = Batch { $batch }, attempt { $no }: { $state }, { $time }
timeline-part = After { $time }: at work { $n }, completed { $completed }, failed { $failed }, interrupted { $interrupted }
timeline-waited = Waited { $time }
timeline-parked = Parked { $time }
timeline-happened = What happened
timeline-table = As a table
timeline-at-once = Most at once
timeline-sampled = One of { $n } batches is drawn.
mark-restarted = Restarted: its actor died
mark-rescued = Rescued: its process lost it
mark-crashed = Crashed: it brought its process down
mark-adopted = Continued by another process
mark-quarantined = A batch was given up
mark-retried = Failed, starts over by itself
mark-resumed = Resumed
mark-rerun = Run again
mark-cancel-requested = Asked to cancel
timeline-earlier = { $count ->
    [one] 1 earlier
   *[other] { $count } earlier
}

## Starting a job

new = New
new-start = Start
new-check = Check only
new-more = More
new-from = Filled from
new-would = What would be done
new-shell = The same from a shell
new-address = After a check the address of this page holds the values, so that it can be shared.
new-required = this is needed
new-usual = as set: { $value }
new-left-out = as set on the server
new-not-offered = { $field }: “{ $value }” of that job cannot be chosen here. Without another choice the server’s own setting counts.
new-examples = Examples on the bundled sample
new-field-queue = Queue
new-field-queue-help = Jobs of one queue share a limit of how many run at once.

## Published rows

rows = Published rows
rows-of = Published rows of { $name }
rows-all-groups = All groups
rows-by-group = Rows by group
rows-filter = Filter rows
rows-text = Author or text
rows-panel = Panel
rows-every-panel = Every panel
rows-author = Author
rows-matched = Text, with what matched
rows-rule = Rule
rows-posted = Posted
rows-download = Download
rows-first = First rows
rows-next = More rows
rows-none = No row fits
rows-none-yet = No row fits so far; there are more to look through
rows-chip-panel = Panel: { $value }
rows-chip-rule = Rule: { $value }

## Logs

log = Log
log-whole = Whole log
log-of = Log of { $name }
log-lines = { $n } lines
log-found = { $n } lines found
log-errors = First error
log-search = Search this log
log-level = Level
log-every-level = every level
log-warnings = warnings and errors
log-only-errors = errors
log-follow = follow
log-earlier = Earlier
log-later = Later
log-end = To the end
log-none-yet = Nothing yet: the job has logged nothing so far.
log-none = Nothing was logged, or the log has been dropped by age.
log-none-match = No line fits.
log-console = What its commands have written

## Who did what

nav-audit = Audit
audit-filter = Filter the audit
audit-who = Who
audit-operation = Operation
audit-what = On what
audit-result = Result
audit-every-result = every result
audit-done = Done
audit-refused = Refused
audit-failed = Failed
audit-from = From
audit-to = Before
audit-at = When
audit-address = Address
audit-none = No calls fit
audit-show-all = Show all

## The process

nav-runtime = Runtime
runtime-process = Process
runtime-version = Version
runtime-up = up for
runtime-memory = Memory
runtime-memory-peak = Peak of memory
runtime-cpu = Processor time
runtime-actors = Actors
runtime-tree = Tree of actors
runtime-actor = Actor
runtime-since = Since
runtime-restarts = Restarts
runtime-mailbox = Mailbox
runtime-slice = Slice
runtime-failure = Last failure
runtime-idle = Idle
runtime-working = Working
runtime-queues = Queues
runtime-no-queues = No queue has unfinished jobs or a limit.
runtime-at-once = Jobs at once here
runtime-limit = Limit
runtime-oldest = Oldest waits since
runtime-held-by = Held by
runtime-processes = Processes that share this store
runtime-leases = Jobs held
runtime-this-one = this one
runtime-lease-ends = Lease ends
runtime-database = Database
runtime-engine = Engine
runtime-size = Size
runtime-connections = Connections in use
runtime-answers = Answers in
runtime-ms = { $n } ms
runtime-disk = Disk
runtime-free = Free
runtime-total = In all
runtime-used = Used

## What is set

nav-settings = Settings
settings-find = Find a setting
settings-none = No setting fits
settings-key = Key
settings-value = Value
settings-place = Comes from
settings-built-in = built in
settings-licence = Licence
settings-licences = Licences of the parts
settings-part = Part
settings-no-parts = This program was built where its parts were not known.
settings-log-level = What is logged
settings-log-level-now = Level of this process
settings-log-level-help = A level, or a filter by module such as info,audience::engine::runtime=debug. It holds until the process ends; log.level of the settings is for good.
settings-log-level-set = Set
settings-parts = { $count ->
    [one] 1 part
   *[other] { $count } parts
}

## One action on many jobs

pick = Chosen
pick-all = Choose all jobs of this page
pick-job = Choose { $name }
pick-form = The chosen jobs
pick-every = All jobs that match these filters, on all pages
pick-rerun = Run again…
pick-cancel = Cancel…
bulk-name = Bulk action
bulk-ask-cancel = { $count ->
    [one] Cancel 1 job?
   *[other] Cancel { $count } jobs?
}
bulk-ask-rerun = { $count ->
    [one] Run 1 job again?
   *[other] Run { $count } jobs again?
}
bulk-matched = { $count ->
    [one] 1 job was chosen.
   *[other] { $count } jobs were chosen.
}
bulk-not = Nothing is done with these
bulk-reason = Reason
bulk-example = Example
bulk-show = Show one
bulk-note = It runs as a job of its own, whose page shows how far it is. What cannot be done is counted there.
bulk-none = There is nothing to do.
bulk-do-cancel = Cancel them
bulk-do-rerun = Run them again
bulk-back = Back to the list
bulk-done = { $count ->
    [one] Done with 1 job
   *[other] Done with { $count } jobs
}
bulk-action = Action
bulk-jobs = Jobs
