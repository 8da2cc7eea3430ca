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
notifications-no-rules = Nobody is told by mail or webhook. Rules stand in the settings, under notify.
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
