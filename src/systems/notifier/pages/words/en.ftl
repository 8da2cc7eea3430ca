notifications = Notifications
notifications-unread = { $count ->
    [0] Nothing unread
    [one] 1 unread notification
   *[other] { $count } unread notifications
}
notifications-none = Nothing has happened yet to what you have started or follow.
notifications-all = All notifications
notifications-read-all = Mark all as read
notifications-is-unread = , unread
notifications-started-by = started by { $by }
notifications-follow = Follow this job
notifications-unfollow = Follow this job no more
notifications-allow = Allow pop-ups in this browser
notifications-what-happened = What happened
notifications-show-all = Show all
notifications-show-unread = Show unread ones
notifications-rules = Rules
notifications-no-rules = No mail or webhook is sent.
notifications-rule = Rule
notifications-when = When
notifications-to = To
notifications-every = At most every
notifications-quiet = Quiet hours
notifications-kept-in = Kept in
notifications-in-settings = settings
notifications-in-store = database
notifications-test = Send a test
notifications-test-arrived = taken:
notifications-test-refused = not taken:
notifications-undelivered = Not delivered
notifications-receiver = Receiver
notifications-count = Notifications
notifications-replay = Replay
notifications-waits = Waits
notifications-tried-again = Tried again at { $time }
notifications-given-up = { $count ->
    [one] Given up after 1 try
   *[other] Given up after { $count } tries
}
rule-add = Add a rule
rule-change = Change
rule-remove = Remove
rule-remove-ask = Remove the rule { $name }?
rule-actions = Actions
rule-save = Save
rule-leave = Cancel
rule-faults = This does not fit: see beside the field.
rule-needs-admin = Rules are changed by the role admin.
rule-no-receivers = There is nobody to tell: receivers stand in the settings, under mail and hooks.
rule-name-taken = There is a rule of this name.
rule-name-needed = This is needed.
rule-field-name = Name
rule-field-name-help = Up to 64 of A-Z a-z 0-9 _ . -
rule-field-where-flow = Only of this flow
rule-field-where-flow-help = Such as labelling; * stands for anything.
rule-field-where-name = Only of this name
rule-field-where-name-help = What people call the job, such as daily*.
rule-field-where-started-by = Only started by
rule-field-where-started-by-help = The name of a token, of a trigger or of a schedule.
rule-field-quiet = Quiet hours
rule-field-quiet-help = Such as 22:00-07:00; what happens then is sent afterwards.
rule-field-time-zone = Time zone of these
rule-field-time-zone-help = Such as Asia/Taipei.
rule-field-throttle-s = At most every so many seconds
rule-field-throttle-s-help = What is alike is said once in this time.
rule-field-digest-over = Put together above
rule-field-digest-over-help = More messages than this become one.
rule-field-times = Slow from so many times the usual
rule-field-times-help = Only with job.slow.
rule-field-longer-s = Waiting longer than, in seconds
rule-field-longer-s-help = Only with job.waiting.
rule-field-language = Language of the messages
