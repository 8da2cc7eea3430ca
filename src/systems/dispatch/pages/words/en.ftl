dispatch = Dispatch
dispatch-start = Give a task to an outside worker
dispatch-start-note = A worker fetches it over HTTP and reports back.
dispatch-task = Task
dispatch-service = Service
dispatch-status = Status
dispatch-status-ready = not started
dispatch-status-waiting = sent to a worker
dispatch-status-running = with a worker
dispatch-status-finished = finished
dispatch-status-failed = failed
dispatch-attempt = Attempt
dispatch-deadline = Deadline
dispatch-holder = Held by
dispatch-progress = Progress
dispatch-messages = What its worker said
dispatch-message-running = When it began
dispatch-message-finished = When it finished
dispatch-message-failed = When it failed
dispatch-attempts = Attempts of workers
dispatch-sent = Sent
dispatch-begun = Begun
dispatch-ended = Ended
dispatch-outcome = Outcome
dispatch-cause = Cause
dispatch-condition = Condition

## Services and dead letters

dispatch-nav = Dispatch
dispatch-none = No services are set
dispatch-none-note = Services that work outside of this program stand in the settings below
dispatch-services = Services
dispatch-oldest = Oldest open
dispatch-rate = Finished, last hour
dispatch-failures = Failed of those created
dispatch-heard = Last heard of
dispatch-tasks = Tasks
dispatch-no-tasks = No tasks
dispatch-message = Last message
dispatch-letters = Dead letters
dispatch-letters-filter = Filter dead letters
dispatch-no-letters = No dead letters
dispatch-no = No.
dispatch-kind = Kind
dispatch-every-kind = every kind
dispatch-every-service = every service
dispatch-reply = answer that could not be used
dispatch-task-kind = task that was given up
dispatch-with-replayed = also those that were replayed
dispatch-reason = Reason
dispatch-payload = As it came
dispatch-replay = Replay
dispatch-was-replayed = Replayed
dispatch-replay-all = Replay all of this filter
dispatch-replay-all-ask = Replay all dead letters of this filter, up to 1,000?
dispatch-replayed = { $count ->
    [one] 1 letter was replayed.
   *[other] { $count } letters were replayed.
}
dispatch-refused = { $count ->
    [one] 1 still cannot be used.
   *[other] { $count } still cannot be used.
}
dispatch-new = New task for a worker
dispatch-new-note = Hand a task to an outside worker, and see when it has reported back.
dispatch-field-service = Service
dispatch-field-service-help = Whose workers get it.
dispatch-field-condition = Condition
dispatch-field-condition-help = What they are to do: a JSON object that the service understands.
dispatch-lease-until = Lease until
dispatch-worker = Worker
